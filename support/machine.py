"""The ticket's machine: its states and its legal moves, once.

The django-fsm decorators, the trigger in PostgreSQL and the chart in docs/states.md are all made
from TRANSITIONS. Source: design, "The ticket".
"""

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, transition


class State(TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    AWAITING_OWNER = "awaiting_owner", _("awaiting the owner")
    COLLECTING = "collecting", _("collecting evidence")
    IN_REVIEW = "in_review", _("in review")
    SECOND_REVIEW = "second_review", _("in second review")
    DISPUTED = "disputed", _("disputed")
    APPROVED = "approved", _("approved, waiting for release")
    COMPLETED = "completed", _("completed")
    CONTESTED = "contested", _("contested")
    RESTORED = "restored", _("restored to the former owner")
    REJECTED = "rejected", _("rejected")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OFFERED = "offered", _("offered by the owner")


class Move(NamedTuple):
    """A legal move: ``who`` is told in words for the chart; permissions.py decides."""

    verb: str
    source: str
    target: str
    who: str


S = State
OPEN = (
    S.SUBMITTED,
    S.AWAITING_OWNER,
    S.COLLECTING,
    S.IN_REVIEW,
    S.SECOND_REVIEW,
    S.DISPUTED,
    S.APPROVED,
)
UNDER_WAY = (S.AWAITING_OWNER, S.COLLECTING, S.IN_REVIEW, S.SECOND_REVIEW)
# For the desk: what is not over, what waits for us, and what waits for somebody else.
LIVE = (*OPEN, S.OFFERED, S.CONTESTED)
OURS = (S.IN_REVIEW, S.SECOND_REVIEW, S.DISPUTED)
WAITING = (S.SUBMITTED, S.AWAITING_OWNER, S.COLLECTING, S.OFFERED)
CLOSED = (S.COMPLETED, S.RESTORED, S.REJECTED, S.EXPIRED, S.WITHDRAWN)
# All that a planted forgery ever is: whatever is decided, it is taken out of the way.
TRAINING = [
    str(s)
    for s in (
        *(S.DRAFT, S.SUBMITTED, S.AWAITING_OWNER, S.COLLECTING, S.IN_REVIEW),
        *(S.WITHDRAWN, S.EXPIRED),
    )
]
HUMAN = frozenset({"claimant", "owner", "agent", "senior", "stopper", "receiver", "contester"})


def _moves(verb: str, sources, targets, who: str) -> tuple[Move, ...]:
    return tuple(Move(verb, s, t, who) for s in sources for t in targets)


TRANSITIONS: tuple[Move, ...] = (
    *_moves("submit", [S.DRAFT], [S.SUBMITTED], "claimant"),
    *_moves("route", [S.SUBMITTED], [S.AWAITING_OWNER, S.COLLECTING, S.IN_REVIEW], "clock"),
    *_moves("fall_silent", [S.AWAITING_OWNER], [S.COLLECTING], "clock"),
    *_moves("disclaim", [S.AWAITING_OWNER], [S.COLLECTING], "owner"),
    *_moves("complete_evidence", [S.AWAITING_OWNER, S.COLLECTING], [S.IN_REVIEW], "clock"),
    *_moves("consent", UNDER_WAY, [S.APPROVED], "owner"),
    *_moves("ask", [S.IN_REVIEW], [S.COLLECTING], "agent"),
    *_moves("approve", [S.IN_REVIEW], [S.APPROVED, S.SECOND_REVIEW], "agent"),
    *_moves("approve", [S.SECOND_REVIEW], [S.APPROVED], "agent"),
    *_moves("send_back", [S.SECOND_REVIEW], [S.IN_REVIEW], "agent"),
    *_moves("reopen", [S.SECOND_REVIEW, S.APPROVED], [S.IN_REVIEW], "clock"),
    *_moves("reject", UNDER_WAY, [S.REJECTED], "agent"),
    *_moves("object", [s for s in OPEN if s != S.DISPUTED], [S.DISPUTED], "stopper"),
    *_moves("dismiss", [S.DISPUTED], [S.IN_REVIEW, S.SUBMITTED], "senior"),
    *_moves("uphold", [S.DISPUTED], [S.REJECTED], "senior"),
    *_moves("reroute", [s for s in OPEN if s != S.SUBMITTED], [S.SUBMITTED], "clock"),
    *_moves("release", [S.APPROVED], [S.COMPLETED], "clock"),
    *_moves("contest", [S.COMPLETED], [S.CONTESTED], "contester"),
    *_moves("confirm", [S.CONTESTED], [S.COMPLETED], "senior"),
    *_moves("restore", [S.CONTESTED], [S.RESTORED], "senior"),
    *_moves("expire", [S.DRAFT, S.COLLECTING, S.OFFERED], [S.EXPIRED], "clock"),
    *_moves("withdraw", [*OPEN, S.OFFERED], [S.WITHDRAWN], "claimant"),
    *_moves("appeal", [S.REJECTED], [S.IN_REVIEW], "claimant"),
    *_moves("offer", [S.DRAFT], [S.OFFERED], "owner"),
    *_moves("accept", [S.OFFERED], [S.COLLECTING], "receiver"),
)

VERBS = tuple(dict.fromkeys(move.verb for move in TRANSITIONS))


def sources(verb: str) -> list[str]:
    """Return the states that ``verb`` may leave, in the table's order."""
    return list(dict.fromkeys(str(m.source) for m in TRANSITIONS if m.verb == verb))


def targets(verb: str) -> list[str]:
    """Return the states that ``verb`` may lead to, in the table's order."""
    return list(dict.fromkeys(str(m.target) for m in TRANSITIONS if m.verb == verb))


def edges() -> set[tuple[str, str]]:
    """Return every (from, to) that PostgreSQL lets through."""
    return {(str(m.source), str(m.target)) for m in TRANSITIONS}


def move(field, verb: str, permission):
    """Return django-fsm's decorator; where a verb has several ends the method names one."""
    ends = targets(verb)
    target = ends[0] if len(ends) == 1 else RETURN_VALUE(*ends)
    return transition(field=field, source=sources(verb), target=target, permission=permission)
