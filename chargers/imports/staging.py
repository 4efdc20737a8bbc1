"""Reading files without changing anything: what each one is, and which of its rows to refuse.

A file is read twice: once here, to its end, and once when it is applied. Neither reading holds
more than a few rows, and no copy with its PINs is made.
"""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chargers import serials
from chargers.imports import contradictions, csv_rows, json_stream
from chargers.imports.problems import FileRefused
from chargers.imports.serial_field import clean_serial
from chargers.vendors import DEFAULT_VENDOR, VENDORS
from chargers.vendors.protocol import ChargerSaid, PlaceSaid, Problem, RowRefused

SUFFIXES = (".json", ".csv")
CSV, JSON = "csv", "json"
_HASH_BITS = (1 << 64) - 1
Said = ChargerSaid | PlaceSaid | RowRefused


@dataclass
class StagedFile:
    """A file that is what it says: how many rows, and which of them contradict each other."""

    path: Path
    source: str
    sha256: str
    stamp: tuple[int, int]
    rows: int = 0
    places: int = 0
    keys: set[str] = field(default_factory=set)
    countries: dict[str, str] = field(default_factory=dict)
    verdicts: dict[int, Problem] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def vendor(self) -> str:
        return DEFAULT_VENDOR


def find_files(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files named and those in the folders named, and what lies there unread.

    Each file once, in an order that does not depend on that of ``paths``.
    """
    found, left = set(), set()
    for path in paths:
        if path.is_dir():
            inside = {item for item in path.rglob("*") if item.is_file()}
            wanted = {item for item in inside if item.suffix.lower() in SUFFIXES}
            found |= wanted
            left |= inside - wanted
        else:
            found.add(path)
    resolved = {path.resolve(): path for path in sorted(found)}
    return sorted(resolved.values(), key=lambda path: (path.name, str(path))), sorted(left - found)


def stage(path: Path, *, now: datetime) -> StagedFile:
    """Read a file to its end. Raises FileRefused when it is not what it says."""
    staged = _open(path)
    hashes, kinds = array("Q"), set()
    for _number, kind, row in _raw_rows(staged):
        staged.rows += 1
        staged.places += kind == "place"
        kinds.add(kind)
        if kind == "charger" and not isinstance(row, RowRefused):
            hashes.append(_hash(_raw_serial(row)))
    if staged.source == JSON:
        _refuse_other_json(staged, kinds)
    twice = _repeated(hashes)
    if twice:
        repeated = [said for said in read_rows(staged, now=now) if _is_among(said, twice)]
        staged.verdicts = contradictions.judge(repeated)
    return staged


def read_rows(staged: StagedFile, *, now: datetime, kind: str = "charger") -> Iterator[Said]:
    """Yield what the rows of one kind say; those that cannot be read as RowRefused.

    Rows that are neither charger nor place come with the chargers. Raises FileRefused when the
    file has changed since it was staged.
    """
    if _stamp(staged.path) != staged.stamp:
        raise FileRefused(_("has changed while it was read"), _("Run the import again."))
    for number, row_kind, row in _raw_rows(staged):
        if (row_kind == "place") != (kind == "place"):
            continue
        try:
            said = _read(staged, row_kind, row, number, now)
        except RowRefused as refusal:
            said = refusal
        if isinstance(said, RowRefused):
            said.number = number
        yield said


def _read(staged: StagedFile, kind: str, row: Any, number: int, now: datetime) -> Said:
    if isinstance(row, RowRefused):
        return row
    if number in staged.verdicts:
        problem = staged.verdicts[number]
        return RowRefused(problem.field, problem.reason, problem.cure)
    vendor = VENDORS[staged.vendor]
    if kind == "place":
        return vendor.read_place(row, number)
    if kind != "charger":
        return RowRefused(
            "", _("is neither a charger nor an installation"), _("Remove the row, or export anew.")
        )
    if staged.source == CSV:
        return clean_serial(csv_rows.read_charger(row, number, now), "serial")
    return clean_serial(vendor.read_charger(row, number), "DeviceId")


def _open(path: Path) -> StagedFile:
    """Look at a file from outside. Raises FileRefused when there is nothing to read."""
    if not path.exists():
        raise FileRefused(_("does not exist"), _("Check the path."))
    if not path.is_file():
        raise FileRefused(_("is not a file"), _("Give a file or a folder."))
    digest, head = hashlib.sha256(), b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                head = head or chunk[:64]
    except OSError as error:
        raise FileRefused(
            _("cannot be read (%(why)s)") % {"why": error.strerror}, _("Check its permissions.")
        ) from error
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileRefused(_("is empty"), _("Export it again."))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused(_("is UTF-16 text"), _("Save it in UTF-8."))
    starts_as_json = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    is_json = path.suffix.lower() == ".json" or starts_as_json
    source = JSON if is_json else CSV
    staged = StagedFile(path, source, digest.hexdigest(), _stamp(path))
    if source == CSV:
        _note_columns(staged)
    return staged


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_size, found.st_mtime_ns


def _note_columns(staged: StagedFile) -> None:
    try:
        unknown = csv_rows.unknown_columns(staged.path)
    except UnicodeDecodeError:
        return  # the reading that follows says where
    for name in unknown:
        cure = _("Nothing to do, unless it is misspelt.")
        staged.notes.append(Problem(name[:40], _("is a column we do not know"), cure, False))


def _refuse_other_json(staged: StagedFile, kinds: set[str]) -> None:
    """Raise FileRefused for JSON that is no page of the maker's."""
    if not VENDORS[staged.vendor].is_page(staged.keys) or kinds == {""}:
        raise FileRefused(
            _("is JSON, but none of the maker's lists of chargers or installations"),
            _("Give chargers, installations or constants as the maker's API answers them."),
        )


def _raw_rows(staged: StagedFile) -> Iterator[tuple[int, str, Any]]:
    """Yield number, kind and content of each row; a CSV's number is its line."""
    if staged.source == CSV:
        for number, row in csv_rows.read(staged.path):
            yield number, "charger", row
        return
    vendor, number = VENDORS[staged.vendor], 0
    for key, value in json_stream.read(staged.path):
        if not key:
            number += 1
            yield number, vendor.kind_of(value), value
        elif key not in staged.keys:
            staged.keys.add(key)
            staged.countries |= vendor.read_countries({key: value})


def _raw_serial(row: dict) -> Any:
    return row.get("serial") or row.get("DeviceId") or row.get("deviceId")


def _hash(serial: Any) -> int:
    """Return what rows of one serial share, whatever its writing; 0 for none."""
    try:
        key = serials.lookup_key(serials.normalise(serial))
    except (ValidationError, TypeError, AttributeError):
        return 0
    return hash(key) & _HASH_BITS


def _repeated(hashes: array) -> set[int]:
    ordered = sorted(hashes)
    return {one for one, other in zip(ordered, ordered[1:], strict=False) if one == other}


def _is_among(said: Said, hashes: set[int]) -> bool:
    return isinstance(said, ChargerSaid) and _hash(said.serial) in hashes
