"""Letting go of files: what came, its pictures and what was read; the decision stays on record.

What stays of a picture is its size and its hash: by them the same picture is known again.
"""

from datetime import datetime

from django.db.models import QuerySet

from support.models import ClosingStep, EvidenceItem, Opening, Picture, Ticket
from support.services import files, findings


def erase(items: QuerySet[EvidenceItem], *, at: datetime) -> int:
    """Erase the files of items, in the caller's transaction; return how many items.

    The store loses them with the next sweep. A ticket with no file left loses its data key as
    well. Done again it changes nothing.
    """
    rows = list(items.exclude(file_key="").select_related("ticket"))
    pictures = Picture.objects.filter(item__in=rows).exclude(file_key="")
    names = [key for row in pictures for key in (row.file_key, row.veiled_key)]
    files.drop([*names, *(item.file_key for item in rows)])
    pictures.update(file_key="", veiled_key="")
    keys = [item.pk for item in rows]
    Opening.objects.filter(item__in=keys).update(findings=b"")
    EvidenceItem.every.filter(pk__in=keys).update(file_key="", erased_at=at)
    for ticket in {item.ticket for item in rows}:
        findings.learn(ticket)
        left = EvidenceItem.every.filter(ticket=ticket).exclude(file_key="")
        if not ticket.is_open and not left.exists():
            _let_go(ticket, at)
    return len(rows)


def _let_go(ticket: Ticket, at: datetime) -> None:
    """Destroy a ticket's data key; pictures of the maker's side go with it."""
    steps = ClosingStep.objects.filter(ticket=ticket).exclude(file_key="")
    files.drop(steps.values_list("file_key", flat=True))
    steps.update(file_key="", erased_at=at)
    files.destroy_key(ticket)


def erase_all_of(ticket: Ticket, *, at: datetime) -> None:
    """Erase every file of a closed ticket and destroy its data key, in the caller's transaction."""
    erase(EvidenceItem.every.filter(ticket=ticket), at=at)
    _let_go(ticket, at)
