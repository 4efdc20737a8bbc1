"""What the policy says about a ticket now, in words: groups met and short, flags, tier, release."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from support import rules
from support.models import EvidenceItem
from support.reading.words import moment_in_words
from support.rules import Class, Outcome, Tier
from support.services import clocks, facts
from support.services.dossiers import Dossier


@dataclass(frozen=True)
class Group:
    """A group of classes: which are met, in words; ``needed`` when it has to be."""

    label: str
    met: list[str]


@dataclass(frozen=True)
class Required:
    """A required kind of evidence and how far it is."""

    label: str
    accepted: bool
    words: str


@dataclass(frozen=True)
class Policy:
    """All that the decision panel says about the rules."""

    facts: rules.Facts
    tier: Tier
    groups: list[Group]
    required: list[Required]
    missing: list[str]
    flags: list[str]
    next: str
    clock: str

    @property
    def enough(self) -> bool:
        return not self.missing


def read(dossier: Dossier) -> Policy | None:
    """Read the policy's view of a ticket; None while its charger was not looked up yet."""
    if not dossier.ticket.charger_id:
        return None
    found = facts.facts_from(dossier)
    tier = rules.tier(found)
    return Policy(
        facts=found,
        tier=tier,
        groups=_groups(found),
        required=_required(dossier, found),
        missing=[str(line) for line in rules.missing(found)],
        flags=[str(rules.Flag(flag).label) for flag in sorted(found.flags)],
        next=_next(found, tier, dossier.policy),
        clock=_clock(dossier, found),
    )


def _groups(found: rules.Facts) -> list[Group]:
    if found.outcome == Outcome.USE:
        yes = Group(_("the owner's yes"), _labels(found, {Class.NAMED_CONSENT}))
        lease = [_("lease accepted")] if found.lease_accepted else []
        return [yes, Group(_("a lease"), lease)]
    return [
        Group(_("a right"), _labels(found, rules.RIGHT)),
        Group(_("a person there"), _labels(found, rules.PERSON_THERE)),
        Group(_("the place"), _labels(found, {Class.RECORD, Class.INSTALLER})),
        Group(_("the owner left"), _labels(found, {Class.VACATED})),
    ]


def _labels(found: rules.Facts, group) -> list[str]:
    return [str(class_.label) for class_ in Class if class_ in group and class_ in found.classes]


def _required(dossier: Dossier, found: rules.Facts) -> list[Required]:
    named = Class.NAMED_CONSENT in found.classes
    wanted = rules.required_items(dossier.ticket.claim, named_consent=named)
    lines = []
    for kind in wanted:
        of_kind = [item for item in dossier.items if item.kind == kind]
        accepted = any(item.state == EvidenceItem.State.ACCEPTED for item in of_kind)
        words = of_kind[-1].get_state_display() if of_kind else _("nothing sent yet")
        lines.append(Required(rules.EvidenceKind(kind).label, accepted, str(words)))
    return lines


def _next(found: rules.Facts, tier: Tier, policy: dict[str, int]) -> str:
    """Say who decides and how long it takes then."""
    if tier == Tier.SAFETY:
        return _("A safety officer decides; no clock releases it.")
    if tier == Tier.NOT_YET:
        return _("Nobody can approve yet: ask for what is missing.")
    if tier == Tier.AT_ONCE:
        return _("The owner's yes carries it: released at once.")
    if tier == Tier.LOW:
        hours = policy["low_hours"]
        return ngettext(
            "One agent (or the owner) decides; released %(count)s hour later.",
            "One agent (or the owner) decides; released %(count)s hours later.",
            hours,
        ) % {"count": hours}
    if tier == Tier.NORMAL:
        days = policy["normal_working_days"]
        words = _("One agent decides; released %(days)s working days after the clock began.")
    else:
        days = policy["high_working_days"]
        words = _("Two people decide; released %(days)s working days after the clock began.")
    return words % {"days": days}


def _clock(dossier: Dossier, found: rules.Facts) -> str:
    if dossier.ticket.fears_owner:
        return _("No clock: the claimant fears the registered person, who is told nothing.")
    began = clocks.start_from(dossier, found.owner)
    if began.at is None:
        return _("The clock has not begun: no notice has arrived yet.")
    day = moment_in_words(began.at)
    if began.arrived:
        return _("The clock began on %(day)s.") % {"day": day}
    return _("The owner was never reached; the clock runs from %(day)s.") % {"day": day}
