"""Taking evidence in, looking at it, accepting or returning it."""

import hashlib
from datetime import date

import filetype
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock, outbox
from support import machine, storage
from support.machine import State
from support.models import EvidenceItem, Ticket, Undo
from support.notifications import notify
from support.permissions import may_work
from support.rules import FIELD_KINDS, EvidenceKind
from support.services import deadlines, undo
from support.services.disputes import join_rivals
from support.services.facts import policy_of
from support.services.kinds import REASONS, REASONS_FOR, TICKS
from support.services.progress import advance
from support.services.saving import require_fresh, save_and_record
from support.services.wording import require_silence

__all__ = ["REASONS", "REASONS_FOR", "TICKS", "accept", "add_file", "open_file", "return_item"]

CONTENT_TYPES = {
    "image/jpeg": _("JPEG photo"),
    "image/png": _("PNG picture"),
    "image/webp": _("WebP picture"),
    "image/heic": _("HEIC photo"),
    "application/pdf": _("PDF document"),
}
TAKES_FILES = (State.DRAFT, *machine.OPEN)


def add_file(*, ticket_id: int, by: User, kind: str, upload: UploadedFile) -> EvidenceItem:
    """Take one file for a ticket. The same bytes twice are one item.

    At most 15 MB a file, 10 files and 60 MB a ticket; PDF, JPEG, PNG, WebP or HEIC by content.
    The file goes to the store first; without the row it is unreachable, and the row is written
    only when the store has it. Raises ValidationError with the cure, PermissionDenied for anybody
    but the claimant, TransitionNotAllowed when the request is closed.
    """
    content_type, digest = _inspect(kind, upload)
    with transaction.atomic():
        ticket = Ticket.objects.lock(ticket_id)
        _require_taking(ticket, by)
        same = ticket.items.filter(kind=kind, sha256=digest, replaced_by=None).first()
        if same:
            return same
        _require_room(ticket, upload.size)
        now = clock.now()
        item = _open_item(ticket, kind) or EvidenceItem(ticket=ticket, kind=kind, made_at=now)
        if item.state == EvidenceItem.State.RETURNED:
            item = _better(item, now)
        item.content_type, item.size_bytes, item.sha256 = content_type, upload.size, digest
        item.file_key = _store(ticket, item, upload)
        item.state, item.uploaded_at = EvidenceItem.State.UPLOADED, now
        item.save()
        save_and_record(
            ticket, "evidence_added", at=now, by=by, item=str(item.uid), what=kind, sha256=digest
        )
        outbox.put("check_item", f"check_item:{item.uid}:{digest[:16]}", at=now, item_uid=item.uid)
        if ticket.charger_id:
            advance(ticket, at=now)
    return item


def _inspect(kind: str, upload: UploadedFile) -> tuple[str, str]:
    """Return content type and SHA-256, both read from the bytes; refuse what is not taken."""
    if kind not in EvidenceKind.values or kind in FIELD_KINDS:
        raise ValidationError({"kind": _("Choose what this file is.")})
    if not upload.size:
        raise ValidationError({"file": _("This file is empty. Choose it again.")})
    if upload.size > settings.EVIDENCE_FILE_BYTES:
        raise ValidationError({"file": _("This file is over 15 MB. Send a smaller one.")})
    upload.seek(0)
    guess = filetype.guess(upload.read(8192))
    content_type = guess.mime if guess else ""
    if content_type not in CONTENT_TYPES:
        raise ValidationError(
            {"file": _("We take PDF, JPEG, PNG, WebP and HEIC files. Send a photo or a PDF.")}
        )
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return content_type, digest.hexdigest()


def _require_taking(ticket: Ticket, by: User) -> None:
    if by.pk != ticket.claimant_id:
        raise PermissionDenied(_("Only the person who asks can add evidence."))
    if ticket.state not in TAKES_FILES:
        raise TransitionNotAllowed(_("This request is closed: nothing can be added to it."))


def _require_room(ticket: Ticket, size_bytes: int) -> None:
    sizes = list(ticket.items.exclude(file_key="").values_list("size_bytes", flat=True))
    if len(sizes) >= settings.EVIDENCE_TICKET_FILES:
        raise ValidationError({"file": _("This request has 10 files already, the most we take.")})
    if sum(sizes) + size_bytes > settings.EVIDENCE_TICKET_BYTES:
        raise ValidationError(
            {"file": _("Together the files would be over 60 MB. Send a smaller one.")}
        )


def _open_item(ticket: Ticket, kind: str) -> EvidenceItem | None:
    """Return the standing item of this kind that waits for a file, if there is one."""
    waiting = (EvidenceItem.State.REQUESTED, EvidenceItem.State.RETURNED)
    return ticket.items.filter(kind=kind, replaced_by=None, state__in=waiting).first()


def _better(item: EvidenceItem, now) -> EvidenceItem:
    better = EvidenceItem.objects.create(ticket=item.ticket, kind=item.kind, made_at=now)
    item.replaced_by = better
    item.save(update_fields=["replaced_by"])
    return better


