"""Take-over, start and end of a lease, and the day of signing."""

import re
from collections.abc import Sequence
from datetime import date

from support.documents import dates, labels
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, beside_and_below

_LABELS = labels.compiled(labels.DATES)
# A date belongs to the label before it in its sentence, so far away at most.
_REACH = 90
_MOST = 4


def find_dates(lines: Sequence[Line]) -> list[Fact]:
    """Return the dates that a label speaks of: behind it, beside it or under it."""
    facts: dict[tuple, Fact] = {}
    for line in lines:
        for kind, label in _labels_in(line):
            for day, where, start, end, sure in _dated(line, label, lines):
                fact = Fact(
                    kind,
                    day.isoformat(),
                    where.page,
                    where.place(start, end),
                    where.source,
                    sure * where.confidence(start, end),
                    {"label": label[0]},
                )
                facts.setdefault((kind, fact.value), fact)
    kinds = list(_LABELS)
    return sorted(facts.values(), key=lambda fact: kinds.index(fact.kind))[: _MOST * len(kinds)]


def _labels_in(line: Line) -> list[tuple[FactKind, re.Match]]:
    plain = line.plain
    return [(kind, found) for kind, form in _LABELS.items() for found in form.finditer(plain)]


def _dated(
    line: Line, label: re.Match, lines: Sequence[Line]
) -> list[tuple[date, Line, int, int, float]]:
    """Return the first date behind a label; else, for a label that ends its line, one near it."""
    others = [found for _kind, found in _labels_in(line) if found.start() >= label.end()]
    until = min([found.start() for found in others], default=len(line.plain))
    until = min(until, label.end() + _REACH)
    behind = line.plain[label.end() : until]
    found = sorted(dates.find(behind), key=lambda at: at[1])
    if found:
        day, start, end = found[0]
        return [(day, line, start + label.end(), end + label.end(), 0.9)]
    if others or len(line.plain) - label.end() > 40:
        return []
    for other in beside_and_below(line, lines):
        found = sorted(dates.find(other.plain), key=lambda at: at[1])
        if found and found[0][1] < 30:
            day, start, end = found[0]
            return [(day, other, start, end, 0.75)]
    return []
