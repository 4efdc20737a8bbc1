"""What trying many files gave: a line for each, totals, and all of it as JSON."""

import json
import os
import unicodedata
from collections import Counter

from support.documents.facts import Fact, FactKind
from support.sandbox import Source, Verdict
from support.sandbox.words import describe_protections

_VALUE_LETTERS = 60
_BREAKS = ("Zl", "Zp")


def line_of(row: dict) -> str:
    """Return one line for one file."""
    flags = ",".join(dict.fromkeys(flag["code"] for flag in row["flags"])) or "-"
    return "  ".join(
        (
            f"{row['verdict']:<11}",
            f"{row['reason'] or '-':<15}",
            f"pages={len(row['pages'])}",
            f"flags={flags}",
            f"facts={_told(row)}",
            f"{row['seconds']:.2f}s",
            f"{row['peak_bytes'] / 1e6:.0f}MB",
            plain(row["path"]),
        )
    )


def _told(row: dict) -> str:
    """Return codes and facts as kind:value; what must be covered has no value to show."""
    codes = [(code["kind"], code["text"]) for page in row["pages"] for code in page["codes"]]
    facts = [Fact.from_dict(fact) for fact in row["facts"]]
    hidden = any(fact.kind == FactKind.PIN and fact.source == Source.BARCODE for fact in facts)
    told = [(kind, "" if hidden else text) for kind, text in codes]
    told += [(fact.kind, fact.value) for fact in facts]
    return (
        "; ".join(f"{kind}:{plain(what)[:_VALUE_LETTERS] or 'covered'}" for kind, what in told)
        or "-"
    )


def plain(text: str) -> str:
    """Return text that cannot move the cursor, turn the line round or break it."""
    return "".join(
        letter
        if unicodedata.category(letter)[0] != "C" and unicodedata.category(letter) not in _BREAKS
        else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in text
    )


class Report:
    """The totals, and the JSON file, written row by row: thousands of files need little memory."""

    def __init__(self, path: str | None) -> None:
        # What was read off a stranger's file is nobody else's on this machine.
        self._file = open(path, "w", encoding="utf-8", opener=_private) if path else None
        self._separator = '{"files": [\n'
        self._ends: Counter = Counter()
        self._flags: Counter = Counter()
        self._readings: Counter = Counter()
        self._scans: Counter = Counter()
        self._protections: dict[str, str] = {}
        self._seconds: list[float] = []
        self._pages = self._largest = 0

    def add(self, row: dict) -> None:
        """Count one file, and write all that was found."""
        if self._file:
            self._file.write(self._separator)
            json.dump(row, self._file)
            self._separator = ",\n"
        self._ends[row["verdict"], row["reason"] or ""] += 1
        self._flags.update({flag["code"] for flag in row["flags"]})
        self._readings[row["reading"]] += 1
        self._scans[row["antivirus"]] += 1
        self._seconds += [row["seconds"], row.get("reading_seconds", 0.0)]
        self._largest = max(self._largest, row["peak_bytes"], row.get("reading_peak_bytes", 0))
        self._pages += len(row["pages"])
        # What was missing for one file is said to be missing.
        for name, how in row["protections"].items():
            self._protections[name] = how and self._protections.get(name, how)

    def totals(self) -> dict:
        """Return what all files came to."""
        ends: dict[str, Counter] = {verdict: Counter() for verdict in Verdict}
        for (verdict, reason), count in self._ends.items():
            ends[verdict][reason or "pictures"] += count
        return {
            "files": self._ends.total(),
            "verdicts": {verdict: dict(reasons) for verdict, reasons in ends.items()},
            "pictures": self._pages,
            "flags": dict(self._flags.most_common()),
            "optical_reading": dict(self._readings),
            "antivirus": dict(self._scans),
            "slowest_seconds": max(self._seconds, default=0.0),
            "largest_peak_bytes": self._largest,
            "protections": self._protections,
        }

    def close(self) -> None:
        """End the JSON file, also after a run that was stopped."""
        if self._file:
            start = self._separator if self._separator.startswith("{") else ""
            self._file.write(f'{start}], "totals": {json.dumps(self.totals())}}}\n')
            self._file.close()

    def lines(self) -> list[str]:
        """Return the totals as lines to print."""
        totals = self.totals()
        shut_in = "; ".join(describe_protections(self._protections))
        return [
            f"{totals['files']} files, {totals['pictures']} pictures",
            *(
                f"  {verdict}: {sum(reasons.values())} ({_counts(reasons)})"
                for verdict, reasons in totals["verdicts"].items()
            ),
            f"flags: {_counts(totals['flags'])}",
            f"optical reading: {_counts(totals['optical_reading'])}",
            f"antivirus: {_counts(totals['antivirus'])}",
            f"slowest {totals['slowest_seconds']:.2f} s, most memory "
            f"{totals['largest_peak_bytes'] / 1e6:.0f} MB in the disposable process",
            f"protections: {shut_in}",
        ]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _counts(counts: dict) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "-"
