"""From rows to facts: all that the rules need to know about a ticket, at one moment."""

import unicodedata
from datetime import datetime, timedelta

from chargers.models import Installation, OwnerState, Tenure
from support import rules
from support.models import Answer, Decision, EvidenceItem, Freeze, Policy, Ticket
from support.rules import Class, EvidenceKind, Flag, Owner
from support.services import clocks, dossiers
from support.services.classes import classes_of, has_lease
from support.services.dossiers import Dossier


def policy_of(ticket: Ticket) -> dict[str, int]:
    """Return the ticket's numbers: the stricter of the policy it began under and today's."""
    return rules.stricter([ticket.policy.data, Policy.objects.current().data])


def facts_of(ticket: Ticket, now: datetime) -> rules.Facts:
    """Gather the facts of a routed ticket, anew. The caller holds the locks."""
    return facts_from(dossiers.read(ticket, now))


def facts_from(dossier: Dossier) -> rules.Facts:
    """Return the facts of a ticket as its dossier shows them."""
    ticket, tenure, items = dossier.ticket, dossier.tenure, dossier.items
    owner = owner_of(ticket, tenure)
    classes = classes_of(dossier)
    named = Class.NAMED_CONSENT in classes
    return rules.Facts(
        outcome=ticket.outcome,
        classes=classes,
        flags=flags_of(dossier),
        owner=owner,
        claimant_owns=bool(tenure) and tenure.person_id == ticket.claimant_id,
        owner_established=bool(tenure and tenure.established),
        lease_accepted=has_lease(ticket, items, dossier.at),
        required_open=bool(open_items(ticket, items, named_consent=named)),
        registered=ticket.charger.registered_at is not None,
        board_missing=board_missing(dossier),
        notice_arrived=clocks.start_from(dossier, owner).arrived,
        frozen=bool(dossier.freezes),
    )


def owner_of(ticket: Ticket, tenure: Tenure | None) -> str:
    """Return how the owner stands: released and none by what is on record, else by a tenure."""
    state = ticket.charger.owner_state
    if state == OwnerState.RELEASED:
        return Owner.RELEASED
    if state == OwnerState.NONE:
        return Owner.NONE
    return Owner.SILENT if state == OwnerState.KNOWN and tenure else Owner.UNKNOWN


def open_items(
    ticket: Ticket, items: list[EvidenceItem], *, named_consent: bool
) -> list[EvidenceItem | str]:
    """Return what is required and not accepted yet: kinds never sent, and items still open."""
    required = rules.required_items(ticket.claim, named_consent=named_consent)
    accepted = {i.kind for i in items if i.state == EvidenceItem.State.ACCEPTED}
    missing: list[EvidenceItem | str] = [kind for kind in required if kind not in accepted]
    asked = (EvidenceItem.State.REQUESTED, EvidenceItem.State.RETURNED)
    if not named_consent:
        missing += [i for i in items if i.state in asked and i.kind not in missing]
    return missing


def board_missing(dossier: Dossier) -> bool:
    """In a shared garage the board must agree as well; without a board nothing is handed over."""
    place = dossier.charger.installation
    if place is None or place.kind != Installation.Kind.SHARED:
        return False
    if place.board_id is None or dossier.contact_changed(place.board_id):
        return True
    said = (a for a in dossier.answers if a.as_board and a.party_id == place.board_id)
    yes = (a for a in said if a.kind == Answer.Kind.NAMED)
    return not any(a.ticket_id == dossier.ticket.pk for a in yes)


def is_frozen(ticket: Ticket) -> bool:
    open_ = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    here = open_.filter(ticket=ticket)
    if ticket.charger_id:
        here |= open_.filter(charger=ticket.charger_id)
    return here.exists()


def is_bare(ticket: Ticket, now: datetime) -> bool:
    """Tell whether nothing beyond the record has been accepted for this claim yet."""
    return _shows_nothing(dossiers.read(ticket, now))


def _shows_nothing(dossier: Dossier) -> bool:
    return not classes_of(dossier) & rules.BEYOND_RECORD


def rivals(ticket: Ticket, now: datetime) -> list[Ticket]:
    """Return the other open claims to own this charger that are not bare."""
    return _rivals(dossiers.read(ticket, now))


def _rivals(dossier: Dossier) -> list[Ticket]:
    if dossier.ticket.outcome != rules.Outcome.OWNERSHIP:
        return []
    others = [t for t in dossier.open_others if t.outcome == rules.Outcome.OWNERSHIP]
    return [other for other in others if not _shows_nothing(dossier.of(other))]


def flags_of(dossier: Dossier) -> frozenset[str]:
    """Return what makes this ticket one for two people."""
    ticket, tenure, policy = dossier.ticket, dossier.tenure, dossier.policy
    flags = {
        Flag.RIVAL: bool(_rivals(dossier)),
        Flag.DISPUTE_BEFORE: _disputed_before(dossier),
        Flag.CONTACT_CHANGED: bool(tenure and dossier.contact_changed(tenure.person_id)),
        Flag.SAME_SURNAME: bool(tenure and _same_surname(ticket, tenure)),
        Flag.HELD_ROLE: _held_role(dossier),
        Flag.REJECTED_BEFORE: _rejected_before(dossier),
        Flag.PICKED_BY_HAND: ticket.picked_by_hand,
        Flag.RATE: len(dossier.rows["recent"]) > policy["rate_tickets_per_week"],
    }
    return frozenset({flag for flag, raised in flags.items() if raised}) | _paper_flags(dossier)


def _disputed_before(dossier: Dossier) -> bool:
    """There was a dispute of the charger, or an objection to this ticket that was dismissed."""
    dismissed = any(d.kind == Decision.Kind.DISMISSED for d in dossier.decisions)
    return dismissed or any(dispute.closed_at for dispute in dossier.disputes)


def _same_surname(ticket: Ticket, tenure: Tenure) -> bool:
    owner, claimant = tenure.person.surname, surname_of(ticket.claimant_name)
    return bool(owner) and folded(owner) == folded(claimant)


def folded(name: str) -> str:
    """Return a name as it is compared: however its letters are written."""
    return unicodedata.normalize("NFKC", name).casefold()


def surname_of(name: str) -> str:
    """Return the last word of a name; empty for an empty one."""
    return name.split()[-1] if name.split() else ""


def _held_role(dossier: Dossier) -> bool:
    claimant = dossier.ticket.claimant_id
    firms = {member.firm_id for member in dossier.rows["memberships"]}
    return any(t.person_id == claimant or t.firm_id in firms for t in dossier.tenures)


def _rejected_before(dossier: Dossier) -> bool:
    since = dossier.at - timedelta(days=round(30.44 * dossier.policy["rejected_months"]))
    return any(t.decided_at and t.decided_at > since for t in dossier.rejected)


def _paper_flags(dossier: Dossier) -> frozenset[str]:
    """What an accepted purchase agreement leaves open: its seller, its age."""
    flags, ticket = set(), dossier.ticket
    for item in dossier.items:
        is_agreement = item.kind == EvidenceKind.PURCHASE_AGREEMENT
        if not is_agreement or item.state != EvidenceItem.State.ACCEPTED:
            continue
        if dossier.tenure and "seller_is_owner" not in item.ticks:
            flags.add(Flag.SELLER)
        sent = (ticket.submitted_at or ticket.made_at).date()
        oldest = sent - timedelta(days=round(30.44 * dossier.policy["agreement_months"]))
        if item.take_over_date and item.take_over_date < oldest:
            flags.add(Flag.OLD_AGREEMENT)
    return frozenset(flags)
