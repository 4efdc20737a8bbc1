"""Taking out of a request what says who the people were; what was decided stays on record."""

from datetime import datetime

from records import events
from records.models import Event
from support.models import (
    Approval,
    Certificate,
    ContestVote,
    Decision,
    EvidenceItem,
    Freeze,
    Message,
    Notice,
    Question,
    Ticket,
)
from support.services import keeping, search

# What a claimant said of themself. Serial number, country and dates stay: they are the decision's.
CLAIM = (
    *("address_line", "unit", "postal_code", "city", "situation"),
    *("claimant_name", "installer_name"),
)
# What people wrote about a request, table by table: it is emptied, the row stays.
WORDS = (
    (Message, ("body",)),
    (Decision, ("words", "words_to_objector", "note")),
    (Approval, ("note",)),
    (EvidenceItem, ("text", "words")),
    (Question, ("body", "answer")),
)
ERASED = "erased"  # where the database wants a reason


def forget_ticket(ticket: Ticket, *, at: datetime) -> None:
    """Empty a closed request of names, addresses and words, in the caller's transaction.

    Its states, classes, approvals, decisions and events stay, and the chain still verifies: notes
    are destroyed with their salt. Done again it changes nothing.
    """
    for model, fields in WORDS:
        model.objects.filter(ticket=ticket).update(**dict.fromkeys(fields, ""))
    ContestVote.objects.filter(contest__ticket=ticket).update(note="")
    Certificate.objects.filter(ticket=ticket).update(name="", address="")
    Freeze.objects.filter(ticket=ticket).exclude(reason="").update(reason=ERASED)
    Notice.objects.filter(ticket=ticket).update(email="")
    erase_notes(ticket.stream, at=at)
    keeping.erase_all_of(ticket, at=at)
    search.forget(ticket_ids=[ticket.pk])
    empty = dict.fromkeys(CLAIM, "") | {"forgotten_at": ticket.forgotten_at or at}
    Ticket.objects.filter(pk=ticket.pk).update(**empty)


def erase_notes(stream: str, *, at: datetime) -> None:
    """Destroy every note of a stream; its events keep the hashes."""
    noted = Event.objects.filter(stream=stream, data__has_key="note")
    for data in noted.values_list("data", flat=True):
        events.erase_note(uid=data["note"]["uid"], at=at)
