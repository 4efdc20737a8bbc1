"""Our own flat CSV: one charger a line, with its place, its owner and who serves it.

A line is a row: an unclosed quotation mark spoils its own line and no other.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from chargers import postcodes
from chargers.imports.problems import FileRefused
from chargers.models import Installation
from chargers.vendors import DEFAULT_VENDOR
from chargers.vendors.fields import (
    clean_email,
    clean_past_time,
    clean_pin,
    clean_text,
)
from chargers.vendors.protocol import ChargerSaid, FirmSaid, OwnerSaid, PlaceSaid, RowRefused

COLUMNS = {
    "serial",
    "model",
    "pin",
    "installation",
    "address",
    "postal_code",
    "city",
    "country",
    "installer",
    "owner_email",
    "owner_name",
    "owner_since",
    "service_email",
    "owner_phone",
    "owner_address",
    "unit",
    "kind",
    "board_email",
}
NO_OWNER = "none"
LONGEST_LINE = 1 << 16
_DELIMITERS = ",;\t"
Row = dict[str, str]


def read(path: Path) -> Iterator[tuple[int, Row | RowRefused]]:
    """Yield each line with its number (the header is 1): its fields, or why it is none.

    Raises FileRefused when the file is not text in UTF-8 or has no serial column.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline(LONGEST_LINE)
            delimiter = max(_DELIMITERS, key=header.count)
            columns = _columns(header, delimiter)
            number = 1
            while line := file.readline(LONGEST_LINE):
                number += 1
                if line.strip(_DELIMITERS + " \r\n"):
                    yield number, _row(line, columns, delimiter)
    except UnicodeDecodeError as error:
        raise FileRefused(
            _("is not UTF-8 text (byte %(at)d)") % {"at": error.start},
            _('Save it as "CSV UTF-8"; Windows-1252 is not read, as letters would be guessed.'),
        ) from None


def unknown_columns(path: Path) -> list[str]:
    """Return the columns of a readable file that we do not know and leave alone."""
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline(LONGEST_LINE)
    delimiter = max(_DELIMITERS, key=header.count)
    return [name for name in _columns(header, delimiter) if name and name not in COLUMNS]


def _columns(header: str, delimiter: str) -> list[str]:
    if "\0" in header or not header.endswith("\n") and len(header) >= LONGEST_LINE:
        raise FileRefused(_("is not a text file"), _("Give our CSV or the maker's JSON."))
    names = next(csv.reader([header], delimiter=delimiter), [])
    columns = ["_".join(name.casefold().split()) for name in names]
    if "serial" not in columns:
        raise FileRefused(
            _("has no column called serial in its first line"),
            _("Name the columns in the first line: serial, pin, installation, address ..."),
        )
    known = [name for name in columns if name in COLUMNS]
    if len(known) != len(set(known)):
        raise FileRefused(_("names a column twice"), _("Give every column a name of its own."))
    return columns


def _row(line: str, columns: list[str], delimiter: str) -> Row | RowRefused:
    line = line.rstrip("\r\n")
    try:
        values = (
            next(csv.reader([line], delimiter=delimiter, strict=True))
            if '"' in line
            else line.split(delimiter)
        )
    except csv.Error:
        return RowRefused(
            "", _("has a quotation mark that is not closed"), _('Close it, or double it: "".')
        )
    if len(values) != len(columns):
        return RowRefused(
            "",
            _("has %(found)d fields, not %(wanted)d") % _counts(values, columns),
            _("Quote fields that hold the separator; a last line may have been cut off."),
        )
    return dict(zip(columns, values, strict=True))


def _counts(values: list, columns: list) -> dict[str, int]:
    return {"found": len(values), "wanted": len(columns)}


def read_charger(row: Row, number: int, now: datetime) -> ChargerSaid:
    """Return what a row says; its serial as it stands there. Raises RowRefused."""
    get = row.get
    return ChargerSaid(
        number=number,
        vendor=DEFAULT_VENDOR,
        serial=get("serial", ""),
        pin=clean_pin(get("pin"), "pin"),
        model=clean_text(get("model"), "model", 40),
        unit=clean_text(get("unit"), "unit", 50),
        place=_place(row),
        owner=_owner(row, now),
    )


def _place(row: Row) -> PlaceSaid | None:
    get = row.get
    place = PlaceSaid(
        vendor=DEFAULT_VENDOR,
        name=clean_text(get("installation"), "installation", 200),
        line=clean_text(get("address"), "address", 200),
        postal_code=clean_text(get("postal_code"), "postal_code", 20),
        city=clean_text(get("city"), "city", 100),
        country=_country(get("country", "")),
        kind=_kind(get("kind", "")),
        board_email=clean_email(get("board_email"), "board_email"),
        firm=_firm(row),
    )
    return place if place.name or place.line or place.postal_code else None


@lru_cache(maxsize=1_000)
def _country(text: str) -> str:
    code = text.strip().upper()
    if code and not postcodes.is_country(code):
        raise RowRefused(
            "country", _("is not a country code"), _("Write two letters (ISO 3166-1), e.g. NO.")
        )
    return code


@lru_cache(maxsize=100)
def _kind(text: str) -> str:
    kind = text.strip().casefold()
    if kind and kind not in Installation.Kind.values:
        raise RowRefused(
            "kind", _("is neither home nor shared"), _("Write home or shared, or leave it empty.")
        )
    return kind


def _firm(row: Row) -> FirmSaid | None:
    email = clean_email(row.get("service_email"), "service_email")
    name = clean_text(row.get("installer"), "installer", 200)
    return FirmSaid(name=name or email, email=email) if name or email else None


def _owner(row: Row, now: datetime) -> OwnerSaid | None:
    text = row.get("owner_email", "")
    if text.strip().casefold() == NO_OWNER:
        return OwnerSaid(is_none=True)
    owner = OwnerSaid(
        email=clean_email(text, "owner_email"),
        name=clean_text(row.get("owner_name"), "owner_name", 200),
        since=clean_past_time(row.get("owner_since"), "owner_since", now),
        phone=clean_text(row.get("owner_phone"), "owner_phone", 50),
        post=clean_text(row.get("owner_address"), "owner_address", 300),
    )
    return owner if owner.email or owner.name else None
