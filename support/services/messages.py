"""Words on a ticket: between the claimant and the desk, and within the desk."""

import re
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import holders
from records import clock
from support.models import EvidenceItem, Mention, Message, Ticket, Undo
from support.notifications import notify
from support.permissions import DESK, is_party, may_ask, may_see, may_write, plays
from support.services import attachments, training, undo, waiting
from support.services.saving import save_and_record
from support.services.wording import require_silence

MOST_WORDS = 4000
_MENTION = re.compile(r"(?<![\w.])@(\w[\w'’-]*(?: \w[\w'’-]*)?)")


@transaction.atomic
def write(
    *,
    ticket_id: int,
    by: User,
    body: str,
    internal: bool = False,
    waits: bool = False,
    at_desk: bool = False,
    files: list[EvidenceItem] = (),
) -> Message:
    """Write a message on a ticket: the claimant to the desk, the desk to the claimant or itself.

    Who writes ``at_desk`` writes as one of it: a party never does. A claimant's message on an
    approved ticket pauses its release until it is read. In an internal note "@Anna" or "@Anna
    Agent" names a colleague, and ``files`` go with it that were kept for it (attachments.keep).
    What the desk writes leaves after ten seconds. When it ``waits`` for an answer, it is the
    claimant's turn until they write.
    """
    body = body.strip()
    if not body or len(body) > MOST_WORDS:
        raise ValidationError({"body": _("Write something, at most 4,000 characters.")})
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    from_desk = by.pk not in (ticket.claimant_id, ticket.offered_by_id)
    _require_leave(ticket, by, from_desk=from_desk, as_desk=internal or at_desk)
    if files and not internal:
        raise ValidationError({"files": _("Only an internal note can have files.")})
    if waits:
        _require_question(ticket, by, is_one=from_desk and not internal)
    if from_desk and not internal:
        require_silence(ticket, reader=ticket.claimant, body=body)
    if ticket.is_training and from_desk and not internal:
        training.end(ticket, act="wrote", by=by, at=now)
        return Message(ticket=ticket, by=by, at=now, from_desk=True)  # there is nobody to read it
    kinds = {"from_desk": from_desk, "internal": internal, "waits": waits}
    message = _put(Message(ticket=ticket, by=by, body=body, at=now, **kinds), files)
    was_waiting = by.pk == ticket.claimant_id and waiting.answered(ticket, at=now)
    if not from_desk:
        ticket.unread_reply_at = now
    if waits:
        waiting.begin(ticket, at=now)
    kind = "noted" if internal else "questioned" if waits else "wrote"
    save_and_record(ticket, kind, at=now, by=by, facts=waits, message=str(message.uid))
    if was_waiting:
        waiting.go_on(ticket, at=now)
    if from_desk:
        _tell(message, ticket, by=by, at=now)
    return message


def _put(message: Message, files: list[EvidenceItem]) -> Message:
    """Keep a message with whom it names and the files that go with it."""
    named = mentioned(message.body, at=message.at) if message.internal else []
    message.save()
    ticket = message.ticket
    Mention.objects.bulk_create(Mention(message=message, ticket=ticket, person=p) for p in named)
    attachments.enter(files, note=message, at=message.at, opens_at=message.at + undo.TIME)
    return message


def _require_leave(ticket: Ticket, by: User, *, from_desk: bool, as_desk: bool) -> None:
    """Raise PermissionDenied to who may not write here, or not as one of the desk."""
    if not may_see(ticket, by):
        raise PermissionDenied(_("This request is not yours."))
    if not may_write(ticket, by) if from_desk else as_desk:
        raise PermissionDenied(_("This step is not yours to take."))


def _require_question(ticket: Ticket, by: User, *, is_one: bool) -> None:
    """Refuse to wait for an answer to what asks the claimant nothing, or where none can be."""
    if not is_one:
        raise ValidationError({"waits": _("Only a message to the claimant waits for an answer.")})
    waiting.require_asking(ticket, by)


@transaction.atomic
def take_as_answered(*, ticket_id: int, by: User) -> Ticket:
    """Wait no longer for the claimant's answer: the desk has it, from a call or a mail.

    Raises PermissionDenied to who may not ask. Done again it changes nothing.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not may_ask(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    now = clock.now()
    if not waiting.answered(ticket, at=now):
        return ticket
    save_and_record(ticket, "answer_taken", at=now, by=by, facts=False)
    return waiting.go_on(ticket, at=now)


def _tell(message: Message, ticket: Ticket, *, by: User, at: datetime) -> None:
    """Mail the claimant of a message to them, and let the writer take it back until then."""
    about = {"message": str(message.uid)}
    if message.internal:
        undo.offer(ticket, by=by, act=Undo.Act.NOTED, at=at, **about)
        return
    told = notify(
        "message_from_desk",
        at=at,
        ticket=ticket,
        person=ticket.claimant,
        due_at=at + undo.TIME,
        **about,
    )
    undo.offer(ticket, by=by, act=Undo.Act.WROTE, at=at, notice=str(told.uid), **about)


def for_claimant(ticket: Ticket, *, at: datetime) -> QuerySet[Message]:
    """Return what the claimant reads: no notes, and nothing that can still be taken back."""
    shown = ticket.messages.filter(internal=False)
    return shown.exclude(from_desk=True, at__gt=at - undo.TIME).order_by("at")


def mentioned(body: str, *, at: datetime) -> list[User]:
    """Return the colleagues whom a note names by "@". Raises ValidationError for a stranger."""
    names = _MENTION.findall(body)
    if not names:
        return []
    desk = {person for role in DESK for person in holders(role, at)}
    found, wrong = set(), []
    for name in names:
        people = _called(name, desk)
        if len(people) == 1:
            found |= people
        else:
            wrong.append(name)
    if wrong:
        words = _("Nobody at the desk, or more than one, is called %(name)s. Write the whole name.")
        raise ValidationError({"body": [words % {"name": name} for name in wrong]})
    return sorted(found, key=lambda person: person.pk)


def _called(name: str, desk: set[User]) -> set[User]:
    """Return who has this whole name, else this first name: "@Anna please" is Anna."""
    whole = {person for person in desk if person.name.casefold() == name.casefold()}
    first = name.split()[0].casefold()
    return whole or {p for p in desk if p.name and p.name.split()[0].casefold() == first}


@transaction.atomic
def read_mentions(*, ticket_id: int, by: User) -> None:
    """Say that one has read where one was named on a ticket. Raises PermissionDenied to others."""
    ticket = Ticket.objects.select_related("charger__installation").get(pk=ticket_id)
    if not plays(by, *DESK) or is_party(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    Mention.objects.filter(ticket=ticket_id, person=by, read_at=None).update(read_at=clock.now())
