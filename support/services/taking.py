"""Taking in what a claimant sends: sealed at once, opened later and elsewhere."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import filetype
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock, outbox
from support import machine
from support.machine import State
from support.models import EvidenceItem, Ticket
from support.rules import FIELD_KINDS, EvidenceKind
from support.services import files, waiting
from support.services.progress import advance
from support.services.saving import save_and_record

TAKEN = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"})
TAKES_FILES = (State.DRAFT, *machine.OPEN)


@dataclass(frozen=True)
class Sent:
    """What was sent, as far as its bytes say."""

    content_type: str
    size_bytes: int
    sha256: str

    def enter(self, item: EvidenceItem, *, at: datetime) -> None:
        """Write it into an item that came at this moment."""
        item.made_at = item.uploaded_at = at
        item.content_type, item.size_bytes = self.content_type, self.size_bytes
        item.sha256, item.state = self.sha256, EvidenceItem.State.UPLOADED


def add_file(*, ticket_id: int, by: User, kind: str, upload: UploadedFile) -> EvidenceItem:
    """Take one file for a ticket. The same bytes twice are one item, also at the same moment.

    At most 15 MB a file, 10 files and 60 MB a ticket; PDF, JPEG, PNG, WebP or HEIC by content.
    The sealed file goes to the store first; without the row it is swept, and the row is written
    only when the store has it. Raises ValidationError with the cure, PermissionDenied for anybody
    but the claimant, TransitionNotAllowed when the request is closed.
    """
    if kind not in EvidenceKind.values or kind in FIELD_KINDS:
        raise ValidationError({"kind": _("Choose what this file is.")})
    sent = inspect(upload)
    item = EvidenceItem(ticket=Ticket.objects.get(pk=ticket_id), kind=kind)
    known = _look(item, by, sent)
    if known and known.state != EvidenceItem.State.UNOPENED:
        return known
    try:
        item.file_key = files.keep(item, upload)
    except OSError as error:
        raise ValidationError(
            {"file": _("We could not keep the file just now. Try again in a few minutes.")}
        ) from error
    return _enter(item, by, sent)


@transaction.atomic
def _enter(item: EvidenceItem, by: User, sent: Sent) -> EvidenceItem:
    """Write the row of a file that the store has; one that came meanwhile wins."""
    item.ticket = ticket = Ticket.objects.lock(item.ticket_id)
    known = _look(item, by, sent)
    if known and known.state != EvidenceItem.State.UNOPENED:
        return known
    now = clock.now()
    sent.enter(item, at=now)
    wanted = known or _open_item(ticket, item.kind)
    if wanted is None:
        waiting.answered(ticket, at=now)  # sent unasked: it may well be the answer
    _take_the_place(item, wanted)
    files.claim(item.file_key)
    save_and_record(
        ticket,
        "evidence_added",
        at=now,
        by=by,
        item=str(item.uid),
        what=item.kind,
        sha256=item.sha256,
    )
    outbox.put("check_item", f"check_item:{item.uid}", at=now, item_uid=item.uid)
    if ticket.charger_id:
        advance(ticket, at=now)
    return item


def _look(item: EvidenceItem, by: User, sent: Sent) -> EvidenceItem | None:
    """Return the item that these bytes are already; refuse what may not be added."""
    ticket = item.ticket
    if by.pk != ticket.claimant_id:
        raise PermissionDenied(_("Only the person who asks can add evidence."))
    if ticket.state not in TAKES_FILES:
        raise TransitionNotAllowed(_("This request is closed: nothing can be added to it."))
    same = ticket.items.filter(kind=item.kind, sha256=sent.sha256, replaced_by=None)
    known = same.select_related("ticket").first()
    if known and known.state in (EvidenceItem.State.RETURNED, EvidenceItem.State.QUARANTINED):
        raise ValidationError(
            {"file": _("This is the very file that we gave back. Send a better one.")}
        )
    if known is None:
        require_room(ticket.items, [sent])
    return known


def inspect(upload: UploadedFile) -> Sent:
    """Return content type and SHA-256, both read from the bytes; refuse what is not taken."""
    if not upload.size:
        raise ValidationError({"file": _("This file is empty. Choose it again.")})
    if upload.size > settings.EVIDENCE_FILE_BYTES:
        raise ValidationError({"file": _("This file is over 15 MB. Send a smaller one.")})
    upload.seek(0)
    guess = filetype.guess(upload.read(8192))
    content_type = guess.mime if guess else ""
    if content_type not in TAKEN:
        raise ValidationError(
            {"file": _("We take PDF, JPEG, PNG, WebP and HEIC files. Send a photo or a PDF.")}
        )
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return Sent(content_type, upload.size, digest.hexdigest())


def require_room(items: QuerySet[EvidenceItem], sent: Iterable[Sent]) -> None:
    """Refuse what is too much beside these items; what was given back and deleted makes room."""
    sizes = list(items.exclude(file_key="").values_list("size_bytes", flat=True))
    sizes += [each.size_bytes for each in sent]
    if len(sizes) > settings.EVIDENCE_TICKET_FILES:
        raise ValidationError({"file": _("This request has 10 files already, the most we take.")})
    if sum(sizes) > settings.EVIDENCE_TICKET_BYTES:
        raise ValidationError(
            {"file": _("Together the files would be over 60 MB. Send a smaller one.")}
        )


def _open_item(ticket: Ticket, kind: str) -> EvidenceItem | None:
    """Return the standing item of this kind that waits for a file, if there is one."""
    return ticket.items.filter(kind=kind, replaced_by=None, state__in=EvidenceItem.WAITS).first()


def _take_the_place(item: EvidenceItem, older: EvidenceItem | None) -> None:
    """Save an item; the one that waited for it stands no longer."""
    if older is None:
        item.save()
        return
    # The same bytes once more: two of them may not stand at the same moment.
    EvidenceItem.objects.filter(pk=older.pk).update(replaced_by=older.pk)
    item.save()
    EvidenceItem.objects.filter(pk=older.pk).update(replaced_by=item)
