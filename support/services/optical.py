"""Reading pictures optically, one at a time: for what they say, and for what has to be covered."""

from django.core.files.base import ContentFile
from django.db import transaction

from chargers.models import Charger
from records import clock
from support import covering
from support.models import EvidenceItem, Picture, Ticket
from support.sandbox import Picture as Page
from support.sandbox import Source, Word
from support.sandbox.painting import cover
from support.sandbox.reading import read_pictures
from support.services import files, findings
from support.services.pin_places import pin_places
from support.services.progress import advance
from support.services.saving import save_and_record
from support.signs import Sign

# With fewer letters read, nobody can say that no PIN is in the picture: it stays blurred.
LEAST_LETTERS = 12


def read_from_outbox(*, key: str, picture_uid: str) -> None:
    """Outbox handler of the reading queue: read one picture; harmless when repeated.

    Where reading is not installed, or the picture cannot be read, it stays as it is. Raises OSError
    while store or sandbox are away.
    """
    rows = Picture.objects.select_related("item__ticket__charger")
    picture = rows.get(uid=picture_uid)
    charger = picture.item.ticket.charger
    if not picture.file_key or (charger and picture.read_for == charger.pk):
        return
    with files.read(picture.item, picture.file_key) as file:
        content = file.read()
    page = Page(
        number=picture.number,
        content=content,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
    )
    lines = (read_pictures([page]) or [None])[0]
    if lines is not None:
        _finish(picture, content, lines)


def _finish(picture: Picture, content: bytes, lines: list[Word]) -> None:
    """Cover what has to be, keep the new picture, then enter it.

    The charger may be another one than when the file was opened: words and codes found then are
    looked at again.
    """
    ticket = picture.item.ticket
    before = findings.read(picture.item).pages.get(picture.number, findings.Read())
    typed = [word for word in before.words if word.source != Source.OPTICAL]
    words = [*typed, *lines]
    found = covering.find(words, before.codes, pin_places=pin_places(ticket, words, before.codes))
    name = ""
    if found.covers:
        painted = cover(content, [each.box for each in found.covers])
        name = files.keep(picture.item, ContentFile(painted))
    charger = ticket.charger or Charger.objects.real().filter(lookup_key=ticket.lookup_key).first()
    _enter(picture, charger.pk if charger else None, found, name)


@transaction.atomic
def _enter(picture: Picture, charger_id: int | None, found: covering.Found, name: str) -> None:
    ticket = Ticket.objects.lock(picture.item.ticket_id)
    item = EvidenceItem.every.get(pk=picture.item_id)
    item.ticket = ticket
    row = Picture.objects.select_for_update().get(pk=picture.pk)
    if row.file_key != picture.file_key:
        return  # somebody else was faster, or it was deleted
    if name:
        files.claim(name)
        files.drop([row.file_key])
        row.file_key = name
    letters = sum(len(word.text) for word in found.words if word.source == Source.OPTICAL)
    if row.veiled_key and letters >= LEAST_LETTERS:
        files.drop([row.veiled_key])
        row.veiled_key = ""
    now = clock.now()
    row.read_at, row.read_for = now, charger_id
    row.covers = [*row.covers, *(each.to_dict() for each in found.covers)]
    row.save()
    before = item.signs
    known = findings.read(item)
    known.pages[row.number] = findings.Read(found.words, found.codes)
    findings.keep(item, known, ticket=ticket)
    # A reading adds advice: only the code of another request is a flag, and changes the facts.
    changed = item.note_id is None and (Sign.OTHER_CODE in item.signs) != (
        Sign.OTHER_CODE in before
    )
    save_and_record(
        ticket,
        "picture_read",
        at=now,
        item=str(item.uid),
        page=row.number,
        covered=len(found.covers),
        facts=changed,
    )
    if ticket.charger_id:
        advance(ticket, at=now, changed=changed)
