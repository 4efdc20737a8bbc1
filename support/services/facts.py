"""From rows to facts: all that the rules need to know about a ticket, at one moment."""

from datetime import datetime, timedelta

from chargers import addresses
from chargers.models import Installation, OwnerState, Tenure
from chargers.services.standing import contact_changed
from support import rules
from support.models import Answer, EvidenceItem, Freeze, Policy, Ticket
from support.rules import Class, EvidenceKind, Flag, Owner
from support.services import clocks

# What must be ticked for an accepted item to count as its class.
COUNTS_WHEN = {
    EvidenceKind.LABEL: (Class.PRESENCE, {"serial_shown", "code_shown"}),
    EvidenceKind.PURCHASE_AGREEMENT: (
        Class.PROPERTY,
        {"buyer_is_claimant", "address_matches", "signed"},
    ),
    EvidenceKind.REGISTER_EXTRACT: (Class.REGISTER, {"names_claimant", "address_matches"}),
}
LEASE_TICKS = {"tenant_is_claimant", "address_matches", "signed"}


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
        owner_established=bool(tenure and tenure.established),
        lease_accepted=any(_lease_counts(item) for item in items),
        required_open=bool(open_items(ticket, items, named_consent=named)),
        registered=ticket.charger.registered_at is not None,
        board_missing=board_missing(ticket),
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


def classes_of(ticket, tenure, items, now, policy) -> frozenset[str]:
    """Return the classes that count for this ticket."""
    classes = {_class_of(item, tenure) for item in items}
    if record_agrees(ticket, now):
        classes.add(Class.RECORD)
    if ticket.letters.filter(charger=ticket.charger_id).exclude(entered_at=None).exists():
        classes.add(Class.LETTER)
    if tenure and not contact_changed(tenure.person, now):
        classes |= _owner_classes(ticket, tenure)
    classes |= _firm_classes(ticket)
    return frozenset(classes - {None})


def _class_of(item: EvidenceItem, tenure: Tenure | None) -> str | None:
    if item.state != EvidenceItem.State.ACCEPTED or item.kind not in COUNTS_WHEN:
        return None
    class_, needed = COUNTS_WHEN[item.kind]
    if not needed <= set(item.ticks):
        return None
    if class_ == Class.PROPERTY:
        began = tenure.starts_at.date() if tenure else None
        if not item.take_over_date or (began and item.take_over_date < began):
            return None
    return class_


def _lease_counts(item: EvidenceItem) -> bool:
    accepted = item.state == EvidenceItem.State.ACCEPTED and item.kind == EvidenceKind.LEASE
    return accepted and LEASE_TICKS <= set(item.ticks)


def record_agrees(ticket: Ticket, now: datetime) -> bool:
    """Tell whether an import older than the ticket agrees with the claim, part by part.

    An offer has no address: its owner's word about the place counts while they are the owner.
    """
    charger = ticket.charger
    if not charger.registered_at or charger.registered_at > ticket.made_at:
        return False
    place = charger.installation
    if place is None or ticket.lookup_key != charger.lookup_key:
        return False
    if ticket.offered_by_id:
        return ticket.offered_by == charger.owner(now)
    shared = place.kind == Installation.Kind.SHARED
    return addresses.compare(claimed_address(ticket), recorded_address(place), shared=shared).agrees


def claimed_address(ticket: Ticket) -> addresses.Address:
    """Return the claim's address in parts."""
    return addresses.parse(
        line=ticket.address_line,
        postal_code=ticket.postal_code,
        city=ticket.city,
        country=ticket.country,
        unit=ticket.unit,
    )


def recorded_address(place: Installation) -> addresses.Address:
    """Return the registry's address in parts."""
    return addresses.Address(
        street=place.street,
        house_number=place.house_number,
        house_letter=place.house_letter,
        unit=place.unit,
        postal_code=place.postal_code,
        city=place.city,
        country=place.country,
    )


def _owner_classes(ticket: Ticket, tenure: Tenure) -> set[str]:
    standing = Answer.objects.filter(
        charger=ticket.charger_id, party=tenure.person_id, as_board=False, void_at=None
    )
    classes = set()
    if standing.filter(kind=Answer.Kind.NAMED, ticket=ticket).exists():
        classes.add(Class.NAMED_CONSENT)
    if standing.filter(kind=Answer.Kind.VACATED).exists():
        classes.add(Class.VACATED)
    if ticket.offered_by_id and ticket.offered_by_id == tenure.person_id:
        classes.add(Class.NAMED_CONSENT)
    return classes


def _firm_classes(ticket: Ticket) -> set[str]:
    """The installer's word: registered firms only; the first customer where nobody ever owned."""
    classes = set()
    answers = ticket.firm_answers.filter(void_at=None, firm__registered_at__isnull=False)
    for answer in answers.filter(installed_here=True):
        classes.add(Class.INSTALLER)
        if answer.names_claimant and never_owned(ticket) and serves(answer.firm_id, ticket):
            classes.add(Class.FIRST_CUSTOMER)
    return classes


def never_owned(ticket: Ticket) -> bool:
    return not ticket.charger.tenures.owners().exists()


def serves(firm_id: int, ticket: Ticket) -> bool:
    """Tell whether the firm has service access to this charger at this moment."""
    access = Tenure.objects.on(ticket.charger).service()
    return access.filter(firm=firm_id, ends_at=None).exists()


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


def board_missing(ticket: Ticket) -> bool:
    """In a shared garage the board must agree as well; without a board nothing is handed over."""
    place = ticket.charger.installation
    if place is None or place.kind != Installation.Kind.SHARED:
        return False
    if place.board_id is None:
        return True
    said = Answer.objects.filter(charger=ticket.charger_id, as_board=True, void_at=None)
    return not said.filter(party=place.board_id, kind=Answer.Kind.NAMED, ticket=ticket).exists()


def is_frozen(ticket: Ticket) -> bool:
    open_ = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    return (open_.filter(charger=ticket.charger_id) | open_.filter(ticket=ticket)).exists()


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
        Flag.DISPUTE_BEFORE: ticket.charger.disputes.exclude(closed_at=None).exists(),
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


def _same_surname(ticket: Ticket, tenure: Tenure) -> bool:
    owner, claimant = tenure.person.surname, surname_of(ticket.claimant_name)
    return bool(owner) and owner.casefold() == claimant.casefold()


def surname_of(name: str) -> str:
    """Return the last word of a name; empty for an empty one."""
    return name.split()[-1] if name.split() else ""


def _held_role(ticket: Ticket) -> bool:
    here = Tenure.objects.on(ticket.charger)
    mine = here.filter(person=ticket.claimant_id)
    firms = ticket.claimant.memberships.values("firm")
    return mine.exists() or here.filter(firm__in=firms).exists()


def _rejected_before(ticket: Ticket, now: datetime, policy: dict[str, int]) -> bool:
    since = now - timedelta(days=30 * policy["rejected_months"])
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
