"""When a ticket's clock started, and when it may be released. Computed, never stored as truth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from support import calendars
from support.models import Letter, Ticket
from support.rules import Owner, Tier
from support.services import dossiers
from support.services.dossiers import Dossier


@dataclass(frozen=True)
class Start:
    """When the notice period began; ``arrived`` is False when no notice ever reached the owner."""

    at: datetime | None
    arrived: bool


@dataclass(frozen=True)
class Place:
    """Where a charger is, for working days: ISO country and time zone."""

    country: str
    zone: calendars.ZoneInfo


def place_of(ticket: Ticket) -> Place:
    """Return the installation's country and zone; the claim's country while there is none."""
    installation = ticket.charger.installation if ticket.charger_id else None
    country = (installation.country if installation else "") or ticket.country
    name = installation.time_zone if installation else ""
    return Place(country, calendars.zone(country, name))


def start(ticket: Ticket, owner: str, now: datetime) -> Start:
    """Return when the clock started (design, "Notice"), read anew."""
    return start_from(dossiers.read(ticket, now), owner)


def start_from(dossier: Dossier, owner: str) -> Start:
    """Return when the clock started, as a ticket's dossier shows it.

    At routing only where the source declares no owner or the owner released the charger here.
    Else with the first notice that arrived: a mail accepted and not bounced, or a letter (to the
    owner's own address, or to the household where the owner is unknown). A known owner who was
    never reached has a clock from the recorded failure.
    """
    routed_at = dossier.ticket.routed_at
    if owner in (Owner.NONE, Owner.RELEASED):
        return Start(routed_at, routed_at is not None)
    letters = [row for row in dossier.letters if row.charger_id == dossier.ticket.charger_id]
    if owner == Owner.UNKNOWN:
        return _household(dossier, letters)
    return _owner(dossier, letters)


def _household(dossier: Dossier, letters: list[Letter]) -> Start:
    """The letter to the household; where there is no address to write to, nobody was reached."""
    arrived = _arrived((row for row in letters if row.to == Letter.To.HOUSEHOLD), dossier.at)
    if arrived:
        return Start(min(arrived), True)
    place = dossier.charger.installation
    return Start(None if place and place.street else dossier.ticket.routed_at, False)


def _owner(dossier: Dossier, letters: list[Letter]) -> Start:
    """What reached the owner of today about this charger: nobody else's notice counts."""
    ticket, tenure = dossier.ticket, dossier.tenure
    if tenure.person_id == ticket.offered_by_id:
        return Start(ticket.routed_at, True)
    told = (n for n in dossier.notices if n.starts_clock and n.charger_id == ticket.charger_id)
    theirs = (n for n in told if n.person_id == tenure.person_id)
    notices = [n for n in theirs if n.made_at >= tenure.starts_at]
    arrived = [n.accepted_at for n in notices if n.accepted_at and not n.bounced_at]
    written = (row for row in letters if row.to == Letter.To.OWNER and not row.question_id)
    arrived += _arrived((row for row in written if row.made_at >= tenure.starts_at), dossier.at)
    if arrived:
        return Start(min(arrived), True)
    failed = [n.failed_at or n.bounced_at for n in notices if n.failed_at or n.bounced_at]
    return Start(min(failed), False) if failed else Start(None, False)


def _arrived(letters: Iterable[Letter], now: datetime) -> list[datetime]:
    """When letters arrived: some days after print, or earlier where the code shows it."""
    moments = (at for letter in letters for at in (letter.entered_at, letter.arrives_at))
    return [at for at in moments if at and at <= now]


def release_time(
    ticket: Ticket, tier: Tier, owner: str, policy: dict[str, int], now: datetime
) -> datetime | None:
    """Return the earliest moment of release for an approved ticket; None before the clock started.

    At once: now, or the take-over date. Low: 24 h after the notice of approval. Normal and high:
    working days of the place from the clock's start, and 48 h after the notice of approval. Except
    at once, never at a weekend, on a holiday or before 10:00 there.
    """
    place = place_of(ticket)
    take_over = _take_over(ticket, place)
    if tier == Tier.AT_ONCE:
        return max(now, take_over) if take_over else now
    told = _approval_told(ticket)
    if told is None:
        return None
    waits = [take_over] if take_over else []
    if tier == Tier.LOW:
        waits.append(told + timedelta(hours=policy["low_hours"]))
    else:
        began = start(ticket, owner, now)
        if began.at is None:
            return None
        name = "normal_working_days" if tier == Tier.NORMAL else "high_working_days"
        days = policy[name]
        waits.append(
            calendars.add_working_days(began.at, days, country=place.country, zone=place.zone)
        )
        waits.append(told + timedelta(hours=policy["approval_notice_hours"]))
    return calendars.office_time(max(waits), country=place.country, zone=place.zone)


def _take_over(ticket: Ticket, place: Place) -> datetime | None:
    if not ticket.take_over_date:
        return None
    return datetime.combine(ticket.take_over_date, time(0), tzinfo=place.zone)


def _approval_told(ticket: Ticket) -> datetime | None:
    """When the last notice of this approval went out or failed; None while one is under way."""
    told = ticket.approved_at
    notices = ticket.notices.filter(kind="approved_told", made_at__gte=ticket.approved_at)
    for notice in notices:
        gone = notice.accepted_at or notice.failed_at
        if gone is None:
            return None
        told = max(told, gone)
    return told
