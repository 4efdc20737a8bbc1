"""What a PDF holds beside its pages: scripts, attachments, signatures, its own history.

Read with qpdf (pikepdf); hints for an agent, so what cannot be read is said and not guessed.
"""

import io
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache

import pikepdf

from . import limits, sniffing
from .codes import FlagCode, Reason
from .failing import NotOpened
from .signatures import flag_signatures

_OBJECTS = 30_000
# A large drawing scanned finely in black and white has half of this.
_BOMB_PIXELS = 800_000_000
# Attached files up to this size are looked into for the antivirus makers' test file.
_LOOKED_INTO_BYTES = 100_000
_EOF = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
# A name may be spelt with #-escapes: /J#61vaScript.
_RAW = {
    FlagCode.JAVASCRIPT: re.compile(rb"/(?:JavaScript|JS)\b"),
    FlagCode.EMBEDDED_FILES: re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)\b"),
    FlagCode.LAUNCH_ACTION: re.compile(rb"/Launch\b"),
    FlagCode.SUBMIT_ACTION: re.compile(rb"/(?:SubmitForm|ImportData)\b"),
    FlagCode.XFA_FORM: re.compile(rb"/XFA\b"),
    FlagCode.RICH_MEDIA: re.compile(rb"/(?:RichMedia|3D|Movie|Screen)\b"),
}
_ACTIONS = {
    "/JavaScript": FlagCode.JAVASCRIPT,
    "/Rendition": FlagCode.RICH_MEDIA,
    "/Launch": FlagCode.LAUNCH_ACTION,
    "/SubmitForm": FlagCode.SUBMIT_ACTION,
    "/ImportData": FlagCode.SUBMIT_ACTION,
    "/GoToE": FlagCode.EMBEDDED_FILES,
}
_SUBTYPES = {
    "/FileAttachment": FlagCode.EMBEDDED_FILES,
    "/RichMedia": FlagCode.RICH_MEDIA,
    "/3D": FlagCode.RICH_MEDIA,
    "/Movie": FlagCode.RICH_MEDIA,
    "/Screen": FlagCode.RICH_MEDIA,
    "/Sound": FlagCode.RICH_MEDIA,
}
_SUBMITS = re.compile(r"^(?:mailto:|javascript:|file:|data:)", re.I)
_LATER_SECONDS = 24 * 60 * 60


@cache
def prepare() -> None:
    """Let qpdf find its source of random numbers while files can still be opened."""
    with pikepdf.new() as document:
        document.save(io.BytesIO(), encryption=pikepdf.Encryption(owner="x", user=""))


def flag_structure(data: bytes, flag: Callable) -> None:
    """Flag all that the structure of a PDF tells."""
    _flag_bytes(data, flag)
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as document:
            if document.is_encrypted:
                flag(FlagCode.ENCRYPTED)
            if document.get_warnings():
                flag(FlagCode.REPAIRED)
            _flag_objects(document, flag)
            _flag_root(document, flag)
            _flag_history(document, flag)
            flag_signatures(document, data, flag)
    except pikepdf.PasswordError:
        return
    except (MemoryError, NotOpened):
        raise
    except Exception:  # qpdf's errors and Python's alike: it is only hints that are lost
        flag(FlagCode.STRUCTURE_UNREAD)
        _flag_raw(data, flag)


def _flag_bytes(data: bytes, flag: Callable) -> None:
    start, tail = data.find(b"%PDF-"), sniffing.pdf_tail(data)
    if data[:start].strip(b"\0\r\n\t \xef\xbb\xbf"):
        flag(FlagCode.LEADING_DATA, bytes=start)
    if len(tail) > 2:
        flag(FlagCode.TRAILING_DATA, bytes=len(tail))
    if len(_whole_documents(data)) > 1:
        flag(FlagCode.SEVERAL_DOCUMENTS, kind="pdf", count=len(_whole_documents(data)))
    updates = sum(int(found[1]) > 0 for found in _EOF.finditer(data)) - 1
    updates -= len(_whole_documents(data)) - 1
    if updates > 0:
        flag(FlagCode.INCREMENTAL_UPDATES, count=updates)


def _whole_documents(data: bytes) -> list[int]:
    """Return where documents begin that follow the end of another (PDFs strung together)."""
    starts = [data.find(b"%PDF-")]
    for found in re.finditer(rb"%%EOF[\s\x00]*(?=%PDF-\d)", data):
        starts.append(found.end())
    return starts


def _flag_raw(data: bytes, flag: Callable) -> None:
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data)
    for code, pattern in _RAW.items():
        if pattern.search(plain):
            flag(code)


