"""The story's own registry: one station for each way, so that no way depends on another."""

import csv
import hashlib
from dataclasses import dataclass
from io import StringIO
from zoneinfo import ZoneInfo

# The demo's firm and its member (support/demo); the story is outside and imports nothing of it.
FIRM, FIRM_EMAIL = "Demo Elektro AS", "post@elektro.example"
MEMBER, MEMBER_EMAIL = "Inga Demoelektriker", "inga@elektro.example"
OWNER_SINCE = "2024-03-01"
# Country, town, postcode, street: taken in turn.
TOWNS = (
    ("NO", "Oslo", "0150", "Eksempelveien"),
    ("SE", "Stockholm", "11122", "Exempelgatan"),
    ("DE", "Berlin", "10115", "Musterstraße"),
    ("DK", "Aarhus C", "8000", "Eksempelgade"),
    ("NL", "Utrecht", "3511 AB", "Voorbeeldstraat"),
)
ZONES = {
    "NO": "Europe/Oslo",
    "SE": "Europe/Stockholm",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "NL": "Europe/Amsterdam",
}
KNOWN, UNKNOWN, NONE = "known", "unknown", "none"
# What is on record where each way happens: the owner, and whether the firm has service access.
WAYS: dict[str, tuple[str, bool]] = {
    "a": (KNOWN, False),
    "a2": (KNOWN, False),
    "b": (KNOWN, False),
    "b2": (UNKNOWN, False),
    "c": (UNKNOWN, True),
    "c2": (NONE, True),
    "d": (KNOWN, False),
    "e": (KNOWN, False),
    "f": (KNOWN, False),
    "g": (KNOWN, False),
    "h": (KNOWN, True),
    "i": (NONE, False),
    "j": (KNOWN, False),
    "k": (KNOWN, False),
    "l": (KNOWN, False),
    "m": (KNOWN, False),
}
# The registry learns of this one in the middle of its way.
LATER = "i"


@dataclass(frozen=True)
class Place:
    """One station where it hangs, with the PIN that only the story and the registry know."""

    way: str
    number: int
    owner: str
    served: bool

    @property
    def serial(self) -> str:
        return f"ZAG30{self.number:04d}"

    @property
    def pin(self) -> str:
        """Eight signs that stand nowhere by chance, with a zero in front that must survive."""
        return "0Q" + hashlib.sha256(self.serial.encode()).hexdigest()[:6].upper()

    @property
    def town(self) -> tuple[str, str, str, str]:
        return TOWNS[self.number % len(TOWNS)]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(ZONES[self.town[0]])

    @property
    def line(self) -> str:
        return f"{self.town[3]} {self.number}"

    @property
    def owner_name(self) -> str:
        return f"Olav Forrige{self.way}"

    @property
    def owner_email(self) -> str:
        return f"owner.{self.way}@story.example"

    def address(self) -> dict[str, str]:
        """Return what a person types about where it is."""
        country, city, postal_code, _street = self.town
        return {
            "address_line": self.line,
            "postal_code": postal_code,
            "city": city,
            "country": country,
        }

    def row(self) -> dict[str, str]:
        """Return its line in the registry."""
        country, city, postal_code, _street = self.town
        row = {
            "serial": self.serial,
            "model": "Go",
            "pin": self.pin,
            "installation": f"Story {self.way}",
            "address": self.line,
            "postal_code": postal_code,
            "city": city,
            "country": country,
            "installer": FIRM if self.served else "",
            "owner_email": "none" if self.owner == NONE else "",
            "owner_name": "",
            "owner_since": "",
            "service_email": FIRM_EMAIL if self.served else "",
            "kind": "home",
        }
        if self.owner == KNOWN:
            row |= {"owner_email": self.owner_email, "owner_name": self.owner_name}
            row["owner_since"] = OWNER_SINCE
        return row


PLACES = {
    way: Place(way, number, *what) for number, (way, what) in enumerate(WAYS.items(), start=101)
}


def registry(ways: list[str]) -> str:
    """Return the registry file of these ways, in our own CSV."""
    content = StringIO()
    rows = [PLACES[way].row() for way in ways]
    writer = csv.DictWriter(content, fieldnames=list(PLACES["a"].row()))
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()
