"""Whether a document is a purchase agreement, a lease or neither, and why; and its signatures."""

import re
from collections.abc import Sequence

from support.documents import labels
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line
from support.sandbox import Flag, FlagCode, Source

_TITLES = labels.compiled(labels.TITLES)
_SIGNATURES = re.compile(rf"(?<!\w)(?:{labels.SIGNATURES})(?!\w)")
# A title is short and near the top; the same words in a sentence say less.
_TITLE_LETTERS = 60
_FEW_WORDS = 20
_PARTIES = {
    "purchase_agreement": {FactKind.BUYER, FactKind.SELLER},
    "lease": {FactKind.TENANT, FactKind.LANDLORD},
}


def document_kind(lines: Sequence[Line], people: Sequence[Fact]) -> list[Fact]:
    """Return one fact: "purchase_agreement", "lease" or "neither", with why in its detail.

    ``why`` is "title", "words", "parties", "nothing_fits" or "hardly_any_text".
    """
    if not lines:
        return []
    mentions = [
        (len(line.text) > _TITLE_LETTERS, number, kind, line, found)
        for number, line in enumerate(lines)
        for kind, pattern in _TITLES.items()
        for found in [pattern.search(line.plain)]
        if found
    ]
    if mentions:
        in_sentence, _number, kind, line, found = min(mentions, key=lambda mention: mention[:2])
        why = "words" if in_sentence else "title"
        return [_kind(kind, line, found, why, 0.6 if in_sentence else 0.9)]
    named = {fact.kind for fact in people}
    for kind, parties in _PARTIES.items():
        if parties <= named:
            return [_whole(kind, lines, "parties", 0.5)]
    few = sum(len(line.text.split()) for line in lines) < _FEW_WORDS
    return [_whole("neither", lines, "hardly_any_text" if few else "nothing_fits", 0.5)]


def signatures(lines: Sequence[Line], flags: Sequence[Flag]) -> list[Fact]:
    """Return the signatures in the file's structure and the words that tell of signing."""
    facts = [
        Fact(
            FactKind.SIGNATURE,
            str(flag.detail.get("name") or ""),
            1,
            None,
            Source.STRUCTURE,
            1.0,
            {"covers_all": "yes" if flag.detail.get("covers_all") else "no"},
        )
        for flag in flags
        if flag.code == FlagCode.SIGNATURE
    ]
    seen = set()
    for line in lines:
        found = _SIGNATURES.search(line.plain)
        if found and (line.page, found[0]) not in seen:
            seen.add((line.page, found[0]))
            place, sure = line.place(*found.span()), 0.6 * line.confidence()
            facts.append(
                Fact(FactKind.SIGNATURE, line.text[:120], line.page, place, line.source, sure)
            )
    return facts[:20]


def _kind(kind: str, line: Line, found: re.Match, why: str, sure: float) -> Fact:
    place = line.place(*found.span())
    detail = {"why": why, "words": found[0]}
    return Fact(FactKind.DOCUMENT_KIND, kind, line.page, place, line.source, sure, detail)


def _whole(kind: str, lines: Sequence[Line], why: str, sure: float) -> Fact:
    first = lines[0]
    return Fact(FactKind.DOCUMENT_KIND, kind, first.page, None, first.source, sure, {"why": why})
