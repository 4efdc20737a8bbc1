"""What stands around a ticket on its page: its neighbours in the queue, who is here, replies."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import BooleanField, Expression, F, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

from accounts.models import User
from records.put_together import Part, part
from support import queues, saved_views
from support.machine import OURS
from support.models import DeskSettings, Presence, Reply, Ticket, Undo
from support.services import replies
from support.services.presence import GONE

BEFORE, AFTER = 3, 12
REPLIES = 40
_SHOWN = (
    *("request_code", "state", "queue_tier", "country", "due_at", "next_word_at", "release_at"),
    *("snoozed_until", "unread_reply_at", "assigned_to", "uid"),
)


@dataclass(frozen=True)
class ReadyReply:
    """A reply with its text for this ticket, and the form that it is for."""

    reply: Reply
    text: str
    is_suggested: bool
    address: str


@dataclass(frozen=True)
class Around:
    """What the page shows beside the ticket itself."""

    queue: saved_views.Queue
    slice: list[Ticket]
    here: list[Presence]
    undo: Undo | None
    keys_on: bool
    keys: dict[str, str]
    replies: dict[str, list[ReadyReply]]


def view_of(ticket: Ticket, user: User, slug: str) -> saved_views.Queue:
    """Return the view whose neighbours are shown: the one that led here, else the likely one."""
    likely = "mine" if ticket.assigned_to_id == user.pk else "unassigned"
    if ticket.state not in OURS:
        likely = "waiting"
    return saved_views.QUEUES.get(slug) or saved_views.QUEUES[likely]


def rows_around(ticket: Ticket, user: User, at: datetime, queue: saved_views.Queue) -> Part:
    """Return the question for what stands around, to be asked with the ticket's."""
    return part(
        _rows_around,
        queue.slug,
        ticket=ticket.pk,
        claimant=ticket.claimant_id,
        comes_up=getattr(ticket, queue.order),
        seen_since=at - GONE,
        **vars(queues.reader_of(user, at)),
    )


def _rows_around(slug, ticket, claimant, comes_up, seen_since, **known) -> dict[str, QuerySet]:
    reader, queue = saved_views.Reader(**known), saved_views.QUEUES[slug]
    inside = queue.tickets(queues.seen(reader), reader).exclude(pk=ticket).only(*_SHOWN)
    spoken = User.objects.filter(pk=claimant).values("language")
    ready = Reply.objects.filter(Q(language="en") | Q(language__in=spoken), retired_at=None)
    here = Presence.objects.filter(ticket=ticket, seen_at__gt=seen_since)
    undos = Undo.objects.filter(ticket=ticket, by=reader.user, until_at__gt=reader.now)
    return {
        **_neighbours(inside, queue.order, ticket, comes_up),
        "here": here.exclude(user=reader.user),
        "undos": undos.filter(done_at=None),
        "settings": DeskSettings.objects.filter(user=reader.user),
        "ready": ready.order_by("title")[:REPLIES],
    }


def _neighbours(
    inside: QuerySet[Ticket], order: str, ticket: int, at: datetime | None
) -> dict[str, QuerySet[Ticket]]:
    """Return what comes before and after a ticket; those without a date come last.

    Plain ranges of the view's index, in its own order.
    """
    dated, undated = inside.exclude(**{order: None}), inside.filter(**{order: None})
    onward, back = (order, "pk"), (f"-{order}", "-pk")
    if at is None:
        return {
            "undated_ahead": undated.filter(pk__lt=ticket).order_by(*back)[:BEFORE],
            "ahead": dated.order_by(*back)[:BEFORE],
            "behind": undated.none(),
            "undated_behind": undated.filter(pk__gt=ticket).order_by(*onward)[:AFTER],
        }
    each, here = _row(F(order), F("pk")), _row(Value(at), Value(ticket))
    return {
        "undated_ahead": undated.none(),
        "ahead": inside.filter(LessThan(each, here)).order_by(*back)[:BEFORE],
        "behind": inside.filter(GreaterThan(each, here)).order_by(*onward)[:AFTER],
        "undated_behind": undated.order_by(*onward)[:AFTER],
    }


def _row(*columns: Expression) -> Func:
    return Func(*columns, function="ROW", output_field=BooleanField())


def around(ticket: Ticket, queue: saved_views.Queue, more: dict[str, list]) -> Around:
    """Put what was fetched into the page's terms."""
    ahead, behind = more["undated_ahead"] + more["ahead"], more["behind"] + more["undated_behind"]
    settings = next(iter(more["settings"]), None)
    undo = next((u for u in more["undos"] if u.version == ticket.version), None)
    return Around(
        queue=queue,
        slice=[*reversed(ahead[:BEFORE]), ticket, *behind[:AFTER]],
        here=sorted(more["here"], key=lambda row: (not row.is_writing, str(row.user))),
        undo=undo,
        keys_on=settings.keys_on if settings else True,
        keys=settings.keys if settings else {},
        replies=_ready(more["ready"], ticket, queue),
    )


def _ready(
    rows: list[Reply], ticket: Ticket, queue: saved_views.Queue
) -> dict[str, list[ReadyReply]]:
    """Return the replies by what they are used for, those that fit the state first."""
    ready: dict[str, list[ReadyReply]] = {}
    for reply in sorted(rows, key=lambda reply: ticket.state not in reply.states):
        query = urlencode({"view": queue.slug, "reply": str(reply.uid)})
        suggested = ticket.state in reply.states
        text = replies.fill(reply, ticket)
        ready.setdefault(reply.use, []).append(ReadyReply(reply, text, suggested, f"?{query}"))
    return ready
