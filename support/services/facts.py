"""From rows to facts: all that the rules need to know about a ticket, at one moment."""

import unicodedata
from dataclasses import asdict
from datetime import datetime, timedelta

from chargers.models import Installation, OwnerState, Tenure
from support import numbers, rules
from support.models import Answer, Decision, EvidenceItem, Freeze, Policy, Ticket
from support.rules import Class, EvidenceKind, Flag, Owner
from support.services import clocks, dossiers
from support.services.classes import classes_of, has_lease
from support.services.dossiers import Dossier
from support.signs import Sign


def policy_of(ticket: Ticket) -> dict[str, int]:
    """Return the ticket's numbers: the stricter of the policy it began under and today's."""
    return numbers.stricter([ticket.policy.data, Policy.objects.current().data])


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
        label_read=any(was_read(item) for item in items),
        open_besides_label=bool(
            open_items(ticket, [_as_read(item) for item in items], named_consent=named)
        ),
    )


def keep_basis(dossier: Dossier, facts: rules.Facts) -> None:
    """Note on the ticket what it is decided on, so that another policy can be tried on it later.

    Codes and numbers only. The caller saves the ticket.
    """
    dossier.ticket.basis = {
        "facts": asdict(facts) | {"classes": sorted(facts.classes), "flags": sorted(facts.flags)},
        "measures": asdict(measures_of(dossier)),
    }


def was_read(item: EvidenceItem) -> bool:
    """A machine read serial and request code on this photo of the label, and nothing against it."""
    looked_at = item.state == EvidenceItem.State.READY and item.kind == EvidenceKind.LABEL
    return looked_at and Sign.PRESENCE in item.signs and Sign.OTHER_CODE not in item.signs


def _as_read(item: EvidenceItem) -> EvidenceItem:
    if not was_read(item):
        return item
    return EvidenceItem(kind=item.kind, state=EvidenceItem.State.ACCEPTED)


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
    asked = EvidenceItem.WAITS
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
    ticket, tenure = dossier.ticket, dossier.tenure
    flags = {
        Flag.RIVAL: bool(_rivals(dossier)),
        Flag.DISPUTE_BEFORE: _disputed_before(dossier),
        Flag.CONTACT_CHANGED: bool(tenure and dossier.contact_changed(tenure.person_id)),
        Flag.SAME_SURNAME: bool(tenure and _same_surname(ticket, tenure)),
        Flag.HELD_ROLE: _held_role(dossier),
        Flag.PICKED_BY_HAND: ticket.picked_by_hand,
        Flag.SELLER: bool(tenure) and _is_other_seller(dossier),
        Flag.REUSED: bool(dossier.rows["reuses"]),
        Flag.OTHER_CODE: any(Sign.OTHER_CODE in item.signs for item in dossier.items),
    }
    measured = rules.measured_flags(measures_of(dossier), dossier.policy)
    return frozenset({flag for flag, raised in flags.items() if raised}) | measured


def measures_of(dossier: Dossier) -> rules.Measures:
    """Measure what the policy's numbers are held against."""
    last = max((t.decided_at for t in dossier.rejected if t.decided_at), default=None)
    sent = (dossier.ticket.submitted_at or dossier.ticket.made_at).date()
    ages = [(sent - i.take_over_date).days for i in _agreements(dossier) if i.take_over_date]
    return rules.Measures(
        agreement_days=max(ages, default=None),
        rejected_days=(dossier.at - last) / timedelta(days=1) if last else None,
        tickets_last_week=len(dossier.rows["recent"]),
    )


def _agreements(dossier: Dossier) -> list[EvidenceItem]:
    kind, accepted = EvidenceKind.PURCHASE_AGREEMENT, EvidenceItem.State.ACCEPTED
    return [item for item in dossier.items if item.kind == kind and item.state == accepted]


def _is_other_seller(dossier: Dossier) -> bool:
    return any("seller_is_owner" not in item.ticks for item in _agreements(dossier))


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
