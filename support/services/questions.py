"""Asking the sides of a dispute that are no claimants: the owner on record, and the board.

They are asked by mail, at their own address, and answer on their own page. Words only: what they
write grants nothing, stops nothing, and is shown to no other side.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Charger
from records import clock
from support.machine import State
from support.models import Dispute, Link, Question, Ticket
from support.notifications import notify
from support.permissions import decides, is_party
from support.services import links, replies
from support.services.saving import save_and_record
from support.services.wording import require_silence

MOST_WORDS = 4000
# What can be filled in for a side that has no request: a claimant has each of these as well.
KNOWN = ("name", "serial", "brand")


@dataclass(frozen=True)
class Side:
    """A party of a dispute that claims nothing."""

    party: User
    as_board: bool

    def __str__(self) -> str:
        return _("the board") if self.as_board else _("the owner on record")


def sides(dispute: Dispute, at: datetime) -> list[Side]:
    """Return the owner on record, and the board where it has said something of this charger."""
    charger = dispute.charger
    owner = charger.owner(at)
    found = [Side(owner, as_board=False)] if owner else []
    board = charger.installation.board if charger.installation_id else None
    if board and charger.answers.filter(party=board, as_board=True).exists():
        found.append(Side(board, as_board=True))
    return found


def text_for(body: str, *, side: Side, charger: Charger) -> str:
    """Return a text with a side's own facts. Raises ValidationError for a claimant's."""
    known = {
        "name": lambda side: side.party.name,
        "serial": lambda side: charger.serial,
        "brand": lambda side: settings.BRAND,
    }
    return replies.fill_text(body, side, known=known)


def why_not(dispute: Dispute, *, side: Side, by: User) -> str:
    """Say why a side cannot be asked by somebody now; empty when it can."""
    tickets = list(_disputed(dispute))
    if not decides(by) or any(is_party(ticket, by) for ticket in tickets):
        return _("This step is not yours to take.")
    if dispute.closed_at or not tickets:
        return _("The dispute is closed: nothing is asked any more.")
    if dispute.charger.tickets.filter(fears_owner=True).exclude(state=State.DRAFT).exists():
        return _("Nobody there may be told: a safety officer looks at this.")
    if not side.party.email:
        return _("We have no mail address of theirs: call or write to them.")
    return ""


@transaction.atomic
def ask(*, dispute_uid: UUID, by: User, side: Side, body: str) -> Question:
    """Ask one side, by a mail to the address on record with their own link.

    Raises PermissionDenied with the reason when it cannot be; ValidationError without words, and
    for words that tell of another party.
    """
    dispute = Dispute.objects.select_related("charger").get(uid=dispute_uid)
    charger = Charger.objects.lock(dispute.charger_id)
    dispute = Dispute.objects.select_related("charger").get(pk=dispute.pk)
    now = clock.now()
    if side not in sides(dispute, now):
        raise PermissionDenied(_("They are no party to this dispute."))
    if why := why_not(dispute, side=side, by=by):
        raise PermissionDenied(why)
    ticket = Ticket.objects.lock(_disputed(dispute).first().pk)
    body = _words(body, "body")
    require_silence(ticket, reader=side.party, body=body)
    whose = {"party": side.party, "as_board": side.as_board}
    asked = Question.objects.create(ticket=ticket, by=by, at=now, body=body, **whose)
    save_and_record(ticket, "party_asked", at=now, by=by, facts=False, question=str(asked.uid))
    link = links.make(purpose=Link.Purpose.OWNER, charger=charger, at=now, **whose)
    about = {"ticket": ticket, "charger": charger, "person": side.party, "link": link}
    notify("party_question", at=now, **about, question=str(asked.uid))
    return asked


def _disputed(dispute: Dispute) -> QuerySet[Ticket]:
    rows = Ticket.objects.open().filter(disputes=dispute, state=State.DISPUTED)
    return rows.select_related("charger__installation").order_by("pk")


def open_to(link: Link) -> QuerySet[Question]:
    """Return what a party was asked by the desk and has not answered, the oldest first.

    What is over is asked no more: only of requests that are open.
    """
    rows = Question.objects.filter(party=link.party, as_board=link.as_board, answered_at=None)
    return rows.filter(ticket__in=Ticket.objects.open().filter(charger=link.charger_id)).order_by(
        "at"
    )


@transaction.atomic
def answer(*, question_uid: UUID, link: Link, words: str) -> Question:
    """Take a party's answer, once. A release waits until the desk has read it.

    Raises ValidationError without words, PermissionDenied by somebody else's link,
    TransitionNotAllowed when it was answered or nothing is waited for.
    """
    found = Question.objects.get(uid=question_uid)
    ticket = Ticket.objects.lock(found.ticket_id)
    whose = (found.party_id, found.as_board, ticket.charger_id)
    if whose != (link.party_id, link.as_board, link.charger_id):
        raise PermissionDenied(_("This question is not for you."))
    found = open_to(link).filter(pk=found.pk).first()
    if found is None:
        raise TransitionNotAllowed(_("You have answered this, or it is decided by now."))
    now = clock.now()
    found.answer, found.answered_at = _words(words, "words"), now
    found.save(update_fields=["answer", "answered_at"])
    ticket.unread_reply_at = now
    about = {"by": link.party, "by_what": "party", "question": str(found.uid)}
    save_and_record(ticket, "party_wrote", at=now, facts=False, **about)
    return found


def _words(text: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST_WORDS:
        raise ValidationError({field: _("Write something, at most 4,000 characters.")})
    return text