def _flag_objects(document: pikepdf.Pdf, flag: Callable) -> None:
    """Look at every object once, and at the dictionaries inside it to a small depth.

    One that is not what it says hides none of the others.
    """
    for number, thing in enumerate(document.objects):
        if number >= _OBJECTS:
            flag(FlagCode.STRUCTURE_UNREAD)
            return
        try:
            _look(thing, flag, depth=4)
        except (MemoryError, NotOpened):
            raise
        except Exception:
            flag(FlagCode.STRUCTURE_UNREAD)


def _look(thing, flag: Callable, *, depth: int) -> None:
    if isinstance(thing, pikepdf.Array):
        inner = list(thing)[:200]
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        _look_at_keys(thing, flag)
        inner = [value for _key, value in list(thing.items())[:200]]
    else:
        return
    for value in inner:
        if depth and isinstance(value, pikepdf.Array | pikepdf.Dictionary):
            if not value.is_indirect:
                _look(value, flag, depth=depth - 1)


def _look_at_keys(thing, flag: Callable) -> None:
    if "/JS" in thing:
        flag(FlagCode.JAVASCRIPT)
    _refuse_bombs(thing)
    action = thing.get("/S")
    if isinstance(action, pikepdf.Name) and str(action) in _ACTIONS:
        flag(_ACTIONS[str(action)])
    elif action == pikepdf.Name.URI and _SUBMITS.match(_text(thing.get("/URI"))):
        scheme = _text(thing.get("/URI")).partition(":")[0].lower()
        if scheme != "mailto":
            flag(FlagCode.SUBMIT_ACTION, scheme=scheme)
    subtype = thing.get("/Subtype")
    if isinstance(subtype, pikepdf.Name) and str(subtype) in _SUBTYPES:
        flag(_SUBTYPES[str(subtype)])
    if "/EF" in thing or thing.get("/Type") == pikepdf.Name.EmbeddedFile:
        flag(FlagCode.EMBEDDED_FILES)


def _refuse_bombs(thing) -> None:
    """Refuse an image that no scanner makes, and the test virus in an attached file."""
    if thing.get("/Subtype") == pikepdf.Name.Image:
        pixels = int(thing.get("/Width", 0)) * int(thing.get("/Height", 0))
        if pixels > _BOMB_PIXELS:
            raise NotOpened(Reason.BOMB)
    attached = isinstance(thing, pikepdf.Stream) and thing.get("/Type") == pikepdf.Name.EmbeddedFile
    if attached and len(thing.read_raw_bytes()) < _LOOKED_INTO_BYTES:
        if sniffing.EICAR in thing.read_bytes():
            raise NotOpened(Reason.INFECTED)


def _flag_root(document: pikepdf.Pdf, flag: Callable) -> None:
    root = document.Root
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names:
        flag(FlagCode.JAVASCRIPT)
    if "/AA" in root or _acts(root.get("/OpenAction")):
        flag(FlagCode.OPEN_ACTION)
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            flag(FlagCode.XFA_FORM)
        fields = form.get("/Fields")
        if isinstance(fields, pikepdf.Array) and len(fields):
            flag(FlagCode.FORM, fields=len(fields))
    layers = root.get("/OCProperties")
    if isinstance(layers, pikepdf.Dictionary) and "/D" in layers and layers.D.get("/OFF"):
        flag(FlagCode.HIDDEN_LAYERS, layers=len(layers.D.OFF))


def _acts(action) -> bool:
    """Say whether opening the document does more than go to a page."""
    return isinstance(action, pikepdf.Dictionary) and action.get("/S") != pikepdf.Name.GoTo


def _flag_history(document: pikepdf.Pdf, flag: Callable) -> None:
    info = document.trailer.get("/Info")
    if not isinstance(info, pikepdf.Dictionary):
        return
    producer, creator = _text(info.get("/Producer")), _text(info.get("/Creator"))
    if producer or creator:
        flag(FlagCode.PRODUCER, producer=producer, creator=creator)
    created, changed = _moment(info.get("/CreationDate")), _moment(info.get("/ModDate"))
    if created or changed:
        flag(
            FlagCode.DATES,
            created=created.isoformat() if created else "",
            modified=changed.isoformat() if changed else "",
        )
    if created and changed and (changed - created).total_seconds() > _LATER_SECONDS:
        flag(FlagCode.CHANGED_LATER, days=(changed - created).days)


def _text(value) -> str:
    try:
        return str(value)[: limits.DETAIL_LETTERS] if value is not None else ""
    except (ValueError, UnicodeError):
        return ""


def _moment(value) -> datetime | None:
    """Read D:YYYYMMDDHHmmSS; the zone is left out, hints need no hour."""
    digits = re.match(r"(?:D:)?(\d{4,14})", _text(value))
    if digits is None:
        return None
    text = digits[1] + "00000101000000"[len(digits[1]) :]
    parts = (int(text[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime(int(text[:4]), *parts)
    except ValueError:
        return None
