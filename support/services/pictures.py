"""The pictures that people see in place of a file: kept, blurred until read, opened, uncovered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import BinaryIO
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.services import exposure
from records import access, clock, outbox
from support import covering
from support.models import EvidenceItem, Picture, Ticket, Uncovering
from support.permissions import may_work
from support.rules import EvidenceKind
from support.sandbox import Box, Opened
from support.sandbox import Picture as Page
from support.sandbox.painting import blur, cover
from support.sandbox.reading import MOST_PICTURES, is_installed
from support.services import files, likeness
from support.services.pin_places import pin_places
from support.services.saving import save_and_record

# Photos of the station: its PIN may be on the label.
MAY_SHOW_PIN = frozenset({EvidenceKind.LABEL, EvidenceKind.STATION, EvidenceKind.OTHER})
SHORTEST_REASON = 10
# What was typed on a computer has told its words already; what else is on it can wait.
TEXT_WAITS = timedelta(minutes=2)
# How far around a code, in parts of its size, a blurred picture is sharp.
CODE_MARGIN = 0.1


@dataclass(frozen=True)
class Kept:
    """A page whose files are in the store, before its row."""

    page: Page
    file_key: str
    veiled_key: str
    found: covering.Found


def keep(item: EvidenceItem, opened: Opened) -> list[Kept]:
    """Put a file's pictures into the store, those that may show a PIN blurred beside them.

    What the file's own text says has to be covered is covered already. Raises OSError while store
    or sandbox are away.
    """
    return [_keep(item, page) for page in opened.pages]


def _keep(item: EvidenceItem, page: Page) -> Kept:
    content, veiled = page.content, ""
    places = pin_places(item.ticket, page.words, page.codes)
    found = covering.find(page.words, page.codes, pin_places=places)
    if found.covers:
        content = cover(content, [each.box for each in found.covers])
    if item.kind in MAY_SHOW_PIN:
        blurred = blur(content, sharp=[_wider(code.box) for code in page.codes])
        veiled = files.keep(item, ContentFile(blurred))
    return Kept(page, files.keep(item, ContentFile(content)), veiled, found)


def enter(item: EvidenceItem, kept: list[Kept]) -> list[Picture]:
    """Write the rows of pictures that the store has, in the caller's transaction and lock."""
    rows = [
        Picture(
            item=item,
            number=each.page.number,
            file_key=each.file_key,
            veiled_key=each.veiled_key,
            content_type=each.page.content_type,
            width=each.page.width,
            height=each.page.height,
            covers=[one.to_dict() for one in each.found.covers],
            text_hash=likeness.text_hash(word.text for word in each.found.words),
            **likeness.columns(each.page.phash),
        )
        for each in kept
    ]
    files.claim(*(key for each in kept for key in (each.file_key, each.veiled_key)))
    return Picture.objects.bulk_create(rows)


def ask_for_reading(item: EvidenceItem, *, at: datetime) -> int:
    """Queue the optical reading of an item's pictures, the first twelve; return how many.

    Photos and scans come first, pages that hold text of their own later. Nothing is queued where
    optical reading is not installed: the pictures stay blurred.
    """
    if not is_installed():
        return 0
    unread = item.pictures.filter(number__lte=MOST_PICTURES).exclude(file_key="")
    charger_id = item.ticket.charger_id
    if charger_id:
        unread = unread.exclude(read_for=charger_id)
    for picture in unread:
        key = f"read_picture:{picture.uid}:{charger_id or 0}"
        due_at = at if picture.text_hash is None else at + TEXT_WAITS
        outbox.put("read_picture", key, at=at, due_at=due_at, picture_uid=picture.uid)
    return len(unread)


def read_again(ticket: Ticket, *, at: datetime) -> int:
    """The charger is known now, or another one: look for its PIN in what was sent before."""
    rows = EvidenceItem.every.filter(ticket=ticket, replaced_by=None, kind__in=MAY_SHOW_PIN)
    items = rows.exclude(file_key="")
    total = 0
    for item in items:
        item.ticket = ticket
        total += ask_for_reading(item, at=at)
    return total


def show(*, picture: Picture, to: User, as_staff: bool) -> SpooledTemporaryFile | BinaryIO:
    """Return a picture for its claimant or, with the look on record, for a person of staff.

    Staff get it blurred while it may show a PIN, unless they uncovered it. Raises FileNotFoundError
    when it was deleted, OSError while the store is away.
    """
    name = picture.file_key
    if as_staff and picture.is_veiled and not has_uncovered(picture, to):
        name = picture.veiled_key
    content = files.read(picture.item, name)
    if as_staff:
        access.saw(actor=to, what="evidence", subject=f"item:{picture.item.uid}")
    return content


def has_uncovered(picture: Picture, user: User) -> bool:
    return picture.uncoverings.filter(by=user).exists()


@transaction.atomic
def uncover(*, picture_uid: UUID, by: User, reason: str) -> Picture:
    """Let a person of staff see a blurred picture as it is: on record, and as an exposure.

    Only they see it. Raises ValidationError for a reason of under 10 characters, PermissionDenied
    for a party or a person who does not decide, TransitionNotAllowed while the charger is unknown
    or when there is nothing to uncover.
    """
    found = Picture.objects.select_related("item").get(uid=picture_uid)
    ticket = Ticket.objects.lock(found.item.ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": _("Say in a few words why you have to see it.")})
    picture = Picture.objects.select_for_update().get(pk=found.pk)
    if not picture.is_veiled or not picture.file_key or not ticket.charger_id:
        raise TransitionNotAllowed(_("There is nothing to uncover here now."))
    now = clock.now()
    seen, is_first = Uncovering.objects.get_or_create(picture=picture, by=by, defaults={"at": now})
    if is_first:
        exposure.sighted(charger=ticket.charger, person=by, at=now, origin=f"picture:{picture.uid}")
        save_and_record(
            ticket,
            "picture_uncovered",
            at=now,
            by=by,
            note=reason.strip(),
            facts=False,
            picture=str(picture.uid),
        )
    return picture


def _wider(box: Box) -> Box:
    left, top, width, height = box
    across, down = width * CODE_MARGIN, height * CODE_MARGIN
    left, top = max(0.0, left - across), max(0.0, top - down)
    return left, top, min(1 - left, width + 2 * across), min(1 - top, height + 2 * down)
