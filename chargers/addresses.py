"""Addresses in parts: read from one line, and compared part by part.

Country, postcode, house number, letter and unit must be the same; only the street's name is
compared by likeness. "Storgata 12" is never "Storgata 21".
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chargers import postcodes, streets
from chargers.postcodes import NUMBER_FIRST
from chargers.streets import LIKE_ENOUGH

__all__ = ["LIKE_ENOUGH", "Address", "Comparison", "compare", "parse", "problems"]

# In these countries what follows the number and a stroke or hyphen is the door, not a range.
HYPHEN_IS_DOOR = {"BE", "NL"}
STAIR_LETTER_IS_PART = {"FI"}

_LETTER = r"(?P<letter>[^\W\d_]|bis|ter|quater)"
_NUMBER = r"(?P<number>\d{1,5}(?:\s?-\s?\d{1,5})?)"
_NUMBER_LAST = re.compile(
    rf"^(?P<street>.*[^\W\d_][.)']?)\s*(?<!\d){_NUMBER}(?:\s?{_LETTER})?$", re.IGNORECASE
)
# "Q7 24": a street that ends in a digit is told from its number by the space.
_NUMBER_APART = re.compile(
    rf"^(?P<street>.*[^\W\d_]\S*)\s+{_NUMBER}(?:\s?{_LETTER})?$", re.IGNORECASE
)
_NUMBER_FIRST = re.compile(
    rf"^{_NUMBER}(?:\s?{_LETTER}(?![\w.']))?\s+(?P<street>.*[^\W\d_].*)$", re.IGNORECASE
)
_ONLY_NUMBER = re.compile(rf"^{_NUMBER}(?:\s?{_LETTER})?$", re.IGNORECASE)

# How a flat or door is written: a word and its name; floor and side (DK); Norway's dwelling number.
_LABEL = (
    r"(?:apartment|appartement|appt|apt|app|flat|unit|lgh|lägenhet|leilighet|leil|leil\.nr|whg"
    r"|wohnung|top|tür|bus|bte|boîte|boite|box|asunto|as|huoneisto|lok|lokal|m|dør|dørr|door|room)"
)
_UNITS = (
    re.compile(
        rf"(?:^|[\s,;/(])(?P<unit>{_LABEL}[.:]?\s*(?:nr\.?|no\.?|#)?\s*\d[\w/-]*)\)?$", re.I
    ),
    re.compile(rf"(?:^|[\s,;/(])(?P<unit>{_LABEL}[.:]?\s+[a-z]\d*)\)?$", re.I),
    re.compile(r"(?:^|[\s,;(])(?P<unit>[HULK]\s?\d{4})\)?$", re.I),
    re.compile(
        r"(?:^|[\s,;(])(?P<unit>(?:\d{1,2}|st|stuen|kl|kld)[.,]?\s*(?:sal[.,]?)?\s*"
        r"(?:t\.?v|t\.?h|m\.?f|dør\s?\d+))\.?\)?$",
        re.I,
    ),
)
_LEADING_UNIT = re.compile(rf"^(?P<unit>{_LABEL}[.:]?\s*#?\d+\s?[a-z]?)\s+(?=\d)", re.I)
_STROKE = re.compile(r"^(?P<main>.*?\d\s?[^\W\d_]?)\s*/\s*(?P<unit>[\w/-]+)$")
_HYPHEN_DOOR = re.compile(r"^(?P<main>.*\d)\s*-\s*(?P<unit>\w+)$")
_ADDITION = re.compile(r"^(?P<main>.*\d\s?[^\W\d_]?)\s+(?P<unit>hs|huis|[IVX]{1,4})$", re.I)
_STAIR = re.compile(r"^(?P<main>.*\d\s?[^\W\d_])\s?(?P<unit>\d{1,4})$")
_FLOOR_WORDS = re.compile(r"\b(?:sal|stuen|st)\b", re.I)
_LABEL_WORD = re.compile(rf"^{_LABEL}(?![^\W\d_])", re.I)


@dataclass(frozen=True)
class Address:
    """An address in parts; what a line does not tell stays empty. ``country`` is ISO 3166-1."""

    street: str = ""
    house_number: str = ""
    house_letter: str = ""
    unit: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class Comparison:
    """Whether two addresses agree, part by part; ``street_likeness`` is 0 to 100."""

    agrees: bool
    parts: dict[str, bool]
    street_likeness: float


def parse(*, line: str, postal_code: str, city: str, country: str, unit: str = "") -> Address:
    """Read one address line into its parts, as the country writes them.

    What cannot be read stays in ``street`` as it was written. ``unit`` given apart goes before one
    in the line.
    """
    country = country.strip().upper()
    postal_code = postcodes.normalise(postal_code, country)
    city = " ".join(city.split())
    parts, at, found = _split_unit(_segments(line, postal_code, city, country), country)
    street, number, letter = _split_number(parts[at] if parts else "", country)
    # The other parts (a house's name, a yard) stay with the street.
    street = ", ".join([*parts[:at], street, *parts[at + 1 :]])
    return Address(
        street=street,
        house_number=re.sub(r"\s", "", number),
        house_letter=letter.upper(),
        unit=normalise_unit(unit or found),
        postal_code=postal_code,
        city=city,
        country=country,
    )


def normalise_unit(text: str) -> str:
    """Return a flat, door or bay as it is compared: "lgh 1102" is 1102, "2. sal tv" is 2TV."""
    text = _LABEL_WORD.sub("", text.strip().casefold()).strip(" .:#")
    text = re.sub(r"^(?:nr|no)\b\.?", "", text)
    floor = _FLOOR_WORDS.sub(lambda word: "" if word[0] == "sal" else "st", text)
    floor = re.sub(r"(?<=\d)\s*[/-]\s*(?=\d)", "-", floor)  # stair and door: 2/13 is not 21/3
    return "".join(letter for letter in floor if letter.isalnum() or letter == "-").upper()


def problems(address: Address) -> dict[str, str]:
    """Return what is missing or wrong by field, in words for the person who typed it."""
    found = {}
    if not postcodes.is_country(address.country):
        found["country"] = _("Choose the country.")
    elif not postcodes.is_valid(address.postal_code, address.country):
        example = postcodes.example(address.country)
        found["postal_code"] = (
            _("This is not a postcode of that country; one looks like %(example)s.")
            % {"example": example}
            if example
            else _("This is not a postcode of that country.")
        )
    if not address.street:
        found["street"] = _("Type the street and house number.")
    if not address.city:
        found["city"] = _("Type the town.")
    return found


def compare(claimed: Address, recorded: Address, *, shared: bool) -> Comparison:
    """Compare two addresses: country, postcode, number, letter and, if shared, unit exactly.

    The street agrees by likeness (from LIKE_ENOUGH on); where neither has a house number, only
    when it is the same. A recorded address without country or street agrees with nothing.
    """
    likeness = streets.likeness(claimed.street, recorded.street)
    needed = LIKE_ENOUGH if recorded.house_number else 100.0
    parts = {
        "country": bool(recorded.country) and claimed.country == recorded.country,
        "postal_code": _same_postcode(claimed, recorded),
        "street": bool(recorded.street) and likeness >= needed,
        "house_number": claimed.house_number == recorded.house_number,
        "house_letter": claimed.house_letter == recorded.house_letter,
    }
    if shared:
        parts["unit"] = normalise_unit(claimed.unit) == normalise_unit(recorded.unit)
    return Comparison(agrees=all(parts.values()), parts=parts, street_likeness=likeness)


def _same_postcode(claimed: Address, recorded: Address) -> bool:
    if not recorded.postal_code and postcodes.is_needed(recorded.country):
        return False
    return postcodes.compact(claimed.postal_code) == postcodes.compact(recorded.postal_code)


def _segments(line: str, postal_code: str, city: str, country: str) -> list[str]:
    """Return the line's parts between commas, without a repeated postcode, town or country."""
    known = {postcodes.compact(postal_code), streets.fold(city), country.casefold(), ""}
    parts = []
    for part in re.split(r"[,;\n]", line):
        part = " ".join(part.split())
        if {streets.fold(part), postcodes.compact(part)} & known:
            continue
        if postal_code and postcodes.compact(part).startswith(postcodes.compact(postal_code)):
            continue
        parts.append(part)
    return parts


