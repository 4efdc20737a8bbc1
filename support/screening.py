"""What may not be told: finding the other parties' names, mails, phones and streets in a text.

Every outgoing text passes here (I9). A wrong hit costs an agent a minute; a miss cannot be
called back.
"""

import re
from collections.abc import Iterator

from accounts.models import InstallerFirm, User
from chargers import streets
from chargers.models import Charger
from support.common_words import COMMON
from support.folding import Span, Text, words_of
from support.models import Ticket
from support.screened import Facts, Sides, sides

# As many last digits of a phone number as tell one from another, with or without country code.
TAIL = 7
# A part of a mail address that is in many others: it names nobody.
MAILBOXES = frozenset(
    "admin booking contact faktura firmapost hello invoice kontakt kundeservice mailbox noreply"
    " office person postmaster postmottak service support velkommen".split()
)
_AT = re.compile(r"\s*+[\[({<]?+\s*+(?:@|\bat\b|\bætt?\b|\bkrøllalfa\b)\s*+[\])}>]?+\s*+")
_DOT = re.compile(r"\s*+[\[({<]?+\s*+(?:\.|\bdot\b|\bpunkt\b|\bpunktum\b)\s*+[\])}>]?+\s*+")


def find(
    text: str,
    *,
    ticket: Ticket | None = None,
    charger: Charger | None = None,
    reader: User | InstallerFirm | None = None,
    free: str | None = None,
    known: Facts | None = None,
) -> list[str]:
    """Return what of the other parties a text names that goes to ``reader``; empty: it may go.

    ``free`` is the part that people typed (default: all of it): there a surname alone, or a first
    name as it is written, is a hit too. The reader's own facts are none, nor are those ``known`` to
    whoever it reaches. Compared without case, accents, spacing and hyphens, whatever alphabet the
    letters are from.
    """
    both = sides(ticket, charger, reader)
    both = Sides(both.others, both.own | known) if known else both
    typed = Text(text if free is None else free)
    hits = {span.what for span in _typed(typed, both)}
    hits |= {span.what for span in _fixed(Text(text), both)}
    return sorted(hits)


def mask(text: str, *, ticket: Ticket, reader: User) -> str:
    """Return a text with everything hidden that ``find`` would stop."""
    both, read = sides(ticket, None, reader), Text(text)
    if _mails(read, both.others.mails - both.own.mails) and not _plain_mails(read, both):
        return "[…]"  # written so that nobody can tell where it begins
    said, shown = [], 0
    spans = {(span.start, span.end) for span in (*_typed(read, both), *_fixed(read, both))}
    for start, end in sorted(spans):
        if end > shown and end > start:
            said += [text[shown:start], "[…]"] if start >= shown else []
            shown = end
    return "".join([*said, text[shown:]])


def _fixed(text: Text, both: Sides) -> Iterator[Span]:
    """Yield what is a hit wherever it stands: whole names, addresses, mails, phones."""
    others, own = both.others, both.own
    for name in _unlike(others.names, own.names):
        words = words_of(name)
        if len("".join(words)) > 2 and not (len(words) == 1 and words[0] in COMMON):
            yield from text.phrase(words)
            if len(words) > 1:
                yield from text.phrase([words[-1], *words[:-1]])
    yield from _plain_mails(text, both)
    for mail in _mails(text, others.mails - own.mails):
        yield Span(0, 0, mail)
    for digits in _tails(others.phones) - _tails(own.phones):
        yield from text.numbers(digits)
    yield from _streets(text, others.streets, own.streets)


def _typed(text: Text, both: Sides) -> Iterator[Span]:
    """Yield the single names that were typed: surnames in any case, the others as written."""
    own = {word for name in both.own.names for word in words_of(name)}
    for name in both.others.names:
        *first, last = words_of(name) or [""]
        if last not in own and len(last) > 1:
            spans = text.spelled_out(last)
            needs_capital = len(last) < 4 or last in COMMON
            yield from (s for s in spans if not needs_capital or _is_capital(text, s))
        for part in set(first) - own:
            if len(part) > 2:
                yield from (s for s in text.spelled_out(part) if _is_capital(text, s))
    for box in _mailboxes(both.others.mails - both.own.mails) - own:
        yield from text.phrase([box])


def _is_capital(text: Text, span: Span) -> bool:
    return text.text[span.start].isupper()


def _unlike(names: set[str], own: set[str]) -> list[str]:
    known = {" ".join(words_of(name)) for name in own}
    return [name for name in names if " ".join(words_of(name)) not in known]


def _plain_mails(text: Text, both: Sides) -> list[Span]:
    spans = []
    for mail in both.others.mails - both.own.mails:
        found = re.finditer(re.escape(mail), text.text, re.IGNORECASE)
        spans += [Span(hit.start(), hit.end(), mail) for hit in found]
    return spans


def _mails(text: Text, mails: set[str]) -> list[str]:
    """Return the addresses that stand there, "kari (at) example dot com" too."""
    if not mails:
        return []
    said = _DOT.sub(".", _AT.sub("@", text.folded))
    return [mail for mail in mails if Text(mail).folded in said]


def _mailboxes(mails: set[str]) -> set[str]:
    """Return the parts before the @ that tell one person from another."""
    boxes = {"".join(words_of(mail.partition("@")[0])) for mail in mails}
    return {
        box for box in boxes if len(box) > 5 and not box.isdigit() and box not in COMMON | MAILBOXES
    }


def _tails(phones: set[str]) -> set[str]:
    """Return the last digits of phone numbers; too few are none."""
    digits = ("".join(sign for sign in phone if sign.isdigit()) for phone in phones)
    return {number[-TAIL:] for number in digits if len(number) >= TAIL - 1}


def _streets(text: Text, others: set[str], own: set[str]) -> Iterator[Span]:
    """Yield where a street stands, whatever the spelling of its kind."""
    wanted = {streets.canonical(name): name for name in others if len(name) > 2}
    wanted = {key: name for key, name in wanted.items() if len(key) > 2}
    for name in own:
        wanted.pop(streets.canonical(name), None)
    starts = {words_of(name)[0][:2] for name in wanted.values() if words_of(name)}
    longest = max((len(words_of(name)) for name in wanted.values()), default=0) + 1
    for first, word in enumerate(text.words):
        if word.folded[:2] in starts:
            yield from _street_at(text, first, longest, wanted)


def _street_at(text: Text, first: int, longest: int, wanted: dict[str, str]) -> Iterator[Span]:
    for last in range(first, min(first + longest, len(text.words))):
        start, end = text.words[first].start, text.words[last].end
        end += text.text[end : end + 1] == "."
        name = wanted.get(streets.canonical(_latin(text.text[start:end])))
        if name and _is_place(text, first, last, name):
            yield Span(start, end, Text(name).folded)


def _is_place(text: Text, first: int, last: int, name: str) -> bool:
    """Tell a street from an ordinary word: it has a capital, a number behind it, or two words."""
    if last > first or words_of(name)[0] not in COMMON:
        return True
    behind = text.words[last + 1].folded if last + 1 < len(text.words) else ""
    return text.words[first].has_capital or behind[:1].isdigit()


def _latin(text: str) -> str:
    """Return a text in Latin letters, its full stops kept: they cut a street's kind short."""
    return "".join(sign if sign in " .,'’-" else Text(sign).folded or "" for sign in text)


__all__ = ["Facts", "find", "mask"]
