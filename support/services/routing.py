"""Routing: find the charger, ask whoever can be asked. In the background, the same for all."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from chargers import serials
from chargers.models import Charger, Installation, OwnerState, Tenure
from chargers.services import registry
from records import clock
from records.alerts import raise_alert
from support import calendars
from support.machine import State
from support.models import Deadline, Freeze, Letter, Link, Ticket
from support.notifications import notify
from support.rules import Owner
from support.services import clocks, deadlines, firms, letters, links, pictures
from support.services.facts import owner_of, policy_of
from support.services.progress import advance, reroute_others
from support.services.saving import save_and_record

# So many requests in a day, on one charger or by one person, are looked into.
MANY_A_DAY = 10


def route_from_outbox(*, key: str, ticket_id: int) -> None:
    """Outbox handler: route one submitted ticket. Done twice it does nothing the second time."""
    route(ticket_id=ticket_id)


@transaction.atomic
def route(*, ticket_id: int) -> Ticket:
    """Find the charger of a submitted ticket, ask the parties, and send the ticket on its way."""
    found = Ticket.objects.get(pk=ticket_id)
    charger = _charger_of(found)
    Charger.objects.lock(charger.pk)
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    ticket = rows.select_related("policy", "claimant").get(pk=ticket_id)
    now = clock.now()
    if ticket.state != State.SUBMITTED:
        return ticket
    if (ticket.serial, ticket.charger_id) != (found.serial, found.charger_id):
        return route(ticket_id=ticket_id)  # it was corrected while we waited for the lock
    ticket.charger = Charger.objects.select_related("installation").get(pk=charger.pk)
    pictures.read_again(ticket, at=now)
    if ticket.fears_owner:
        _route_quietly(ticket, now)
    elif ticket.charger.open_holds().filter(kind="dispute").exists():
        # Nobody is asked again while a dispute is open: the desk sees it beside the others.
        _send_on(ticket, State.COLLECTING, now)
    else:
        _ask_parties(ticket, now)
    _watch(ticket, now)
    return advance(ticket, at=now, changed=False)


def _watch(ticket: Ticket, now: datetime) -> None:
    """Alert when many ask for one charger, or one person asks for many, within a day."""
    asked = Ticket.objects.filter(submitted_at__gt=now - timedelta(days=1), offered_by=None)
    about = {
        ticket.charger.stream: asked.filter(charger=ticket.charger),
        f"person:{ticket.claimant.uid}": asked.filter(claimant=ticket.claimant),
    }
    for subject, requests in about.items():
        if (count := requests.count()) >= MANY_A_DAY:
            raise_alert("many_requests", subject, at=now, requests=count)


def _charger_of(ticket: Ticket) -> Charger:
    if ticket.charger_id and ticket.charger.registered_at:
        return ticket.charger
    found = registry.find(ticket.serial)
    serial = serials.normalise(ticket.serial)
    return found or registry.make_unregistered(serial=serial, at=clock.now())


def _route_quietly(ticket: Ticket, now: datetime) -> None:
    """The claimant fears the registered person: no notice, no clock, a safety officer looks."""
    frozen = Freeze.objects.filter(ticket=ticket, lifted_at=None).exists()
    if not frozen:
        Freeze.objects.create(ticket=ticket, by=ticket.claimant, opened_at=now)
    _send_on(ticket, State.COLLECTING, now)


def _ask_parties(ticket: Ticket, now: datetime) -> None:
    charger = ticket.charger
    tenure = charger.owner_tenure(now)
    known = tenure if charger.owner_state == OwnerState.KNOWN else None
    ticket.kind = Ticket.Kind.TRANSFER if known else Ticket.Kind.VERIFICATION
    _send_on(ticket, State.AWAITING_OWNER if known else State.COLLECTING, now)
    if known:
        _ask_owner(ticket, known.person, now)
    elif charger.registered_at and charger.owner_state == OwnerState.UNKNOWN:
        write_to_household(ticket, now)
    _ask_board(ticket, now)
    _ask_firm(ticket, known, now)


def _send_on(ticket: Ticket, state: str, now: datetime) -> None:
    ticket.route(to=state, at=now)
    save_and_record(ticket, "routed", at=now, route=ticket.kind)


def _ask_owner(ticket: Ticket, owner: User, now: datetime) -> None:
    """The first notice: it starts the clock when it arrives. A reminder and silence follow."""
    policy, place = policy_of(ticket), clocks.place_of(ticket)
    link = links.make(purpose=Link.Purpose.OWNER, charger=ticket.charger, at=now, party=owner)
    about = {"at": now, "ticket": ticket, "charger": ticket.charger}
    notify("owner_asked", person=owner, link=link, starts_clock=True, **about)
    contact = ticket.charger.installation.contact_email if ticket.charger.installation else ""
    if contact and contact.casefold() != owner.email:
        notify("contact_told", email=contact, **about)
    reminder = now + timedelta(hours=policy["reminder_hours"])
    deadlines.schedule(ticket, Deadline.Kind.REMINDER, reminder, at=now)
    silence = calendars.add_working_days(
        now, policy["answer_working_days"], country=place.country, zone=place.zone
    )
    deadlines.schedule(ticket, Deadline.Kind.SILENCE, silence, at=now)


def write_to_household(ticket: Ticket, now: datetime) -> None:
    """Tell whoever lives there of a claim on a charger whose owner is unknown, once a ticket."""
    place = ticket.charger.installation
    sent = ticket.letters.filter(to=Letter.To.HOUSEHOLD, charger=ticket.charger)
    if place is None or not place.street or ticket.fears_owner or sent.exists():
        return
    letters.send(ticket=ticket, to=Letter.To.HOUSEHOLD, at=now)
    if place.contact_email:
        about = {"at": now, "ticket": ticket, "charger": ticket.charger}
        notify("contact_told", email=place.contact_email, **about)


def write_to_owner(ticket: Ticket, now: datetime) -> Letter | None:
    """Write to a known owner's own address, once, where no mail has reached them."""
    tenure = ticket.charger.owner_tenure(now)
    if ticket.fears_owner or owner_of(ticket, tenure) != Owner.SILENT:
        return None
    reached = clocks.start(ticket, Owner.SILENT, now)
    sent = ticket.letters.filter(to=Letter.To.OWNER, question=None, made_at__gte=tenure.starts_at)
    if reached.arrived or reached.at is None or sent.filter(charger=ticket.charger).exists():
        return None
    try:
        return letters.send(ticket=ticket, to=Letter.To.OWNER, at=now)
    except ValidationError:
        return None  # no such address either: the failed notice is there for the desk to see


