"""Asking the sides of a dispute that are no claimants: owner on record, board, installer firms.

They are asked by mail at their own address, an owner who has none by a letter to their own, and
answer on their own page. Words only: what they write grants nothing, stops nothing, and is shown
to no other side.
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

from accounts.models import InstallerFirm, User
from chargers.models import Charger
from records import clock
from records.models import Event
from support import letter_words
from support.machine import State
from support.models import Dispute, FirmAnswer, Letter, Link, Question, Ticket
from support.notifications import notify
from support.permissions import decides, is_party
from support.services import letters, links, replies
from support.services.answers import FIRM_STOPS
from support.services.firms import firms_of
from support.services.saving import save_and_record
from support.services.wording import require_silence

MOST_WORDS = 4000
# What can be filled in for a side that has no request: a claimant has each of these as well.
KNOWN = ("name", "serial", "brand")


@dataclass(frozen=True)
class Side:
    """A party of a dispute that claims nothing. A firm speaks about one ``ticket``."""

    party: User | None = None
    as_board: bool = False
    firm: InstallerFirm | None = None
    ticket: Ticket | None = None

    def __str__(self) -> str:
        if self.firm:
            return _("the installer %(firm)s") % {"firm": self.firm}
        return _("the board") if self.as_board else _("the owner on record")

    @property
    def reader(self) -> User | InstallerFirm:
        return self.firm or self.party

    @property
    def by_letter(self) -> bool:
        return bool(self.party) and not self.as_board and not self.party.email


def sides(dispute: Dispute, at: datetime) -> list[Side]:
    """Return the owner on record, and the board and the firms that have said something of it."""
    charger = dispute.charger
    owner = charger.owner(at)
    found = [Side(owner)] if owner else []
    board = charger.installation.board if charger.installation_id else None
    if board and charger.answers.filter(party=board, as_board=True).exists():
        found.append(Side(board, as_board=True))
    return found + _firms(dispute)


def _firms(dispute: Dispute) -> list[Side]:
    """Return the firms with access here that answered for a ticket of it, or objected to one."""
    tickets = list(dispute.tickets.order_by("pk"))
    said = FirmAnswer.objects.filter(ticket__in=tickets, void_at=None).order_by("ticket")
    spoke = [(row.firm_id, row.ticket_id) for row in said]
    ids, pks = {str(firm.uid): firm for firm in firms_of(dispute.charger)}, {}
    if not ids:
        return []
    streams = {ticket.stream: ticket for ticket in tickets}
    stops = Event.objects.filter(stream__in=streams, kind__in=FIRM_STOPS, data__has_key="firm")
    for event in stops.order_by("at"):
        if firm := ids.get(event.data["firm"]):
            spoke.append((firm.pk, streams[event.stream].pk))
    for firm, ticket in reversed(spoke):
        pks[firm] = ticket
    about = {ticket.pk: ticket for ticket in tickets}
    return [Side(firm=f, ticket=about[pks[f.pk]]) for f in ids.values() if f.pk in pks]


def text_for(body: str, *, side: Side, charger: Charger) -> str:
    """Return a text with a side's own facts. Raises ValidationError for a claimant's."""
    known = {
        "name": lambda side: side.reader.name,
        "serial": lambda side: charger.serial,
        "brand": lambda side: settings.BRAND,
    }
    return replies.fill_text(body, side, known=known)


def why_not(dispute: Dispute, *, side: Side, by: User) -> str:
    """Say why a side cannot be asked by somebody now, and what to do; empty when it can."""
    tickets = list(_disputed(dispute))
    if not decides(by) or any(is_party(ticket, by) for ticket in tickets):
        return _("This step is not yours to take.")
    if dispute.closed_at or not tickets:
        return _("The dispute is closed: nothing is asked any more.")
    if why := why_silent(dispute):
        return why
    if side.by_letter:
        letter = Letter(to=Letter.To.OWNER, charger=dispute.charger)
        if not letters.address_of(letter):
            return _("We have no mail and no postal address of theirs: call them.")
    elif not side.reader.email:
        return _("We have no mail address of theirs: call or write to them.")
    return ""


def why_silent(dispute: Dispute) -> str:
    """Say why nobody but the claimants is asked, and what to do instead; empty when they are."""
    asked_in_fear = dispute.charger.tickets.filter(fears_owner=True)
    if not asked_in_fear.exclude(state=State.DRAFT).exists():
        return ""
    return _(
        "Somebody who asked fears the registered person: nobody there may be told, so only the "
        "claimants are asked. Decide on what they send; a safety officer looks at it too."
    )


def require_room(body: str, *, side: Side) -> None:
    """Refuse a text that a letter to this side has no room for. Raises ValidationError."""
    if side.by_letter and not letter_words.has_room(body):
        words = _("A letter has room for %(signs)d characters in %(lines)d lines: ask it shorter.")
        most = {"signs": letter_words.MOST_SIGNS, "lines": letter_words.MOST_LINES}
        raise ValidationError({"body": words % most})


@transaction.atomic
def ask(*, dispute_uid: UUID, by: User, side: Side, body: str) -> Question:
    """Ask one side with their own way in: by a mail to the address on record, else by a letter.

    Raises PermissionDenied with the reason when it cannot be; ValidationError without words, for
    words that tell of another party, and for more than a letter has room for.
    """
    dispute = Dispute.objects.select_related("charger").get(uid=dispute_uid)
    charger = Charger.objects.lock(dispute.charger_id)
    dispute = Dispute.objects.select_related("charger").get(pk=dispute.pk)
    now = clock.now()
    if side not in sides(dispute, now):
        raise PermissionDenied(_("They are no party to this dispute."))
    if why := why_not(dispute, side=side, by=by):
        raise PermissionDenied(why)
    ticket = Ticket.objects.lock((side.ticket or _disputed(dispute).first()).pk)
    body = _words(body, "body")
    require_silence(ticket, reader=side.reader, body=body)
    require_room(body, side=side)
    whose = {"party": side.party, "as_board": side.as_board, "firm": side.firm}
    asked = Question.objects.create(ticket=ticket, by=by, at=now, body=body, **whose)
    save_and_record(ticket, "party_asked", at=now, by=by, facts=False, question=str(asked.uid))
    _send(asked, charger, by_letter=side.by_letter, at=now)
    return asked


def _send(asked: Question, charger: Charger, *, by_letter: bool, at: datetime) -> None:
    """Tell the side, by its own way; a firm's link belongs to the ticket it spoke about."""
    to = {"charger": charger, "at": at, "firm": asked.firm, "party": asked.party}
    if asked.firm:
        link = links.make(purpose=Link.Purpose.FIRM, ticket=asked.ticket, **to)
    else:
        link = links.make(purpose=Link.Purpose.OWNER, as_board=asked.as_board, **to)
    if by_letter:
        letters.send(to=Letter.To.OWNER, at=at, ticket=asked.ticket, question=asked)
        return
    about = {"ticket": asked.ticket, "charger": charger, "link": link}
    whom = {"person": asked.party, "firm": asked.firm}
    notify("party_question", at=at, **about, **whom, question=str(asked.uid))


