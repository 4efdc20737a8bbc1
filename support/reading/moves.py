"""Which decisions are open to a member of the desk on a ticket, and why the others are not.

Whether a move is open is asked of the ticket's own machine and permissions; the words here only
explain an answer that has been given, and name the next best act.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts.models import Role, User
from accounts.roles import roles_of
from support import permissions
from support.machine import LIVE, OPEN, UNDER_WAY, State
from support.models import Dispute, EvidenceItem, Freeze, Ticket
from support.reading.policy import Policy
from support.reading.words import moment_in_words
from support.rules import Tier
from support.services.dossiers import Dossier

# The machine's moves that a member of the desk makes, in the order of the panel; "uphold" stands
# for both verdicts on an objection and "confirm" for both votes on a contest.
DESK_MOVES = ("approve", "uphold", "confirm", "send_back", "ask", "reject", "object", "contest")


@dataclass(frozen=True)
class Situation:
    """What explains a blocked move: who asks, and what stands in the way on the charger."""

    ticket: Ticket
    user: User
    roles: frozenset[str]
    policy: Policy | None
    dispute: Dispute | None
    freeze: Freeze | None
    at: datetime
    is_named: bool = False
    can_look: bool = False  # something was sent that nobody has looked at

    @property
    def decides(self) -> bool:
        return bool(self.roles & {Role.AGENT, Role.SENIOR})


@dataclass(frozen=True)
class Move:
    """One verb: open, or blocked with ``why`` in words and the next best act ``instead``."""

    verb: str
    is_open: bool
    why: tuple[str, ...] = ()
    instead: str = ""


def situation(
    dossier: Dossier,
    user: User,
    *,
    policy: Policy | None,
    dispute: Dispute | None,
    is_named: bool = False,
) -> Situation:
    """Gather what the words need."""
    return Situation(
        ticket=dossier.ticket,
        user=user,
        roles=frozenset(roles_of(user, dossier.at)),
        policy=policy,
        dispute=dispute,
        freeze=next(iter(dossier.freezes), None),
        at=dossier.at,
        is_named=is_named,
        can_look=any(item.state == EvidenceItem.State.READY for item in dossier.items),
    )


def read(situation: Situation) -> dict[str, Move]:
    """Return the moves of the panel by verb: the open ones, and those worth explaining."""
    ticket, user = situation.ticket, situation.user
    available = ticket.get_available_user_state_transitions(user)
    allowed = {transition.name for transition in available}
    moves = {}
    for verb in DESK_MOVES:
        if verb in allowed:
            why = _standing_in_the_way(situation) if verb == "approve" else ()
            moves[verb] = Move(verb, not why, why)
        elif verb == "approve" and ticket.state in OPEN:
            moves[verb] = Move(verb, False, _why_not_approve(situation))
        elif can_proceed(getattr(ticket, verb)):
            moves[verb] = Move(verb, False, _not_yours(situation, verb))
    moves |= _others(situation)
    return {verb: _with_next_best(move, moves, situation) for verb, move in moves.items()}


def _with_next_best(move: Move, moves: dict[str, Move], situation: Situation) -> Move:
    """Name the next best act beside a blocked one: what clears it, else what goes on meanwhile."""
    if move.is_open:
        return move
    tries = ["dispute"] if situation.dispute else []
    if move.verb == "approve" and not _on_hold(situation) and _missing(situation):
        tries += ["look", "ask"]
    if situation.ticket.state == State.COLLECTING:
        tries.append("write")
    tries += ["second_look", "uphold", "confirm", "read_replies"]
    offered = {verb for verb, other in moves.items() if other.is_open} | {"dispute"}
    if situation.can_look:
        offered.add("look")
    found = next((verb for verb in tries if verb in offered and verb != move.verb), "")
    return replace(move, instead=found or ("take" if situation.decides else ""))


def _others(situation: Situation) -> dict[str, Move]:
    """What the desk may do besides the machine's moves."""
    ticket, found = situation.ticket, {}
    works = situation.decides
    wanted = ticket.second_look == Ticket.SecondLook.WANTED
    if ticket.state == State.APPROVED and wanted:
        why = _why_no_second_look(situation)
        found["second_look"] = Move("second_look", not why, why)
    asleep = ticket.snoozed_until is not None and ticket.snoozed_until > situation.at
    if works and asleep:
        found["wake"] = Move("wake", True)
    elif works and ticket.state in LIVE:
        found["snooze"] = Move("snooze", True)
    if situation.is_named:
        found["read_mentions"] = Move("read_mentions", True)
    if ticket.unread_reply_at and works:
        found["read_replies"] = Move("read_replies", True)
    if works and ticket.state in (*UNDER_WAY, State.SUBMITTED) and _has_address(ticket):
        found["letter"] = Move("letter", True)
    may_stop = works or Role.SAFETY_OFFICER in situation.roles
    if may_stop and situation.freeze is None and ticket.state in (*OPEN, State.CONTESTED):
        found["freeze"] = Move("freeze", True)
    if works or Role.SAFETY_OFFICER in situation.roles:
        found["write"] = Move("write", True)
    return found


