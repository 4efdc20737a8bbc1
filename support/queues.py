"""Reading the desk's queue: which tickets a view shows, page by page, and how many it holds.

The views are in saved_views.py. A page goes on after the last row of the one before.
"""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from records import clock, put_together
from records.models import OutboxRow
from records.put_together import part
from support.models import Freeze, Notice, Ticket
from support.saved_views import QUEUES, Queue, Reader

PAGE = 50
COUNT_CAP = 1000
# What a row of the queue shows, with what puts the rows in order: a ticket has sixty columns.
_SHOWN = (
    *("request_code", "state", "kind", "outcome", "queue_tier", "country", "city", "charger"),
    *("serial", "serial_typed", "is_training", "unread_reply_at", "appealed_at", "lost_notice_at"),
    *("due_at", "next_word_at", "release_at", "proof_until_at", "snoozed_until"),
    *("picked_by_hand", "assigned_to__uid", "assigned_to__name", "assigned_to__email"),
)
# In SQL: the desk asks it with every page, and Django took longer to put it together than
# PostgreSQL to answer it. Each way to a say is a look-up of its own: an OR of two would read every
# place there is.
_SAY = """
WITH firms AS (
    SELECT firm_id FROM accounts_firmmember WHERE user_id = %(user)s AND ends_at IS NULL
)
SELECT charger_id FROM chargers_tenure WHERE person_id = %(user)s AND charger_id IS NOT NULL
    AND (role = 'owner' OR ends_at IS NULL)
UNION SELECT charger_id FROM chargers_tenure
    WHERE firm_id IN (SELECT firm_id FROM firms) AND ends_at IS NULL AND charger_id IS NOT NULL
UNION SELECT c.id FROM chargers_charger c JOIN chargers_installation p ON p.id = c.installation_id
    WHERE p.board_id = %(user)s
UNION SELECT c.id FROM chargers_charger c JOIN chargers_installation p ON p.id = c.installation_id
    WHERE p.firm_id IN (SELECT firm_id FROM firms)
UNION SELECT charger_id FROM support_ticket
    WHERE claimant_id = %(user)s AND charger_id IS NOT NULL
UNION SELECT charger_id FROM support_ticket
    WHERE offered_by_id = %(user)s AND charger_id IS NOT NULL
"""


def undelivered_notices() -> QuerySet[Notice]:
    """Return the notices that failed or came back."""
    return Notice.objects.filter(Q(failed_at__isnull=False) | Q(bounced_at__isnull=False))


def reader_of(user: User, now: datetime) -> Reader:
    """Return what the views depend on for a member of the desk who reads them now."""
    tomorrow = timezone.localtime(now) + timedelta(days=1)
    tomorrow = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return Reader(user=user.pk, chargers=_chargers_of(user), now=now, tomorrow=tomorrow)


def seen_by(user: User) -> QuerySet[Ticket]:
    """Return what a member of the desk may see, without what they are a party to."""
    return Ticket.objects.visible_to(user) & seen(reader_of(user, clock.now()))


def seen(reader: Reader) -> QuerySet[Ticket]:
    """Return what comes to the desk, without what the reader is a party to.

    Nobody works on a ticket of their own, nor reads there what the other side says.
    """
    own = Q(claimant=reader.user) | Q(offered_by=reader.user)
    return Ticket.objects.at_the_desk().exclude(own | Q(charger__pk__any_of=reader.chargers))


def _chargers_of(user: User) -> list[int]:
    """Return the chargers in which a person has a say, had one as an owner, or asked."""
    with connection.cursor() as cursor:
        cursor.execute(_SAY, {"user": user.pk})
        return [charger for (charger,) in cursor.fetchall()]


def tickets_of(queue: Queue, reader: Reader) -> QuerySet[Ticket]:
    """Return what a queue holds for its reader, oldest due first."""
    found = queue.tickets(seen(reader), reader)
    return found.order_by(F(queue.order).asc(nulls_last=True), "pk")


