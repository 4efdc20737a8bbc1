"""From rows to facts: all that the rules need to know about a ticket, at one moment."""

import unicodedata
from datetime import datetime, timedelta

from chargers.models import Installation, OwnerState, Tenure
from chargers.services.standing import contact_changed
from support import rules
from support.models import Answer, Decision, EvidenceItem, Freeze, Policy, Ticket
from support.rules import Class, EvidenceKind, Flag, Owner
from support.services import clocks
from support.services.classes import classes_of, has_lease


def policy_of(ticket: Ticket) -> dict[str, int]:
    """Return the ticket's numbers: the stricter of the policy it began under and today's."""
    return rules.stricter([ticket.policy.data, Policy.objects.current().data])


def facts_of(ticket: Ticket, now: datetime) -> rules.Facts:
    """Gather the facts of a routed ticket. The caller holds the locks."""
    policy = policy_of(ticket)
    tenure = ticket.charger.owner_tenure(now)
    owner = owner_of(ticket, tenure)
    items = list(ticket.items.filter(replaced_by=None))
    classes = classes_of(ticket, tenure, items, now, policy)
    named = Class.NAMED_CONSENT in classes
    return rules.Facts(
        outcome=ticket.outcome,
        classes=classes,
        flags=flags_of(ticket, tenure, items, now, policy),
        owner=owner,
        claimant_owns=bool(tenure) and tenure.person_id == ticket.claimant_id,
        owner_established=bool(tenure and tenure.established),
        lease_accepted=has_lease(ticket, items, now),
        required_open=bool(open_items(ticket, items, named_consent=named)),
        registered=ticket.charger.registered_at is not None,
        board_missing=board_missing(ticket, now),
        notice_arrived=clocks.start(ticket, owner, now).arrived,
        frozen=is_frozen(ticket),
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


def board_missing(ticket: Ticket, now: datetime) -> bool:
    """In a shared garage the board must agree as well; without a board nothing is handed over."""
    place = ticket.charger.installation
    if place is None or place.kind != Installation.Kind.SHARED:
        return False
    if place.board_id is None:
        return True
    if contact_changed(place.board, now):
        return True
    said = Answer.objects.filter(charger=ticket.charger_id, as_board=True, void_at=None)
    return not said.filter(party=place.board_id, kind=Answer.Kind.NAMED, ticket=ticket).exists()


def is_frozen(ticket: Ticket) -> bool:
    open_ = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    here = open_.filter(ticket=ticket)
    if ticket.charger_id:
        here |= open_.filter(charger=ticket.charger_id)
    return here.exists()


def is_bare(ticket: Ticket, now: datetime) -> bool:
    """Tell whether nothing beyond the record has been accepted for this claim yet."""
    policy = policy_of(ticket)
    tenure = ticket.charger.owner_tenure(now)
    items = list(ticket.items.filter(replaced_by=None))
    return not (classes_of(ticket, tenure, items, now, policy) & rules.BEYOND_RECORD)


def rivals(ticket: Ticket, now: datetime) -> list[Ticket]:
    """Return the other open claims to own this charger that are not bare."""
    if ticket.outcome != rules.Outcome.OWNERSHIP:
        return []
    others = Ticket.objects.open().filter(
        charger=ticket.charger_id, outcome=rules.Outcome.OWNERSHIP
    )
    others = others.exclude(pk=ticket.pk).select_related("charger", "policy")
    return [other for other in others if not is_bare(other, now)]


def flags_of(ticket, tenure, items, now, policy) -> frozenset[str]:
    """Return what makes this ticket one for two people."""
    flags = {
        Flag.RIVAL: bool(rivals(ticket, now)),
        Flag.DISPUTE_BEFORE: _disputed_before(ticket),
        Flag.CONTACT_CHANGED: bool(tenure and contact_changed(tenure.person, now)),
        Flag.SAME_SURNAME: bool(tenure and _same_surname(ticket, tenure)),
        Flag.HELD_ROLE: _held_role(ticket),
        Flag.REJECTED_BEFORE: _rejected_before(ticket, now, policy),
        Flag.PICKED_BY_HAND: ticket.picked_by_hand,
        Flag.RATE: _rate(ticket, now, policy),
    }
    return frozenset({flag for flag, raised in flags.items() if raised}) | _paper_flags(
        ticket, tenure, items, policy
    )


def _disputed_before(ticket: Ticket) -> bool:
    """There was a dispute of the charger, or an objection to this ticket that was dismissed."""
    dismissed = ticket.decisions.filter(kind=Decision.Kind.DISMISSED)
    return dismissed.exists() or ticket.charger.disputes.exclude(closed_at=None).exists()


def _same_surname(ticket: Ticket, tenure: Tenure) -> bool:
    owner, claimant = tenure.person.surname, surname_of(ticket.claimant_name)
    return bool(owner) and folded(owner) == folded(claimant)


def folded(name: str) -> str:
    """Return a name as it is compared: however its letters are written."""
    return unicodedata.normalize("NFKC", name).casefold()


def surname_of(name: str) -> str:
    """Return the last word of a name; empty for an empty one."""
    return name.split()[-1] if name.split() else ""


def _held_role(ticket: Ticket) -> bool:
    here = Tenure.objects.on(ticket.charger)
    mine = here.filter(person=ticket.claimant_id)
    firms = ticket.claimant.memberships.values("firm")
    return mine.exists() or here.filter(firm__in=firms).exists()


def _rejected_before(ticket: Ticket, now: datetime, policy: dict[str, int]) -> bool:
    since = now - timedelta(days=round(30.44 * policy["rejected_months"]))
    before = Ticket.objects.filter(charger=ticket.charger_id, state="rejected")
    return before.filter(decided_at__gt=since).exclude(pk=ticket.pk).exists()


def _rate(ticket: Ticket, now: datetime, policy: dict[str, int]) -> bool:
    since = now - timedelta(days=7)
    recent = Ticket.objects.filter(claimant=ticket.claimant_id, submitted_at__gt=since)
    return recent.count() > policy["rate_tickets_per_week"]


def _paper_flags(ticket, tenure, items, policy) -> frozenset[str]:
    """What an accepted purchase agreement leaves open: its seller, its age."""
    flags = set()
    for item in items:
        is_agreement = item.kind == EvidenceKind.PURCHASE_AGREEMENT
        if not is_agreement or item.state != EvidenceItem.State.ACCEPTED:
            continue
        if tenure and "seller_is_owner" not in item.ticks:
            flags.add(Flag.SELLER)
        sent = (ticket.submitted_at or ticket.made_at).date()
        oldest = sent - timedelta(days=round(30.44 * policy["agreement_months"]))
        if item.take_over_date and item.take_over_date < oldest:
            flags.add(Flag.OLD_AGREEMENT)
    return frozenset(flags)
