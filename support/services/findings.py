"""What was found in a file: its words, codes, facts and flags, sealed with the ticket's key.

Words that are covered on the picture are not in them. Facts advise, they never decide.
"""

import json
import re
import zlib
from dataclasses import dataclass, field
from typing import Any

import tink

from support import signs, storage
from support.documents import Fact, facts_of
from support.documents.reading import COUNTRIES
from support.models import EvidenceItem, EvidenceKey, Opening, Ticket
from support.rules import EvidenceKind
from support.sandbox import Barcode, Flag, Picture, Source, Word
from support.sealing import DataKey, open_key
from support.services import files, search

MOST_PAGES = 12
# Found by their words: what is no photo of the station.
DOCUMENTS = frozenset(
    {
        EvidenceKind.PURCHASE_AGREEMENT,
        EvidenceKind.LEASE,
        EvidenceKind.REGISTER_EXTRACT,
        EvidenceKind.OTHER,
    }
)
MOST_WORDS, LONGEST_WORD = 5_000, 40
# Two letters and more, or a house number; a mark of what is covered is neither.
_WORD = re.compile(r"(?<![\w•])(?:[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*|\d{1,3}[a-zA-Z]?)(?![\w•])")
_NAME = "findings"


@dataclass
class Read:
    """One page's words and codes."""

    words: list[Word] = field(default_factory=list)
    codes: list[Barcode] = field(default_factory=list)

    def texts(self) -> list[str]:
        return [word.text for word in self.words] + [code.text for code in self.codes]


@dataclass
class Findings:
    """All that is known of a file beside its pictures; ``pages`` by their number."""

    pages: dict[int, Read] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        pages = {
            number: {
                "words": [word.to_dict() for word in page.words],
                "codes": [code.to_dict() for code in page.codes],
            }
            for number, page in self.pages.items()
        }
        return {
            "pages": pages,
            "flags": [flag.to_dict() for flag in self.flags],
            "facts": [fact.to_dict() for fact in self.facts],
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any], *, with_words: bool = True) -> "Findings":
        pages = {
            int(number): Read(
                [Word.from_dict(word) for word in page["words"]],
                [Barcode.from_dict(code) for code in page["codes"]],
            )
            for number, page in (row["pages"].items() if with_words else ())
        }
        flags = [Flag.from_dict(flag) for flag in row["flags"]]
        return cls(pages, flags, [Fact.from_dict(fact) for fact in row["facts"]])


def of_opened(pages: dict[int, Read], flags: list[Flag]) -> Findings:
    """Return what opening a file found, of its first pages; what is covered is in none of them."""
    first = sorted(pages)[:MOST_PAGES]
    return Findings({number: pages[number] for number in first}, flags)


def keep(item: EvidenceItem, found: Findings, *, ticket: Ticket) -> None:
    """Seal an item's findings with the facts they tell, in the caller's transaction and lock."""
    found.facts = _facts(found, ticket)
    plain = zlib.compress(json.dumps(found.to_dict()).encode())
    sealed = files.data_key(ticket).seal_text(plain, name=_bound_to(item))
    Opening.objects.filter(item=item).update(findings=sealed)
    if item.note_id:
        return  # it shows nothing of its ticket, and no ticket is found by its words
    item.signs = sorted(signs_of(found, ticket))
    EvidenceItem.objects.filter(pk=item.pk).update(signs=item.signs)
    if item.kind in DOCUMENTS:
        learn(ticket)


def learn(ticket: Ticket) -> None:
    """Let a ticket be found by the words of its documents, those that are there now.

    Kept are the words, each once and in no order, and house numbers: no sentence, and no number
    that could be a PIN or name a person.
    """
    items = ticket.items.filter(replaced_by=None, kind__in=DOCUMENTS).exclude(file_key="")
    openings = {row.item_id: row for row in Opening.objects.filter(item__in=items)}
    key = key_of(ticket) if openings else None
    words: set[str] = set()
    for item in items:
        item.ticket = ticket
        for page in open_(item, openings.get(item.pk), key).pages.values():
            words |= {word for read in page.words for word in _words_in(read.text)}
    kept = " ".join(sorted(words)[:MOST_WORDS])
    search.learn_documents(ticket_id=ticket.pk, text=kept)


def _words_in(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text) if len(word) <= LONGEST_WORD]


def read(item: EvidenceItem) -> Findings:
    """Return an item's findings; empty ones where nothing was found, or after they were erased."""
    return open_(item, Opening.objects.filter(item=item).first(), key_of(item.ticket))


def key_of(ticket: Ticket) -> DataKey | None:
    """Return a ticket's data key; None when it is destroyed."""
    return unwrapped(ticket, EvidenceKey.objects.filter(ticket=ticket).first())


def unwrapped(ticket: Ticket, row: EvidenceKey | None) -> DataKey | None:
    """Return the data key of a row; None without one, or when no key of ours opens it."""
    try:
        return open_key(ticket.uid, row.wrapped) if row else None
    except tink.TinkError:
        return None


def open_(
    item: EvidenceItem, opening: Opening | None, key: DataKey | None, *, with_words: bool = True
) -> Findings:
    """Open the findings of an item; empty ones without the key or the row.

    Facts and flags are few, words are thousands: ``with_words`` False leaves the pages out.
    """
    if key is None or opening is None or not opening.findings:
        return Findings()
    try:
        plain = key.open_text(opening.findings, name=_bound_to(item))
    except tink.TinkError:
        return Findings()
    return Findings.from_dict(json.loads(zlib.decompress(plain)), with_words=with_words)


def _facts(found: Findings, ticket: Ticket) -> list[Fact]:
    """Return the facts that an item's words and codes tell; pictures are told by their number."""
    pages, optical = [], []
    for number, read in sorted(found.pages.items()):
        typed = [word for word in read.words if word.source != Source.OPTICAL]
        pages.append(Picture(number, b"", "", 0, 0, words=typed, codes=read.codes))
        optical.append([word for word in read.words if word.source == Source.OPTICAL])
    first = [ticket.country] if ticket.country else []
    return facts_of(
        pages,
        optical=optical,
        flags=found.flags,
        expected_code=ticket.request_code,
        countries=[*first, *(code for code in COUNTRIES if code not in first)],
    )


def signs_of(found: Findings, ticket: Ticket) -> set[signs.Sign]:
    """Return what a file shows of its ticket; presence needs one picture with both."""
    seen: set[signs.Sign] = set()
    codes: set[str] = set()
    for page in found.pages.values():
        texts = page.texts()
        seen |= signs.of_picture(
            texts, lookup_key=ticket.lookup_key, request_code=ticket.request_code
        )
        codes |= signs.codes_in(texts)
    others = Ticket.objects.filter(request_code__in=codes).exclude(pk=ticket.pk)
    if codes and others.exclude(claimant=ticket.claimant_id).exists():
        seen.add(signs.Sign.OTHER_CODE)
    if signs.Sign.SERIAL in seen:
        seen.discard(signs.Sign.OTHER_SERIAL)
    return seen


def _bound_to(item: EvidenceItem) -> str:
    return storage.name_of(item.ticket.uid, item.uid, _NAME)