def page_of(
    tickets: QuerySet[Ticket], queue: Queue, *, after: str = ""
) -> tuple[list[Ticket], str]:
    """Return up to PAGE tickets that come after the one with this request code, and what is next.

    The second value is the request code to go on from; empty on the last page. An unknown code
    starts from the beginning.
    """
    last = Ticket.objects.filter(request_code=after).first() if after else None
    tickets = tickets.select_related("assigned_to").only(*_SHOWN)
    if last is None:
        rows = list(tickets[: PAGE + 1])
    else:
        rows = _rows_after(tickets, queue.order, last)
    return rows[:PAGE], rows[PAGE - 1].request_code if len(rows) > PAGE else ""


def _rows_after(tickets: QuerySet[Ticket], order: str, last: Ticket) -> list[Ticket]:
    """Return the rows behind a ticket; those without a date come last.

    Two plain ranges, each of which the view's index can be entered at.
    """
    at: datetime | None = getattr(last, order)
    undated = tickets.filter(**{order: None})
    if at is None:
        return list(undated.filter(pk__gt=last.pk)[: PAGE + 1])
    later = tickets.filter(Q(**{f"{order}__gt": at}) | Q(pk__gt=last.pk), **{f"{order}__gte": at})
    rows = list(later[: PAGE + 1])
    return rows + list(undated[: PAGE + 1 - len(rows)])


def counts(views: list[Queue], reader: Reader) -> dict[str, str]:
    """Return how many each view holds, in words that stay short: "1,000+" at the most.

    What is the same for all of the desk is counted at most every few seconds by a process
    (QUEUE_COUNT_SECONDS), a person's own views each time; one statement for all, and no count
    goes on beyond its cap.
    """
    now = time.monotonic()
    fresh = {
        view.slug: kept[1]
        for view in views
        if not view.is_personal
        and (kept := _COUNTED.get(view.slug))
        and now - kept[0] < settings.QUEUE_COUNT_SECONDS
    }
    wanted = [view for view in views if view.slug not in fresh]
    found = _count(wanted, reader) if wanted else {}
    for view in wanted:
        if not view.is_personal:
            _COUNTED[view.slug] = (now, found[view.slug])
    return {slug: in_words(number) for slug, number in (fresh | found).items()}


# When a view was counted by this process, and how many it held.
_COUNTED: dict[str, tuple[float, int]] = {}


def _count(views: list[Queue], reader: Reader) -> dict[str, int]:
    slugs = [view.slug for view in views]
    asked = put_together.of((part(_capped, *slugs, **vars(reader)),), _join_counts)
    with connection.cursor() as cursor:
        cursor.execute(asked.text, asked.params)
        return dict(zip(slugs, cursor.fetchone(), strict=True))


def _capped(*slugs: str, **known) -> list[QuerySet]:
    """Return the keys of what views hold, as many as are counted."""
    reader = Reader(**known)
    found = []
    for view in (QUEUES[slug] for slug in slugs):
        shared = seen(reader) if view.is_personal else Ticket.objects.at_the_desk()
        found.append(view.tickets(shared, reader).order_by().values("pk")[: COUNT_CAP + 1])
    return found


def _join_counts(rows: list[QuerySet]) -> tuple[str, list, None]:
    statements, params = [], []
    for statement, given in (each.query.sql_with_params() for each in rows):
        # Django's own SQL, its parameters apart.
        statements.append(f"(SELECT count(*) FROM ({statement}) r)")  # noqa: S608
        params += given
    return f"SELECT {', '.join(statements)}", params, None


def in_words(found: int) -> str:
    """Return a capped count as it is shown."""
    return f"{COUNT_CAP:,}+" if found > COUNT_CAP else f"{found:,}"


def parked_rows() -> QuerySet[OutboxRow]:
    """Return the outbox rows that are out of attempts and wait for a person, newest first."""
    return OutboxRow.objects.exclude(parked_at=None).filter(done_at=None).order_by("-parked_at")


def freezes_in_force() -> QuerySet[Freeze]:
    """Return the open freezes, the one longest without a look first."""
    in_force = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    open_tickets = Prefetch("charger__tickets", Ticket.objects.open(), to_attr="open_tickets")
    in_force = in_force.select_related("ticket", "charger", "by").prefetch_related(open_tickets)
    return in_force.order_by(F("reviewed_at").asc(nulls_first=True), "opened_at")


def freezes_lifted() -> QuerySet[Freeze]:
    lifted = Freeze.objects.exclude(lifted_at=None)
    return lifted.select_related("ticket", "charger", "lifted_by").order_by("-lifted_at")
