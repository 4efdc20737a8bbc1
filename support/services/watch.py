"""Looking over the records of reads: browsing, idle searches, decoys, refused and many PINs.

What a page shows cannot raise an alert itself (a GET changes nothing), so this runs each minute.
It looks back further than that: an hour in which it did not run is looked at later. What was
looked into already is not counted again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Max

from accounts.models import User
from chargers.models import Decoy, Reveal
from records import alerts, clock
from records.models import Access
from support.models import Ticket
from support.reading.reads import subjects_of_charger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_BACK = timedelta(hours=26)
TICKETS_AN_HOUR = 30
IDLE_SEARCHES_AN_HOUR = 5
# So soon after a search its ticket is opened, or the search led nowhere.
OPENED_WITHIN = timedelta(minutes=10)
REFUSALS_A_DAY = 3
CHARGERS_A_DAY = 10
SEARCHES = ("search", "records search")
# An auditor who looks into an alert on a decoy touches no decoy.
NO_TOUCH = ("audit", "audit_csv")


def run() -> None:
    """Raise what there is to raise; safe to run at any time, twice, or late."""
    now = clock.now()
    browsing(now)
    idle_searches(now)
    decoys()
    refused_pins(now)
    many_pins(now)


def browsing(now: datetime) -> None:
    """Somebody opened more than 30 different tickets within an hour."""
    rows = Access.objects.filter(what="ticket", at__gt=now - LOOK_BACK).exclude(actor=None)
    many = rows.values("actor").annotate(n=Count("subject", distinct=True))
    for person in _people(many.filter(n__gt=TICKETS_AN_HOUR)):
        looks = rows.filter(actor=person, at__gt=_counted_from("browsing", _name(person), now))
        at, most = _busiest(looks.order_by("at").values_list("at", "subject"))
        if most > TICKETS_AN_HOUR:
            _raise("browsing", _name(person), at=at, actor=person, tickets=most)


def idle_searches(now: datetime) -> None:
    """Somebody searched more than five times within an hour and opened nothing after it."""
    rows = Access.objects.filter(what__in=SEARCHES, at__gt=now - LOOK_BACK).exclude(actor=None)
    rows = rows.filter(at__lte=now - OPENED_WITHIN)
    many = rows.values("actor").annotate(n=Count("uid"))
    for person in _people(many.filter(n__gt=IDLE_SEARCHES_AN_HOUR)):
        since = _counted_from("idle_searches", _name(person), now)
        opened = Access.objects.filter(what="ticket", actor=person, at__gt=since)
        times = list(opened.order_by("at").values_list("at", flat=True))
        searches = rows.filter(actor=person, at__gt=since).order_by("at").values_list("at", "uid")
        idle = [
            (at, uid)
            for at, uid in searches
            if not any(at <= time <= at + OPENED_WITHIN for time in times)
        ]
        at, most = _busiest(idle)
        if most > IDLE_SEARCHES_AN_HOUR:
            _raise("idle_searches", _name(person), at=at, actor=person, searches=most)


def decoys() -> None:
    """Somebody looked at a decoy, found it by a search, or asked for it."""
    for decoy in Decoy.objects.select_related("charger"):
        subject = decoy.charger.stream
        looks = Access.objects.filter(subject__in=subjects_of_charger(decoy.charger))
        looks = looks.filter(at__gt=decoy.made_at).exclude(what__in=NO_TOUCH)
        last = looks.select_related("actor").order_by("-at").first()
        if last:
            _raise("decoy", subject, at=last.at, actor=last.actor, how=last.what)
        asked = Ticket.objects.filter(charger=decoy.charger, submitted_at__gt=decoy.made_at)
        ticket = asked.select_related("claimant").order_by("-submitted_at").first()
        if ticket:
            about = {"how": "request", "request": ticket.request_code}
            _raise("decoy", subject, at=ticket.submitted_at, actor=ticket.claimant, **about)


def refused_pins(now: datetime) -> None:
    """Three times in a day a PIN was refused: to one person, or at one charger."""
    rows = Access.objects.filter(what="pin_refused", at__gt=now - DAY)
    for person in _people(rows.values("actor").annotate(n=Count("uid")), of_actors=True):
        since = _counted_from("failed_reveals", _name(person), now)
        theirs = rows.filter(actor=person, at__gt=since)
        _raise_many("failed_reveals", _name(person), theirs, actor=person)
    for subject in rows.values_list("subject", flat=True).distinct():
        since = _counted_from("failed_reveals", subject, now)
        _raise_many("failed_reveals", subject, rows.filter(subject=subject, at__gt=since))


def many_pins(now: datetime) -> None:
    """One person saw the PINs of ten chargers in a day: as many as a service person may."""
    rows = Reveal.objects.filter(at__gt=now - DAY).exclude(person=None)
    seen = rows.values("person").annotate(n=Count("charger", distinct=True), last=Max("at"))
    for one in seen.filter(n__gte=CHARGERS_A_DAY):
        person = User.objects.get(pk=one["person"])
        since = _counted_from("many_reveals", _name(person), now)
        count = rows.filter(person=person, at__gt=since).values("charger").distinct().count()
        if count >= CHARGERS_A_DAY:
            _raise("many_reveals", _name(person), at=one["last"], actor=person, chargers=count)


def _name(person: User) -> str:
    return f"person:{person.uid}"


def _people(counted, *, of_actors: bool = False) -> Iterable[User]:
    if of_actors:
        counted = counted.exclude(actor=None).filter(n__gte=REFUSALS_A_DAY)
    return User.objects.filter(pk__in=[row["actor"] for row in counted]).order_by("pk")


def _busiest(rows: Iterable[tuple[datetime, object]]) -> tuple[datetime | None, int]:
    """Return the most different things within any hour, and when the last of those came."""
    window: list[tuple[datetime, object]] = []
    best: tuple[datetime | None, int] = (None, 0)
    for at, what in rows:
        window = [(then, thing) for then, thing in window if then > at - HOUR] + [(at, what)]
        count = len({thing for _then, thing in window})
        if count >= best[1]:
            best = (at, count)
    return best


def _raise_many(kind: str, subject: str, rows, actor: User | None = None) -> None:
    count, last = rows.count(), rows.aggregate(last=Max("at"))["last"]
    if count >= REFUSALS_A_DAY:
        _raise(kind, subject, at=last, actor=actor, times_refused=count)


def _counted_from(kind: str, subject: str, now: datetime) -> datetime:
    """Return from when on things count: not again what somebody has looked into."""
    last = alerts.last_of(kind, subject)
    closed_at = last.acknowledged_at if last else None
    return max(closed_at or now - LOOK_BACK, now - LOOK_BACK)


def _raise(kind: str, subject: str, *, at: datetime, actor: User | None, **data) -> None:
    """Raise it unless this very cause was raised already."""
    last = alerts.last_of(kind, subject)
    seen_to = max(filter(None, (last.last_at, last.acknowledged_at))) if last else None
    if seen_to is None or at > seen_to:
        alerts.raise_alert(kind, subject, at=at, actor=actor, **data)
