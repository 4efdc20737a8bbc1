"""What a vendor's file must offer, and what its rows say in our words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class SerialPattern:
    """Serials that begin alike: one model, or a meter, which has no PIN."""

    prefixes: tuple[str, ...]
    model: str
    is_meter: bool = False
    tail: re.Pattern = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a row, and what to do; ``refused``: the row is not taken.

    The reason never repeats a PIN.
    """

    field: str
    reason: str
    cure: str
    refused: bool = True


class RowRefused(Exception):
    """A row that is not taken."""

    def __init__(self, field: str, reason: str, cure: str) -> None:
        self.problem = Problem(field, reason, cure)
        self.number = 0
        super().__init__(f"{field}: {reason}")


@dataclass(slots=True)
class FirmSaid:
    """An installer firm as a row names it; empty text is "not said"."""

    name: str = ""
    lookup_key: str = ""
    email: str = ""
    phone: str = ""


@dataclass(slots=True)
class PlaceSaid:
    """An installation as a row describes it; empty text is "not said"."""

    vendor: str
    external_id: str = ""
    name: str = ""
    line: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    country_ref: str = ""
    kind: str = ""
    time_zone: str = ""
    contact_email: str = ""
    board_email: str = ""
    firm: FirmSaid | None = None
    number: int = 0
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class OwnerSaid:
    """An owner as a row names one, or the declaration that there is none."""

    is_none: bool = False
    email: str = ""
    name: str = ""
    since: datetime | None = None
    phone: str = ""
    post: str = ""


@dataclass(slots=True)
class ChargerSaid:
    """A charger as a row describes it; empty text is "not said"."""

    number: int
    vendor: str
    serial: str
    pin: str = field(default="", repr=False)
    model: str = ""
    name: str = ""
    unit: str = ""
    external_id: str = ""
    place_ref: str = ""
    place: PlaceSaid | None = None
    owner: OwnerSaid | None = None
    # A second field that repeats the serial: decides between two rows that contradict each other.
    witness: str = ""
    warnings: list[Problem] = field(default_factory=list)


class Vendor(Protocol):
    """A maker: how its serials look and how its pages read."""

    key: str
    name: str
    serial_patterns: tuple[SerialPattern, ...]

    def is_page(self, keys: Iterable[str]) -> bool:
        """Say whether a JSON object with these top-level keys is one of the maker's pages."""

    def kind_of(self, row: Any) -> str:
        """Return "charger", "place" or "" (neither) for one row of a page."""

    def read_charger(self, row: Mapping[str, Any], number: int) -> ChargerSaid:
        """Return what a charger row says. Raises RowRefused."""

    def read_place(self, row: Mapping[str, Any], number: int) -> PlaceSaid:
        """Return what an installation row says. Raises RowRefused."""

    def read_countries(self, constants: Mapping[str, Any]) -> dict[str, str]:
        """Return the ISO code of each country id in the maker's constants."""