def _store(ticket: Ticket, item: EvidenceItem, upload: UploadedFile) -> str:
    upload.seek(0)
    try:
        return storage.save(storage.key_of(ticket.uid, item.uid), upload, item.content_type)
    except OSError as error:
        raise ValidationError(
            {"file": _("We could not keep the file just now. Try again in a few minutes.")}
        ) from error


def check_from_outbox(*, key: str, item_uid: str) -> None:
    """Outbox handler: read the file back from the store; then it can be looked at."""
    item = EvidenceItem.objects.get(uid=item_uid)
    with open_file(item) as content:
        digest = hashlib.sha256()
        for chunk in content.chunks():
            digest.update(chunk)
    _checked(item.pk, item.ticket_id, whole=digest.hexdigest() == item.sha256)


@transaction.atomic
def _checked(item_id: int, ticket_id: int, *, whole: bool) -> None:
    ticket = Ticket.objects.lock(ticket_id)
    item = EvidenceItem.objects.get(pk=item_id)
    if item.state != EvidenceItem.State.UPLOADED:
        return
    now = clock.now()
    item.state = EvidenceItem.State.READY if whole else EvidenceItem.State.QUARANTINED
    item.save(update_fields=["state"])
    save_and_record(ticket, "evidence_checked", at=now, item=str(item.uid), now=item.state)
    if ticket.charger_id:
        advance(ticket, at=now, changed=False)


def open_file(item: EvidenceItem) -> File:
    """Open an item's file for streaming. Raises FileNotFoundError when it has none."""
    if not item.file_key:
        raise FileNotFoundError(f"item {item.uid} has no file")
    return storage.open_(item.file_key)


@transaction.atomic
def accept(
    *,
    item_uid: str,
    by: User,
    facts_version: int,
    ticks: list[str],
    take_over_date: date | None = None,
    ends_date: date | None = None,
) -> EvidenceItem:
    """Accept an item with what it was seen to show. It may be the last fact that was missing.

    Raises ValidationError for a tick that the kind does not have or a purchase agreement without
    its take-over date, Stale, PermissionDenied, TransitionNotAllowed for an item that is not ready.
    """
    ticket, item = _lock_item(item_uid, by, facts_version)
    unknown = set(ticks) - set(TICKS[item.kind])
    if unknown:
        raise ValidationError({"ticks": _("This kind of evidence has no such tick.")})
    if item.kind == EvidenceKind.PURCHASE_AGREEMENT and not take_over_date:
        raise ValidationError({"take_over_date": _("Enter the take-over date it names.")})
    now, before = clock.now(), undo.as_it_was(item)
    item.state, item.decided_by, item.decided_at = EvidenceItem.State.ACCEPTED, by, now
    item.ticks, item.reason, item.words = sorted(ticks), "", ""
    item.take_over_date, item.ends_date = take_over_date, ends_date
    item.save()
    save_and_record(
        ticket,
        "evidence_accepted",
        at=now,
        by=by,
        item=str(item.uid),
        what=item.kind,
        ticks=item.ticks,
    )
    if not join_rivals(ticket, at=now):
        advance(ticket, at=now)
    undo.offer(ticket, by=by, act=Undo.Act.ACCEPTED, at=now, **before)
    return item


@transaction.atomic
def return_item(
    *, item_uid: str, by: User, facts_version: int, reason: str, words: str = ""
) -> EvidenceItem:
    """Return an item with a reason and its cure; only that item is asked for again.

    Raises as accept does; ValidationError for a reason that the kind does not have.
    """
    ticket, item = _lock_item(item_uid, by, facts_version)
    if reason not in REASONS_FOR[item.kind]:
        raise ValidationError({"reason": _("Choose one of the reasons in the list.")})
    require_silence(ticket, reader=ticket.claimant, words=words)
    now, before = clock.now(), undo.as_it_was(item)
    item.state, item.decided_by, item.decided_at = EvidenceItem.State.RETURNED, by, now
    item.reason, item.words, item.ticks = reason, words.strip(), []
    item.save()
    if ticket.state == State.IN_REVIEW:
        ticket.ask()
    deadlines.give_time(ticket, days=policy_of(ticket)["bare_days"], at=now)
    deadlines.chase(ticket, days=policy_of(ticket)["bare_days"], at=now)
    save_and_record(
        ticket,
        "evidence_returned",
        at=now,
        by=by,
        item=str(item.uid),
        what=item.kind,
        reason=reason,
    )
    told = notify(
        "items_returned",
        at=now,
        ticket=ticket,
        person=ticket.claimant,
        due_at=now + undo.TIME,
        item=str(item.uid),
    )
    advance(ticket, at=now)
    undo.offer(ticket, by=by, act=Undo.Act.RETURNED, at=now, notice=str(told.uid), **before)
    return item


def _lock_item(item_uid: str, by: User, facts_version: int) -> tuple[Ticket, EvidenceItem]:
    ticket_id = EvidenceItem.objects.values_list("ticket_id", flat=True).get(uid=item_uid)
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    require_fresh(ticket, facts_version)
    item = EvidenceItem.objects.get(uid=item_uid)
    looked_at = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)
    if not ticket.is_open or item.state not in looked_at or not item.stands:
        raise TransitionNotAllowed(_("This item cannot be decided any more."))
    return ticket, item