def _split_unit(segments: list[str], country: str) -> tuple[list[str], int, str]:
    """Return the parts but the flat or door, which of them has the number, and flat or door."""
    mains: list[str] = []
    unit = ""
    for segment in segments:
        if not unit and _is_unit(segment):
            unit = segment
        elif mains and _ONLY_NUMBER.match(mains[-1]):
            mains[-1] = f"{mains[-1]} {segment}"  # "17, rue de Rivoli"
        elif mains and not unit and len(segment) <= 6 and any(map(str.isdigit, segment)):
            unit = segment
        else:
            mains.append(segment)
    at = next((i for i, part in enumerate(mains) if any(map(str.isdigit, part))), None)
    if at is None:
        return mains, 0, unit
    mains[at], tail = _cut_unit(mains[at], country)
    return mains, at, unit or tail


def _is_unit(segment: str) -> bool:
    """Say whether all of a segment is a flat or door."""
    bare = segment.strip("(). ")
    matches = (pattern.search(bare) for pattern in _UNITS)
    return any(found is not None and found["unit"] == bare for found in matches)


def _cut_unit(text: str, country: str) -> tuple[str, str]:
    """Cut the flat or door off the end, or off the beginning, of street and number."""
    leading = _LEADING_UNIT.match(text)
    if leading:
        return text[leading.end() :], leading["unit"]
    for pattern in _UNITS:
        found = pattern.search(text)
        if found and any(map(str.isdigit, text[: found.start()])):
            return text[: found.start()].rstrip(" ,;/("), found["unit"]
    patterns = [_STROKE]
    if country in HYPHEN_IS_DOOR:
        patterns += [_HYPHEN_DOOR, _ADDITION]
    if country in STAIR_LETTER_IS_PART:
        patterns.append(_STAIR)
    for pattern in patterns:
        found = pattern.match(text)
        if found:
            return found["main"].strip(), found["unit"]
    return text, ""


def _split_number(text: str, country: str) -> tuple[str, str, str]:
    """Return street, house number and letter; a text without a number is all street."""
    order = [_NUMBER_LAST, _NUMBER_APART, _NUMBER_FIRST]
    if country in NUMBER_FIRST:
        order.reverse()
    for pattern in order:
        found = pattern.match(text)
        if found:
            return found["street"].strip(" ,"), found["number"], found["letter"] or ""
    return text, "", ""