def _has_address(ticket: Ticket) -> bool:
    place = ticket.charger.installation if ticket.charger_id else None
    return bool(place and place.street)


def _why_no_second_look(situation: Situation) -> tuple[str, ...]:
    if not situation.decides:
        return (_("An agent takes the second look."),)
    if permissions.has_approved(situation.ticket, situation.user):
        return (_("You approved it: somebody else looks at it a second time."),)
    return ()


def _why_not_approve(situation: Situation) -> tuple[str, ...]:
    """Say why nobody, or not this person, can approve an open ticket now."""
    ticket = situation.ticket
    if blocked := _on_hold(situation):
        return blocked
    if ticket.state in (State.IN_REVIEW, State.SECOND_REVIEW):
        return (*_not_yours(situation, "approve"), *_standing_in_the_way(situation))
    if ticket.state == State.APPROVED:
        if ticket.release_at:
            day = moment_in_words(ticket.release_at)
            return (_("Approved already; released on %(day)s.") % {"day": day},)
        return (_("Approved already; it waits for the notice to arrive."),)
    waits = {
        State.SUBMITTED: _("The charger is being looked up: the background does that by itself."),
        State.AWAITING_OWNER: _("The time in which the owner can answer is still running."),
        State.COLLECTING: _("Waiting for the claimant."),
    }
    return (*filter(None, [waits.get(State(ticket.state))]), *_missing(situation))


def _standing_in_the_way(situation: Situation) -> tuple[str, ...]:
    """What no permission knows: a hold, or too little evidence."""
    return _on_hold(situation) or _missing(situation)


def _on_hold(situation: Situation) -> tuple[str, ...]:
    if freeze := situation.freeze:
        day = moment_in_words(freeze.opened_at)
        return (_("Frozen since %(day)s: a safety officer decides.") % {"day": day},)
    if dispute := situation.dispute:
        day = moment_in_words(dispute.opened_at)
        return (_("Dispute open since %(day)s: a senior decides it first.") % {"day": day},)
    if situation.ticket.state == State.DISPUTED:
        return (_("Somebody objected to this request: a senior decides that first."),)
    return ()


def _missing(situation: Situation) -> tuple[str, ...]:
    policy = situation.policy
    if policy is None or policy.tier < Tier.NOT_YET:
        return ()
    return tuple(_("Not enough: %(line)s.") % {"line": line} for line in policy.missing)


def _not_yours(situation: Situation, verb: str) -> tuple[str, ...]:
    """Say why this person may not make a move that the ticket's state allows."""
    ticket, user = situation.ticket, situation.user
    if verb in ("uphold", "confirm"):
        who = _("A senior who approved nothing in it decides this.")
        if verb == "confirm" and Role.SENIOR not in situation.roles:
            who = _("Two seniors who approved nothing in it decide this.")
        return (who,)
    if not situation.decides:
        return (_("You look on here; agents and seniors decide."),)
    if verb == "approve" and ticket.typed_by_id == user.pk:
        return (_("You typed it for the claimant: somebody else approves."),)
    if verb in ("approve", "send_back") and permissions.has_standing_approval(ticket, user):
        return (_("You approved it already: a second person must."),)
    if ticket.appealed_at and permissions.has_decided_before_appeal(ticket, user):
        return (_("You decided this before the appeal: somebody new must."),)
    if verb == "approve" and Role.AGENT not in situation.roles:
        return (_("The first approval is an agent's; a senior's may be the second."),)
    return (_("This step is not yours to take."),)