def _ask_board(ticket: Ticket, now: datetime) -> None:
    place = ticket.charger.installation
    if place is None or place.kind != Installation.Kind.SHARED or place.board is None:
        return
    link = links.make(
        purpose=Link.Purpose.OWNER,
        charger=ticket.charger,
        at=now,
        party=place.board,
        as_board=True,
    )
    about = {"at": now, "ticket": ticket, "charger": ticket.charger}
    notify("board_asked", person=place.board, link=link, **about)


def _ask_firm(ticket: Ticket, known: Tenure | None, now: datetime) -> None:
    """Ask the registered firm with service access where its word can carry something.

    One that has named this very person as its customer has said it already.
    """
    if known and not ticket.only_installer:
        return
    for firm in firms.firms_of(ticket.charger):
        if firms.said_in_advance(ticket, firm, at=now):
            continue
        link = links.make(
            purpose=Link.Purpose.FIRM, charger=ticket.charger, at=now, firm=firm, ticket=ticket
        )
        about = {"at": now, "ticket": ticket, "charger": ticket.charger}
        notify("firm_asked", firm=firm, link=link, **about)


def with_open_tickets(charger_ids: Collection[int]) -> set[int]:
    """Return those of these chargers that somebody asks for now: an import proposes there only."""
    asked = Ticket.objects.open().filter(charger__in=charger_ids)
    return set(asked.values_list("charger_id", flat=True))


@transaction.atomic
def charger_changed_from_outbox(*, key: str, charger_uid: str) -> None:
    """Outbox handler: the registry learned of a charger, or its owner changed on record."""
    charger = Charger.objects.lock(
        Charger.objects.values_list("pk", flat=True).get(uid=charger_uid)
    )
    reroute_others(charger, at=clock.now(), why=key.split(":")[0])
