"""Where a request stands, as its claimant reads it: one sentence, whose turn, what comes next.

From the three phases only until it is decided (support.phases). Each standing has all that U-07
asks for: a test goes over every state.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from support.machine import State
from support.models import Ticket
from support.phases import Phase
from support.rules import Outcome

Words = str | Promise


class Turn(StrEnum):
    """Who must act next; when nobody must, how it ended."""

    YOURS = "yours"
    OURS = "ours"
    DONE = "done"
    STOPPED = "stopped"


TURN_WORDS = {
    Turn.YOURS: _("It is your turn"),
    Turn.OURS: _("It is our turn"),
    Turn.DONE: _("Nobody has to do anything"),
    Turn.STOPPED: _("This request is closed"),
}


@dataclass(frozen=True)
class Standing:
    """``sentence``: where it stands. ``until``: the one date, and ``by``: what it is the date of.
    ``then``: what happens then. ``do``: what the claimant can do now.
    """

    turn: Turn
    sentence: Words
    then: Words
    do: Words
    by: Words = _("Decided on")
    until: datetime | None = None

    @property
    def turn_words(self) -> Words:
        return TURN_WORDS[self.turn]


_NEED = Standing(
    Turn.YOURS,
    _("Something is missing: see the list below."),
    _("When it is here we go on at once. Whatever has come of it, you hear from us by that day."),
    _("Send what the list asks for. Each line says why, and how to put it right."),
    by=_("You hear from us by"),
)
_ASKED = Standing(
    Turn.YOURS,
    _("We have asked you something: see the messages below."),
    _("When your answer is here we go on at once. You hear from us by that day."),
    _("Answer with a message on this page, in your own words."),
    by=_("You hear from us by"),
)
_CHECKING = Standing(
    Turn.OURS,
    _("Your request is being checked. You need to do nothing."),
    _("Whatever has come of it by then, we tell you, and what comes next."),
    _("You can add a document or write to us at any time."),
    by=_("You hear from us by"),
)
_OFFERED = Standing(
    Turn.YOURS,
    _("The owner offers you this charger."),
    _("If you accept, we ask you for one photo of the label. If you do nothing, the offer ends."),
    _("Accept it, or say no. To accept we mail you a code, so that nobody else can."),
    by=_("The offer is open until"),
)
_OWNED = Standing(
    Turn.DONE,
    _("The charger is yours."),
    _("Nothing more happens here. The PIN is there whenever you need it."),
    _("You find its PIN under the charger's settings."),
)
_USED = Standing(
    Turn.DONE,
    _("You may use the charger."),
    _("On the last day of your lease the use ends by itself. A new lease is a new request."),
    _("Charge your car: for that you need no PIN. The owner stays the owner, and keeps it."),
)
_USE_OVER = Standing(
    Turn.DONE,
    _("Your use of the charger has ended."),
    _("Nothing more happens here."),
    _("Do you still live there? Then ask anew, with your new lease."),
)
_CLOSED = {
    State.CONTESTED: Standing(
        Turn.OURS,
        _("The hand-over is being looked at again."),
        _("Two people who had no part in it decide. Until then the PIN is shown to nobody."),
        _("You can write to us. Charging works as before, and you hear from us."),
        by=_("Handed over on"),
    ),
    State.RESTORED: Standing(
        Turn.STOPPED,
        _("We looked at the hand-over again, and the charger went back."),
        _("Nothing more happens here."),
        _("Write or call us if you want to know what can be done."),
    ),
    State.REJECTED: Standing(
        Turn.STOPPED,
        _("We could not give you this charger."),
        _("Nothing more happens by itself. What you sent is deleted in time."),
        _("Below stands why, what would change it, and how to ask for a second opinion."),
    ),
    State.WITHDRAWN: Standing(
        Turn.STOPPED,
        _("This request was withdrawn."),
        _("Nothing more happens with it. What you sent is deleted in time."),
        _("You can ask again, from the beginning."),
    ),
    State.EXPIRED: Standing(
        Turn.STOPPED,
        _("This request was closed because nothing came for a long time."),
        _("Nothing more happens with it. What you sent is deleted in time."),
        _("You can ask again, from the beginning."),
    ),
}


# There is no second opinion to ask for: it was given, or its time is over.
_REFUSED_FOR_GOOD = replace(
    _CLOSED[State.REJECTED],
    do=_("Below stands why, and what would change it. With something new you can ask again."),
)


def of(
    ticket: Ticket,
    phase: Phase,
    *,
    offer_ends_at: datetime | None = None,
    use_is_over: bool = False,
    only_words: bool = False,
    may_appeal: bool = True,
) -> Standing:
    """Return where a request stands: until it is decided, a phase and one date.

    ``only_words``: what is needed is an answer to a message, and nothing else.
    """
    if ticket.state == State.REJECTED and not may_appeal:
        return replace(_REFUSED_FOR_GOOD, until=ticket.decided_at)
    if ticket.state == State.OFFERED:
        return replace(_OFFERED, until=offer_ends_at)
    if ticket.state == State.COMPLETED:
        used = _USE_OVER if use_is_over else _USED
        ended = used if ticket.outcome == Outcome.USE else _OWNED
        return replace(ended, until=ticket.decided_at)
    if ticket.state in _CLOSED:
        return replace(_CLOSED[ticket.state], until=ticket.decided_at)
    need = _ASKED if only_words else _NEED
    return replace(need if phase == Phase.NEED else _CHECKING, until=ticket.next_word_at)
