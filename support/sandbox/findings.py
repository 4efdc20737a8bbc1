"""What opening and reading a file gives: plain values, each to and from a dict for the database.

Boxes are (left, top, width, height) as fractions 0 to 1 of the picture. The bytes of pictures
are in no dict: they belong in the store.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from support.sandbox.inside.codes import FlagCode, Reason, Source, Verdict

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Word:
    """One word, or for optical reading one line, and how sure the reader was, 0 to 1."""

    text: str
    box: Box
    source: Source = Source.PDF_TEXT
    confidence: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        # By hand: there are thousands, and asdict copies each part of each.
        return {
            "text": self.text,
            "box": self.box,
            "source": self.source,
            "confidence": self.confidence,
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Word":
        source, sure = Source(row["source"]), float(row["confidence"])
        return cls(row["text"], tuple(row["box"]), source, sure)


@dataclass(frozen=True)
class Barcode:
    """One code read by machine: ``kind`` is "qr", "datamatrix" or "code128"."""

    text: str
    kind: str
    box: Box

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Barcode":
        return cls(row["text"], row["kind"], tuple(row["box"]))


@dataclass(frozen=True)
class Flag:
    """One thing an agent should know; ``detail`` holds text and numbers only.

    What ``support.sandbox.words.describe`` says of it is the sentence for people.
    """

    code: FlagCode
    detail: dict[str, str | int | bool] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"code": str(self.code), "detail": dict(self.detail)}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Flag":
        return cls(FlagCode(row["code"]), dict(row["detail"]))


@dataclass(frozen=True)
class Picture:
    """One page as staff see it: a JPEG made by us, with what was read from it.

    ``phash`` is a perceptual hash of 64 bits, 0 where the page is all one shade and like any other
    empty page.
    """

    number: int
    content: bytes
    content_type: str
    width: int
    height: int
    words: list[Word] = field(default_factory=list)
    codes: list[Barcode] = field(default_factory=list)
    phash: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "content_type": self.content_type,
            "width": self.width,
            "height": self.height,
            "words": [word.to_dict() for word in self.words],
            "codes": [code.to_dict() for code in self.codes],
            "phash": self.phash,
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any], *, content: bytes = b"") -> "Picture":
        lists = {
            "words": [Word.from_dict(word) for word in row["words"]],
            "codes": [Barcode.from_dict(code) for code in row["codes"]],
        }
        return cls(**{**row, **lists, "content": content})


@dataclass(frozen=True)
class Opened:
    """What became of a file: exactly one verdict; pictures only with "accepted".

    ``protections`` says what shut the process in, by name; an empty text is "not in force".
    ``antivirus`` is "clean", "infected" or "not scanned". ``peak_bytes`` is resident memory.
    """

    verdict: Verdict
    reason: Reason | None = None
    content_type: str = ""
    pages: list[Picture] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    protections: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    peak_bytes: int = 0
    antivirus: str = "not scanned"

    @property
    def text_words(self) -> int:
        """How many words the file itself holds as text."""
        return sum(len(page.words) for page in self.pages)

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "reason": str(self.reason) if self.reason else None,
            "content_type": self.content_type,
            "pages": [page.to_dict() for page in self.pages],
            "flags": [flag.to_dict() for flag in self.flags],
            "protections": dict(self.protections),
            "seconds": round(self.seconds, 3),
            "peak_bytes": self.peak_bytes,
            "antivirus": self.antivirus,
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Opened":
        parts = {
            "verdict": Verdict(row["verdict"]),
            "reason": Reason(row["reason"]) if row["reason"] else None,
            "pages": [Picture.from_dict(page) for page in row["pages"]],
            "flags": [Flag.from_dict(flag) for flag in row["flags"]],
        }
        return cls(**{**row, **parts})


def distance(one: int, other: int) -> int:
    """Return in how many of 64 bits two perceptual hashes differ; up to 3 is the same picture.

    A hash of 0 (a page of one shade) is like nothing: 64.
    """
    return 64 if not one or not other else (one ^ other).bit_count()
