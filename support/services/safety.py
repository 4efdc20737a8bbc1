"""Somebody says that someone may be in danger: it stops at once, and only officers read why."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import InstallerFirm, Role, User
from accounts.roles import holders
from chargers.models import Charger, Proposal
from chargers.services import changes
from records import alerts, clock, events, outbox
from records.models import Event, Note
from support import calendars
from support.machine import State
from support.models import Answer, Freeze, Letter, Link, Notice, Ticket
from support.notifications import notify
from support.services import answers, freezes, offers


@dataclass(frozen=True)
class Reporter:
    """Who says so: a person, or a firm by its link; nobody by name for the code of a letter."""

    user: User | None = None
    firm: InstallerFirm | None = None


@transaction.atomic
def tell_of_ticket(*, ticket_id: int, by: User, words: str = "") -> Freeze:
    """The claimant of an open request says so. Raises PermissionDenied for anyone else."""
    ticket = Ticket.objects.get(pk=ticket_id)
    if ticket.claimant_id != by.pk or not ticket.is_open and ticket.state != "offered":
        raise PermissionDenied
    freeze = freezes.freeze_ticket(ticket_id=ticket_id, by=by)
    return _tell(freeze, Reporter(by), words)


@transaction.atomic
def tell_of_charger(*, charger_id: int, by: User, words: str = "") -> Freeze | None:
    """Whoever holds, uses or services a charger says so.

    A former owner's word contests the hand-over instead (None). Raises PermissionDenied for anyone
    with no part in it.
    """
    charger, now = Charger.objects.get(pk=charger_id), clock.now()
    if charger.owner(now) == by:
        return tell_as_party(charger=charger, party=by, words=words)
    if not Charger.objects.visible_to(by, now).filter(pk=charger.pk).exists():
        raise PermissionDenied
    return _tell(freezes.freeze_charger(charger_id=charger.pk, by=by), Reporter(by), words)


@transaction.atomic
def tell_by_link(*, link: Link, words: str = "") -> Freeze | None:
    """The party of an open link says so: owner, board, firm, or the receiver of offers.

    A receiver's word is about every offer that the link is about; the last freeze is returned.
    """
    if link.purpose == Link.Purpose.OFFER:
        return _tell_of_offers(link, words)
    if link.firm_id:
        return _tell_as_firm(link, words)
    about = {"charger": link.charger, "party": link.party, "as_board": link.as_board}
    return tell_as_party(**about, words=words)


def _tell_of_offers(link: Link, words: str) -> Freeze | None:
    about = stoppable(link)
    if not about:
        raise PermissionDenied
    freeze = None
    for ticket in about:
        if ticket.state == State.COMPLETED:
            said = {"charger_id": ticket.charger_id, "by": link.party}
            freeze = tell_of_charger(**said, words=words)
        else:
            freeze = tell_of_ticket(ticket_id=ticket.pk, by=link.party, words=words)
    return freeze


def stoppable(link: Link) -> list[Ticket]:
    """Return the offers of a receiver's link that their word still stops.

    Those that wait, those that are being checked, and those that made the charger theirs.
    """
    now = clock.now()
    return [one for one in offers.of_link(link) if _has_part(one, link.party, now)]


def _has_part(ticket: Ticket, person: User, at: datetime) -> bool:
    if ticket.state == State.COMPLETED:
        return ticket.charger.owner(at) == person
    return ticket.is_open or ticket.state == State.OFFERED


def _tell_as_firm(link: Link, words: str) -> Freeze:
    freeze = freezes.freeze_charger(charger_id=link.charger_id, by=None, firm=link.firm)
    return _tell(freeze, Reporter(firm=link.firm), words)


@transaction.atomic
def tell_as_party(
    *, charger: Charger, party: User, as_board: bool = False, words: str = ""
) -> Freeze | None:
    """The owner or the board says so; a former owner contests what was handed over (None)."""
    said = {"charger_id": charger.pk, "party": party, "kind": Answer.Kind.SAFETY}
    if answers.answer(**said, as_board=as_board, words=words) is None:
        return None
    freeze = Freeze.objects.filter(charger=charger, lifted_at=None).order_by("-pk").first()
    return _tell(freeze, Reporter(party), words)


@transaction.atomic
def tell_by_letter(*, letter: Letter, words: str = "") -> Freeze:
    """Who has a letter's stop code says so: the charger is frozen, or all that it is about."""
    if letter.proposal_id:
        return tell_of_change(proposal=letter.proposal, words=words)
    freeze = freezes.freeze_charger(charger_id=letter.charger_id, by=None)
    return _tell(freeze, Reporter(), words)