def _disputed(dispute: Dispute) -> QuerySet[Ticket]:
    rows = Ticket.objects.open().filter(disputes=dispute, state=State.DISPUTED)
    return rows.select_related("charger__installation").order_by("pk")


def open_to(link: Link) -> QuerySet[Question]:
    """Return what a party was asked by the desk and has not answered, the oldest first.

    What is over is asked no more: only of requests that are open.
    """
    whose = {"party": link.party, "as_board": link.as_board, "firm": link.firm}
    rows = Question.objects.filter(**whose, answered_at=None)
    tickets = Ticket.objects.open().filter(charger=link.charger_id)
    if link.firm_id:
        tickets = tickets.filter(pk=link.ticket_id)
    return rows.filter(ticket__in=tickets).order_by("at")


@transaction.atomic
def answer(*, question_uid: UUID, link: Link, words: str) -> Question:
    """Take a party's answer, once. A release waits until the desk has read it.

    Raises ValidationError without words, PermissionDenied by somebody else's link,
    TransitionNotAllowed when it was answered or nothing is waited for.
    """
    found = Question.objects.get(uid=question_uid)
    ticket = Ticket.objects.lock(found.ticket_id)
    whose = (found.party_id, found.as_board, found.firm_id, ticket.charger_id)
    if whose != (link.party_id, link.as_board, link.firm_id, link.charger_id):
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
