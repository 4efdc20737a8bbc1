"""The steps of an erasure, in order: each finds its work done when it is repeated."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts import kept
from accounts.models import Code, ContactPoint, Factor, RecoveryCode, User, normalise_email
from chargers.models import Charger, ImportRow, Installation, Proposal, Reveal, Share
from records import events
from records.models import Note
from support import printed
from support.models import (
    Approval,
    Certificate,
    ContestVote,
    Decision,
    EvidenceItem,
    FormKey,
    Freeze,
    Letter,
    Message,
    Notice,
    Question,
    Ticket,
    TicketWords,
)
from support.services import copies, search
from support.services.forgetting import ERASED, forget_ticket

# Free text in which somebody may have named them: it is destroyed where it does.
TEXTS: tuple[tuple[type[Model], str, object], ...] = (
    (Message, "body", ""),
    (Decision, "words", ""),
    (Decision, "words_to_objector", ""),
    (Decision, "note", ""),
    (Approval, "note", ""),
    (ContestVote, "note", ""),
    (EvidenceItem, "text", ""),
    (EvidenceItem, "words", ""),
    (Question, "body", ""),
    (Question, "answer", ""),
    (Freeze, "reason", ERASED),
    (Ticket, "installer_name", ""),
    (Reveal, "job", ""),
    (ImportRow, "reason", ERASED),
    (Certificate, "name", ""),
    (Certificate, "address", ""),
    (Charger, "name", ""),
    (Installation, "name", ""),
)


def end_sessions(person: User, at: datetime) -> None:
    """Delete their sessions and what they asked for in a browser."""
    mails = _mails(person)
    for session in Session.objects.iterator(chunk_size=500):
        said = session.get_decoded()
        theirs = said.get("_auth_user_id") == str(person.pk)
        theirs = theirs or said.get(kept.KEY, {}).get("whose") == person.pk
        if theirs or normalise_email(str(said.get("asked_email", ""))) in mails:
            session.delete()
    FormKey.objects.filter(user=person).delete()
    Code.objects.filter(email__in=mails).delete()


def erase_words(person: User, at: datetime) -> None:
    """Destroy every text, anywhere, in which their name, address, phone or mail stands."""
    said = _said_of(person)
    for model, field, value in TEXTS:
        _naming(model.objects.all(), field, said).update(**{field: value})
    for uid in _naming(Note.objects.all(), "body", said).values_list("uid", flat=True):
        events.erase_note(uid=uid, at=at)
    TicketWords.objects.filter(_any("documents", said)).update(documents="")
    about = Q(person=person) | _any("old_text", said) | _any("new_text", said)
    texts = {f"{name}_text": Cast(name, TextField()) for name in ("old", "new")}
    closed = Proposal.objects.annotate(**texts).filter(about).exclude(state=Proposal.State.OPEN)
    Proposal.objects.filter(pk__in=list(closed.values_list("pk", flat=True))).update(old={}, new={})


def take_letters_out(person: User, at: datetime) -> None:
    """Take letters to their own address out of the print files."""
    theirs = set()
    for tenure in person.tenures.exclude(charger=None):
        rows = Letter.objects.filter(charger=tenure.charger_id, to=Letter.To.OWNER)
        rows = rows.filter(printed_at__gte=tenure.starts_at)
        rows = rows.filter(printed_at__lte=tenure.ends_at) if tenure.ends_at else rows
        theirs |= {str(uid) for uid in rows.values_list("uid", flat=True)}
    printed.take_out(theirs)


def remove_copies(person: User, at: datetime) -> None:
    """Take copies that were put together for them out of the store."""
    for uid in person.copies_of_data.filter(removed_at=None).values_list("uid", flat=True):
        copies.remove(copy_uid=uid, at=at)


def forget_requests(person: User, at: datetime) -> None:
    """Empty their requests of what they said of themself and of all words."""
    for ticket in Ticket.objects.filter(claimant=person, forgotten_at=None).order_by("pk"):
        forget_ticket(ticket, at=at)


def erase_addresses(person: User, at: datetime) -> None:
    """Empty their address wherever a mail, a share or a place has it; their own jobs too."""
    mails = _mails(person)
    Notice.objects.filter(Q(person=person) | Q(email__in=mails)).update(email="")
    Share.objects.filter(to_email__in=mails).update(to_name="", to_email="")
    Installation.objects.filter(contact_email__in=mails).update(contact_email="")
    Reveal.objects.filter(person=person).exclude(job="").update(job="")


def erase_person(person: User, at: datetime) -> None:
    """Leave a row without name, address or contact: their pseudonym is its uid."""
    ContactPoint.objects.filter(user=person).delete()
    RecoveryCode.objects.filter(user=person).delete()
    # A second factor's row stays: the database lets nobody delete one. They work here no more.
    Factor.objects.filter(user=person).exclude(name="").update(name="")
    gone = dict.fromkeys(("email", "name", "language", "time_zone"), "")
    User.objects.filter(pk=person.pk).update(
        **gone, proved_at=None, last_login=None, is_active=False, password=make_password(None)
    )


def index_again(person: User, at: datetime) -> None:
    """Make anew what other people's requests about their chargers are found by: not by them."""
    theirs = person.tenures.exclude(charger=None).values("charger")
    claimed = person.tickets.exclude(charger=None).values("charger")
    others = Ticket.objects.filter(Q(charger__in=theirs) | Q(charger__in=claimed))
    others = others.filter(forgotten_at=None).exclude(state="draft")
    for pk in others.order_by("pk").values_list("pk", flat=True):
        search.index(pk)


STEPS: tuple[Callable[[User, datetime], None], ...] = (
    end_sessions,
    erase_words,
    take_letters_out,
    remove_copies,
    forget_requests,
    erase_addresses,
    erase_person,
    index_again,
)


def _mails(person: User) -> set[str]:
    points = person.contact_points.filter(kind=ContactPoint.Kind.EMAIL)
    found = {person.email, *points.values_list("value", flat=True)}
    return {normalise_email(mail) for mail in found if mail.strip()}


def _said_of(person: User) -> set[str]:
    """Return what names them as they or a source wrote it: whole names, addresses, phones."""
    said = {person.name, person.email}
    said |= set(person.contact_points.values_list("value", flat=True))
    for name, line in person.tickets.values_list("claimant_name", "address_line"):
        said |= {name, line}
    return {text.strip() for text in said if len(text.strip()) >= 5}


def _naming(rows: QuerySet, field: str, said: Iterable[str]) -> QuerySet:
    found = rows.filter(_any(field, said))
    return rows.model._default_manager.filter(pk__in=list(found.values_list("pk", flat=True)))


def _any(field: str, said: Iterable[str]) -> Q:
    """Return rows in which one of these texts stands; none for no text."""
    found = Q(pk__in=[])
    for text in said:
        found |= Q(**{f"{field}__icontains": text})
    return found
