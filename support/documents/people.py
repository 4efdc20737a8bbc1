"""Names of buyer, seller, tenant and landlord: what stands behind, under or before the label."""

import re
from collections.abc import Iterator, Sequence

from support.documents import labels
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, beside_and_below, plain

_LABELS = labels.compiled(labels.PEOPLE)
# Between a label and the name: "Kjøper(e)", "Buyer's name:", "Käufer 1 -".
# Nothing is given back (possessive), so it is linear in whatever a stranger's file says.
_AFTER = re.compile(
    r"(?:\((?:e|s|in|n)\))?+(?:'?s)?+\s*+(?:\d(?!\d))?+\s*+"
    r"(?:(?:full )?name?n?|navn|namn)?+\s*+[:;\-–.]*+\s*+"
)
_WORD = r"[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_]))*\.?"
_PARTICLE = r"(?:von|van|der|den|de|da|af|av|zu|zum|zur|la|le|el|bin|ibn|ten|ter|di|dos)"
_CAPITAL = r"(?=[A-ZÀ-ÖØ-ÞĀ-Ž])"
_NAME = re.compile(
    rf"{_CAPITAL}{_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_CAPITAL}{_WORD}){{1,5}}", re.UNICODE
)
_AND = re.compile(r"\s*(?:,|&|\bog\b|\boch\b|\bund\b|\band\b)\s*", re.IGNORECASE)
# "Kari Demo (heretter kalt kjøper)", "Kari Demo, the Buyer".
_CALLED = re.compile(
    r"\s*+[,(–-]{0,3}\s*+(?:f(?:odt|odd)\.?\s*+[\d.]++\s*+)?(?:\(|,|som|as|als)\s*+(?:\w++\s++){0,4}[\"'“„«]?$"
)
# Words that begin with a capital in a form and are no names.
_NO_NAMES = re.compile(
    r"^(?:navn|namn|name|adresse|address|adress|telefon|phone|e-?post|e-?mail|mobil|dato|date|datum"
    r"|sted|ort|signatur\w*|signature|underskrift|unterschrift|fodsels\w*|person\w*|kjop\w*|selg\w*"
    r"|buy\w*|sell\w*|the|and|og|och|und|kob\w*|s(?:a|ae)lg\w*|kauf\w*|verkauf\w*|miet\w*|vermiet\w*"
    r"|tenant|landlord|lei\w*|utlei\w*|hyres\w*|lej\w*|udlej\w*|eiendom\w*|property|price|pris"
    r"|takeover|overtak\w*|overtag\w*|tilltr\w*|org|fnr|cpr|geb\w*|born|heretter|nedenfor)\b"
)
_MOST = 6


def people(lines: Sequence[Line]) -> list[Fact]:
    """Return each named party once, with the label that named it."""
    facts: dict[tuple, Fact] = {}
    for line in lines:
        for kind, pattern in _LABELS.items():
            for label in pattern.finditer(line.plain):
                for name, where, start, sure in _named(line, label, lines):
                    fact = _fact(kind, name, where, start, sure, label[0])
                    facts.setdefault((kind, name.casefold()), fact)
    return _few(list(facts.values()))


def _few(facts: list[Fact]) -> list[Fact]:
    """Return at most six names a party, in the order that they were read."""
    return [
        fact
        for kind in labels.PEOPLE
        for fact in [fact for fact in facts if fact.kind == kind][:_MOST]
    ]


def _fact(kind: FactKind, name: str, line: Line, start: int, sure: float, label: str) -> Fact:
    end = start + len(name)
    return Fact(
        kind,
        " ".join(name.split()),
        line.page,
        line.place(start, end),
        line.source,
        sure * line.confidence(start, end),
        {"label": label},
    )


def _named(
    line: Line, label: re.Match, lines: Sequence[Line]
) -> Iterator[tuple[str, Line, int, float]]:
    """Yield (name, its line, where, how sure) for one label."""
    begin = _AFTER.match(line.plain, label.end()).end()
    behind = list(_names_at(line, begin))
    if behind:
        yield from ((name, line, start, 0.9) for name, start in behind)
        return
    called = _CALLED.search(line.plain[: label.start()])
    if called:
        before = list(_NAME.finditer(line.text, 0, called.start()))
        if before and not _NO_NAMES.match(plain(before[-1][0])):
            yield before[-1][0], line, before[-1].start(), 0.7
            return
    # A label alone in its line speaks of what is beside or under it; a sentence does not.
    if label.start() <= 3 and len(line.plain) - begin <= 3:
        for other in beside_and_below(line, lines):
            found = list(_names_at(other, _AFTER.match(other.plain).end()))
            if found:
                yield from ((name, other, start, 0.75) for name, start in found)
                return


def _names_at(line: Line, at: int) -> Iterator[tuple[str, int]]:
    """Yield the names that begin here, joined by "and"."""
    while True:
        found = _NAME.match(line.text, at)
        if not found or _NO_NAMES.match(plain(found[0])):
            return
        name = _without_labels(found[0])
        if len(name.split()) < 2:
            return
        yield name, at
        joint = _AND.match(line.text, at + len(name))
        if not joint or not joint[0].strip():
            return
        at = joint.end()


def _without_labels(name: str) -> str:
    """Cut a name where the next label of the form begins."""
    words = list(re.finditer(r"\S+", name))
    for word in words[1:]:
        if _NO_NAMES.match(plain(word[0])):
            return name[: word.start()].rstrip()
    return name.rstrip(".")
