"""What the disposable process said, checked piece by piece before anything believes it."""

import json
import math

from support.sandbox import plain
from support.sandbox.cell import Outcome
from support.sandbox.findings import Barcode, Flag, Picture, Word
from support.sandbox.inside import framing, limits
from support.sandbox.inside.codes import FlagCode, Reason, Source
from support.sandbox.inside.sniffing import HEIC, JPEG, PDF, PNG, WEBP

_KINDS = {"qr", "datamatrix", "code128"}
_TYPES = {PDF, JPEG, PNG, WEBP, HEIC}
_PROTECTION_LETTERS = 60


class BadReply(ValueError):
    """The process said something that our own code never says."""


def protections(outcome: Outcome) -> dict[str, str]:
    """Return what shut the process in: said before it saw the file."""
    if not outcome.frames or outcome.frames[0][0] != framing.READY:
        return {}
    said = _json(outcome.frames[0][1])
    return {str(name): str(how)[:_PROTECTION_LETTERS] for name, how in said.items()}


def pictures_and_end(outcome: Outcome) -> tuple[list[Picture], dict]:
    """Return the pictures and the last finding. Raises BadReply."""
    try:
        return _pictures_and_end(outcome.frames[1:])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadReply(str(error)[:200]) from error


def _pictures_and_end(frames: list[tuple[bytes, bytes]]) -> tuple[list[Picture], dict]:
    pictures: list[Picture] = []
    meta = end = None
    for kind, payload in frames:
        if end is not None and kind != framing.END:
            raise BadReply("it went on after its last finding")
        if kind == framing.PICTURE:
            if meta is None or len(pictures) >= limits.PAGES:
                raise BadReply("a picture without its page")
            pictures.append(picture(len(pictures) + 1, payload, meta))
            meta = None
        elif kind == framing.FOUND:
            finding = _json(payload)
            meta = finding.get("page")
            end = None if meta is not None else _end(finding)
    if end is None:
        raise BadReply("it never said how it ended")
    return pictures, end


def picture(number: int, content: bytes, meta: dict) -> Picture:
    """Return one page, its bytes and every value checked."""
    size = plain.size_of(content)
    if size is None or size != (meta["width"], meta["height"]):
        raise BadReply("not a plain picture")
    if max(size) > limits.STRIP_PIXELS or min(size) < 1:
        raise BadReply("a picture out of bounds")
    likeness = meta["likeness"]
    if not isinstance(likeness, int) or not 0 <= likeness < 1 << 64:
        raise BadReply("not a hash")
    if len(meta["words"]) > limits.WORDS_A_PAGE or len(meta["codes"]) > limits.CODES_A_PAGE:
        raise BadReply("too much on a page")
    return Picture(
        number=number,
        content=content,
        content_type="image/jpeg",
        width=size[0],
        height=size[1],
        words=[Word(_text(text, limits.WORD_LETTERS), box(at)) for text, at in meta["words"]],
        codes=[_code(code) for code in meta["codes"]],
        phash=likeness,
    )


def optical_words(payload: bytes) -> list[Word]:
    """Return the lines that optical reading found on one picture. Raises BadReply."""
    try:
        rows = _json(payload)["lines"][: limits.WORDS_A_PAGE]
        return [
            Word(_text(text, limits.WORD_LETTERS), box(at), Source.OPTICAL, _part(sure))
            for text, at, sure in rows
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadReply(str(error)[:200]) from error


def box(given) -> tuple[float, float, float, float]:
    """Return four fractions inside the picture."""
    left, top, width, height = (_part(part) for part in given)
    return left, top, min(width, 1 - left), min(height, 1 - top)


def _part(given) -> float:
    number = float(given)
    if not math.isfinite(number) or not -0.001 <= number <= 1.001:
        raise BadReply("not a part of a picture")
    return min(max(number, 0.0), 1.0)


def _code(row: dict) -> Barcode:
    if row["kind"] not in _KINDS:
        raise BadReply("an unknown kind of code")
    return Barcode(_text(row["text"], limits.CODE_LETTERS), row["kind"], box(row["box"]))


def _end(finding: dict) -> dict:
    reason = finding["reason"]
    kind = finding["content_type"]
    if reason is None and kind not in _TYPES:
        raise BadReply("an unknown type")
    return {
        "reason": None if reason is None else Reason(reason),
        "content_type": kind if kind in _TYPES else "",
        "flags": [_flag(row) for row in finding["flags"][: limits.FLAGS]],
    }


def _flag(row: dict) -> Flag:
    detail = {}
    for name, value in list(row["detail"].items())[:8]:
        if isinstance(value, bool | int):
            detail[str(name)[:30]] = value if abs(value) < 1 << 53 else 0
        else:
            detail[str(name)[:30]] = _text(value, limits.DETAIL_LETTERS)
    return Flag(FlagCode(row["code"]), detail)


def _text(given, letters: int) -> str:
    """Return text that a database takes: no NUL, no half of a letter."""
    if not isinstance(given, str):
        raise BadReply("not a text")
    return given[:letters].replace("\0", "").encode("utf-8", "replace").decode()


def _json(payload: bytes) -> dict:
    try:
        found = json.loads(payload)
    except RecursionError as error:
        raise BadReply("nested without end") from error
    if not isinstance(found, dict):
        raise BadReply("not a finding")
    return found
