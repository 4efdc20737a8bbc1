"""Objections: whoever has a say stops a request once; the next time is a task for a senior."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Charger, OwnerState
from chargers.services import tenures
from records import clock
from records.models import Event
from support.machine import State
from support.models import Answer, Ticket
from support.permissions import may_confirm_stop
from support.services import disputes
from support.services.progress import advance
from support.services.saving import save_and_record


def put(*, charger: Charger, party: User, kind: str, as_board: bool, at: datetime) -> Answer:
    """Stop every open request of the charger that this party has not stopped before.

    One that it did stop, and that went on after a verdict, waits for a senior's word: the
    objection stands, in place of any earlier answer, and is confirmed by ``confirm_stop``. The
    caller holds the charger's lock.
    """
    mine = charger.answers.filter(party=party, as_board=as_board)
    before = mine.filter(void_at=None).first()
    stopped = stopped_by(mine)
    going_on = _going_on(charger)
    fresh = [ticket for ticket in going_on if ticket.stream not in stopped]
    again = [ticket for ticket in going_on if ticket.stream in stopped]
    objected = before is not None and before.kind in Answer.OBJECTIONS
    if objected and not fresh and (before.needs_confirmation or not again):
        return before
    mine.filter(void_at=None).update(void_at=at)
    answer = Answer.objects.create(
        charger=charger,
        party=party,
        kind=kind,
        as_board=as_board,
        at=at,
        needs_confirmation=bool(again),
    )
    if not as_board:
        tenures.set_owner_state(charger=charger, state=OwnerState.KNOWN)
    _stop(charger, answer, fresh, at)
    if before and not objected:
        _take_yes_back(answer, again, at)
    return answer


def take_back(*, charger: Charger, party: User, as_board: bool, at: datetime) -> None:
    """Any other answer takes a standing objection of the same party back."""
    standing = charger.answers.filter(
        party=party, as_board=as_board, void_at=None, kind__in=Answer.OBJECTIONS
    )
    for objection in standing:
        disputes.withdraw_objection(charger, objection, at=at)


@transaction.atomic
def confirm_stop(*, answer_id: int, by: User) -> Answer:
    """A senior confirms a party's second objection: from now on it stops."""
    charger_id = Answer.objects.values_list("charger_id", flat=True).get(pk=answer_id)
    charger = Charger.objects.lock(charger_id)
    answer = Answer.objects.get(pk=answer_id)
    if not may_confirm_stop(charger, by):
        raise PermissionDenied(_("Only a senior who is no party may confirm it."))
    if answer.needs_confirmation and not answer.void_at:
        Answer.objects.filter(pk=answer.pk).update(needs_confirmation=False)
        _stop(charger, answer, _going_on(charger), clock.now())
    return Answer.objects.get(pk=answer_id)


def _going_on(charger: Charger) -> list[Ticket]:
    open_ = Ticket.objects.open().filter(charger=charger).exclude(state=State.DISPUTED)
    return list(open_.order_by("pk"))


def stopped_by(answers) -> set[str]:
    """Return the streams of the tickets that these answers have stopped."""
    uids = [str(uid) for uid in answers.values_list("uid", flat=True)]
    events = Event.objects.filter(kind="objected", data__answer__in=uids)
    return set(events.values_list("stream", flat=True))


def _stop(charger: Charger, answer: Answer, tickets: list[Ticket], at: datetime) -> None:
    for found in tickets:
        ticket = Ticket.objects.lock(found.pk)
        disputes.stop(ticket, at=at, by=answer.party, by_what="party", answer=str(answer.uid))
    dispute = charger.disputes.filter(closed_at=None).first()
    Answer.objects.filter(pk=answer.pk).update(dispute=dispute)


def _take_yes_back(answer: Answer, tickets: list[Ticket], at: datetime) -> None:
    """Even where it stops nothing, an objection ends what the party had said before."""
    for found in tickets:
        ticket = Ticket.objects.lock(found.pk)
        save_and_record(
            ticket,
            "answered",
            at=at,
            by=answer.party,
            by_what="party",
            answer=str(answer.uid),
            what=answer.kind,
            board=answer.as_board,
        )
        advance(ticket, at=at)
