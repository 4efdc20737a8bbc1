"""Ten seconds in which an act at the desk can be taken back by who did it.

Only what has not left the house: a mail of the act waits as long, and nothing was granted. An
approval, a rejection, a stop and a verdict cannot be taken back here
(docs/decisions/0018): what follows them is another decision, by its own right.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock
from records.models import OutboxRow
from support.machine import State
from support.models import Deadline, EvidenceItem, Mention, Message, Notice, Ticket, Undo
from support.notifications import key_of
from support.services import attachments, deadlines
from support.services.progress import advance, evidence_complete
from support.services.saving import save_and_record

TIME = Undo.TIME
# Where an act has led on to something that others rest on already.
TOO_LATE = (State.APPROVED, State.DISPUTED, State.COMPLETED)
KEPT = ("state", "reason", "words", "ticks", "take_over_date", "ends_date")
_DATES = ("take_over_date", "ends_date")


def offer(ticket: Ticket, *, by: User, act: str, at: datetime, **before) -> Undo | None:
    """Let ``by`` take an act back for ten seconds; called last, in the act's own transaction.

    ``before`` holds ids, codes and dates to put back. None where the act led on to more.
    """
    if act in (Undo.Act.ACCEPTED, Undo.Act.RETURNED) and ticket.state in TOO_LATE:
        return None
    return Undo.objects.create(
        ticket=ticket,
        by=by,
        act=act,
        at=at,
        until_at=at + TIME,
        version=ticket.version,
        before=before,
    )


def as_it_was(item: EvidenceItem) -> dict:
    """Return what an item's decision is made of, to be put back."""
    was = {name: getattr(item, name) for name in KEPT}
    for name in _DATES:
        was[name] = was[name] and was[name].isoformat()
    decided = {"decided_by": item.decided_by_id}
    decided["decided_at"] = item.decided_at and item.decided_at.isoformat()
    return {"item": str(item.uid), **was, **decided}


@transaction.atomic
def take_back(*, undo_uid: str, by: User) -> Ticket:
    """Put back what an act has changed, within ten seconds and before anything else happened.

    Raises PermissionDenied for anybody else, TransitionNotAllowed when it is too late.
    """
    ticket_id = Undo.objects.values_list("ticket_id", flat=True).get(uid=undo_uid)
    ticket = Ticket.objects.lock(ticket_id)
    act = Undo.objects.get(uid=undo_uid)
    now = clock.now()
    if act.by_id != by.pk:
        raise PermissionDenied(_("Only who did it can take it back."))
    if act.done_at or now > act.until_at:
        raise TransitionNotAllowed(_("The ten seconds are over: it stands."))
    if act.version != ticket.version:
        raise TransitionNotAllowed(_("Something else has happened since: it stands."))
    if notice := act.before.get("notice"):
        _keep_in_the_house(notice)
    changes_facts = _PUT_BACK[act.act](ticket, act.before)
    Undo.objects.filter(pk=act.pk).update(done_at=now)
    save_and_record(ticket, "undone", at=now, by=by, facts=changes_facts, what=act.act)
    return advance(ticket, at=now) if changes_facts else ticket


def _keep_in_the_house(notice_uid: str) -> None:
    """Take a mail out of the outbox; refuse when somebody has it in hand already."""
    notice = Notice.objects.get(uid=notice_uid)
    row = OutboxRow.objects.select_for_update().filter(key=key_of(notice)).first()
    gone = notice.accepted_at or (row and (row.attempts or row.done_at))
    if gone:
        raise TransitionNotAllowed(_("Its mail has left the house: it stands."))
    OutboxRow.objects.filter(key=key_of(notice)).delete()
    notice.delete()


def _item(ticket: Ticket, before: dict) -> bool:
    item = ticket.items.get(uid=before["item"])
    for name in KEPT:
        value = before[name]
        is_date = name in _DATES and value
        setattr(item, name, date.fromisoformat(value) if is_date else value)
    at = before["decided_at"]
    item.decided_by_id, item.decided_at = before["decided_by"], at and datetime.fromisoformat(at)
    item.save()
    return True


def _question(ticket: Ticket, before: dict) -> bool:
    for item in before["items"]:
        _item(ticket, item)
    ticket.items.filter(uid__in=before["made"]).delete()
    _rest(ticket)
    return True


def _rest(ticket: Ticket) -> None:
    """Remind nobody of what is not asked any more."""
    if evidence_complete(ticket):
        deadlines.cancel(ticket, Deadline.Kind.CHASE, at=clock.now())


def _message(ticket: Ticket, before: dict) -> bool:
    message = Message.objects.get(uid=before["message"])
    attachments.take_back(message)
    Mention.objects.filter(message=message).delete()
    message.delete()
    if message.waits:
        _rest(ticket)
    return message.waits


def _snooze(ticket: Ticket, before: dict) -> bool:
    at = before["snoozed_until"]
    ticket.snoozed_until = datetime.fromisoformat(at) if at else None
    return False


def _assignment(ticket: Ticket, before: dict) -> bool:
    ticket.assigned_to_id = before["assigned_to"]
    return False


# What each act puts back; True where a decision rests on it.
_PUT_BACK: dict[str, Callable[[Ticket, dict], bool]] = {
    Undo.Act.ACCEPTED: _item,
    Undo.Act.RETURNED: _item,
    Undo.Act.ASKED: _question,
    Undo.Act.WROTE: _message,
    Undo.Act.NOTED: _message,
    Undo.Act.SNOOZED: _snooze,
    Undo.Act.ASSIGNED: _assignment,
}