@transaction.atomic
def tell_of_change(*, proposal: Proposal, words: str = "") -> Freeze:
    """Who was told of a change of an owner, or of an owner's contact, says so: each charger stops.

    Raises PermissionDenied where the change is about a firm or a place: nobody freezes hundreds.
    """
    freeze = None
    for charger in chargers_of(proposal):
        freeze = freezes.freeze_charger(charger_id=charger.pk, by=None)
        _tell(freeze, Reporter(), words)
    if freeze is None:
        raise PermissionDenied
    return freeze


def chargers_of(proposal: Proposal) -> list[Charger]:
    """Return the chargers that a word about a proposed change stops."""
    if not proposal.charger_id and proposal.kind != Proposal.Kind.OWNER_CONTACT:
        return []
    return list(changes.chargers_of(proposal).order_by("pk"))


def _tell(freeze: Freeze, who: Reporter, words: str) -> Freeze:
    """Keep the words where officers alone read them, and tell every officer, once a freeze."""
    now = clock.now()
    firm = {"firm": who.firm.uid} if who.firm else {}
    events.record(
        stream_of(freeze), "danger_told", at=now, actor=who.user, by_what="party",
        note=words.strip(), **firm,
    )  # fmt: skip
    outbox.put("freeze_told", f"freeze:{freeze.uid}", at=now, freeze_uid=freeze.uid)
    return freeze


def stream_of(freeze: Freeze) -> str:
    """Return the stream of what was told about a freeze."""
    return f"freeze:{freeze.uid}"


def told_of(freeze: Freeze) -> list[tuple[Event, str]]:
    """Return who told when, and their words: for safety officers only."""
    told = Event.objects.filter(stream=stream_of(freeze), kind="danger_told").order_by("number")
    told = list(told.select_related("actor"))
    uids = [event.data["note"]["uid"] for event in told if "note" in event.data]
    bodies = {str(note.uid): note.body for note in Note.objects.filter(uid__in=uids)}
    return [(event, bodies.get(event.data.get("note", {}).get("uid"), "")) for event in told]


@transaction.atomic
def send_from_outbox(*, key: str, freeze_uid: str) -> None:
    """Outbox handler: mail every safety officer of the moment, once; none there is an alert."""
    now = clock.now()
    officers = list(holders(Role.SAFETY_OFFICER, now))
    if not officers:
        alerts.raise_alert("no_safety_officer", f"freeze:{freeze_uid}", at=now)
    for person in officers:
        told = Notice.objects.filter(kind="freeze_told", person=person, data__freeze=freeze_uid)
        if not told.exists():
            notify("freeze_told", at=now, person=person, freeze=freeze_uid)


def watch(*, at: datetime) -> int:
    """Raise an alert for each freeze that nobody looked at for a working day; return how many.

    Called every few minutes; each freeze is told again a working day later.
    """
    late = [freeze for freeze in _in_force() if review_due(freeze) <= at]
    raised = 0
    for freeze in late:
        subject = stream_of(freeze)
        last = alerts.last_of("freeze_unreviewed", subject)
        if last is None or _next_working_day(freeze, last.last_at) <= at:
            alerts.raise_alert("freeze_unreviewed", subject, at=at)
            raised += 1
    return raised


def review_due(freeze: Freeze) -> datetime:
    """Return by when a freeze must be looked at: the end of the working day after the last look."""
    return _next_working_day(freeze, freeze.reviewed_at or freeze.opened_at)


def _next_working_day(freeze: Freeze, since: datetime) -> datetime:
    country, zone = _place(freeze)
    day = calendars.add_working_days(since, 1, country=country, zone=zone)
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


def _place(freeze: Freeze):
    charger = freeze.charger or (freeze.ticket and freeze.ticket.charger)
    place = charger.installation if charger and charger.installation_id else None
    country = place.country if place else freeze.ticket.country if freeze.ticket_id else ""
    return country, calendars.zone(country, place.time_zone if place else "")


def _in_force():
    """Return the freezes to be looked at: those in force, and those that wait for a yes."""
    rows = Freeze.objects.filter(lifted_at=None).order_by("pk")
    return rows.select_related("charger__installation", "ticket__charger__installation")


def parts_of(user: User, at: datetime) -> tuple[list[Ticket], list[Charger]]:
    """Return the open requests and the chargers that a person may say it about."""
    tickets = Ticket.objects.filter(claimant=user).exclude(state="draft")
    open_ = [ticket for ticket in tickets.order_by("-pk")[:50] if ticket.is_open]
    offered = list(tickets.filter(state="offered"))
    chargers = Charger.objects.visible_to(user, at).order_by("serial")[:50]
    return [*offered, *open_], list(chargers)
