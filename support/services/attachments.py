"""Files of internal notes: for the desk's eyes only, opened and kept like whatever is sent.

They are evidence items that no question about evidence finds (models/evidence.py, decision 0031).
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock, outbox
from records.models import OutboxRow
from support.models import EvidenceItem, Message, Ticket
from support.permissions import may_write
from support.rules import EvidenceKind
from support.services import files, taking
from support.services.saving import save_and_record


def keep(*, ticket_id: int, by: User, uploads: Iterable[UploadedFile]) -> list[EvidenceItem]:
    """Seal files for a note that is about to be written; ``messages.write`` enters them.

    Call it outside the transaction that writes the note: without a note they are swept. At most 15
    MB a file; 10 files and 60 MB of notes on one ticket, whatever the claimant sent. Raises
    ValidationError with the cure, PermissionDenied for anybody who writes no notes,
    TransitionNotAllowed for a request whose data were erased.
    """
    ticket = Ticket.objects.select_related("charger__installation").get(pk=ticket_id)
    if not may_write(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if ticket.forgotten_at:
        raise TransitionNotAllowed(_("The data of this request were erased: nothing is added."))
    pairs = [(upload, taking.inspect(upload)) for upload in uploads]
    taking.require_room(_of_notes(ticket), [sent for _upload, sent in pairs])
    return [_keep(ticket, upload, sent) for upload, sent in pairs]


def _keep(ticket: Ticket, upload: UploadedFile, sent: taking.Sent) -> EvidenceItem:
    item = EvidenceItem(ticket=ticket, kind=EvidenceKind.OTHER)
    sent.enter(item, at=clock.now())
    try:
        item.file_key = files.keep(item, upload)
    except OSError as error:
        raise ValidationError(
            {"file": _("We could not keep the file just now. Try again in a few minutes.")}
        ) from error
    return item


def _of_notes(ticket: Ticket):
    return EvidenceItem.every.filter(ticket=ticket).exclude(note=None)


def enter(items: list[EvidenceItem], *, note: Message, at: datetime, opens_at: datetime) -> None:
    """Write the rows of files that were kept for a note, in its transaction and lock.

    They are opened from ``opens_at`` on: until then the note can be taken back.
    """
    if not items:
        return
    taking.require_room(_of_notes(note.ticket), items)
    for item in items:
        item.note, item.ticket, item.made_at, item.uploaded_at = note, note.ticket, at, at
        item.save()
        outbox.put("check_item", _key(item), at=at, due_at=opens_at, item_uid=item.uid)
    files.claim(*(item.file_key for item in items))


def opened(ticket: Ticket, item: EvidenceItem, *, at: datetime) -> None:
    """Put on record how opening a note's file ended: no news to anybody, and no fact."""
    about = {"item": str(item.uid), "ended": item.state, "facts": False}
    save_and_record(ticket, "note_file_opened", at=at, **about)


def take_back(note: Message) -> None:
    """Delete the files of a note that is taken back, in the caller's transaction and lock."""
    items = list(EvidenceItem.every.filter(note=note))
    OutboxRow.objects.filter(key__in=[_key(item) for item in items]).delete()
    files.drop(item.file_key for item in items)
    EvidenceItem.every.filter(note=note).delete()


def _key(item: EvidenceItem) -> str:
    return f"check_item:{item.uid}"
