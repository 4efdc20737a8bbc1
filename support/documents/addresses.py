"""Addresses in documents, in the format of each country; the parts are chargers.addresses' own."""

import re
from collections.abc import Iterator, Sequence

from chargers import addresses, postcodes
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, above, join

# A postcode and the town behind it, as on the continent.
_CODES = {
    "NO": r"(?:NO?[- ])?\d{4}",
    "DK": r"(?:DK[- ])?\d{4}",
    "SE": r"(?:SE?[- ])?\d{3}\s?\d{2}",
    "DE": r"(?:DE?[- ])?\d{5}",
    "FI": r"(?:FI[- ])?\d{5}",
    "NL": r"(?:NL[- ])?\d{4}\s?[A-Z]{2}",
    "BE": r"(?:B[- ])?\d{4}",
    "AT": r"(?:A[- ])?\d{4}",
    "CH": r"(?:CH[- ])?\d{4}",
    "FR": r"(?:F[- ])?\d{5}",
}
_TOWN = r"(?P<town>[^\W\d_][^\W\d_.'’\-]*\.?(?:[ \-][^\W\d_.'’]+){0,3})"
_BEHIND = {
    country: re.compile(rf"(?<![\w\-])(?P<code>{code})[ ,]+{_TOWN}")
    for country, code in _CODES.items()
}
# Britain and Ireland write the postcode last.
_LAST = {
    "GB": re.compile(r"(?<!\w)(?P<code>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})(?!\w)"),
    "IE": re.compile(r"(?<!\w)(?P<code>[A-Z]\d[\dW]\s*[A-Z\d]{4})(?!\w)"),
}
# Four digits and a town are an address in many countries; what a street is called tells which.
_STREETS = {
    "SE": re.compile(r"\w(?:gatan|vagen|grand|torget|stigen)\b"),
    "DK": re.compile(r"\w(?:gade|vej|vejen|strade|pladsen)\b"),
    "NO": re.compile(r"\w(?:gata|gate|vei|veien|vegen|plassen)\b"),
    "DE": re.compile(r"\w(?:strasse|stra.e|str\.|weg|platz|allee)(?!\w)"),
    "NL": re.compile(r"\w(?:straat|laan|plein|gracht)\b"),
    "FI": re.compile(r"\w(?:katu|tie|kuja)\b"),
    "FR": re.compile(r"\b(?:rue|avenue|boulevard|impasse|chemin)\b"),
}
_LABEL = re.compile(r"^.*?[:;]\s*|^(?:adresse?|address|anschrift|bolig|property)\s+", re.IGNORECASE)
# A town ends where the form goes on.
_NO_TOWN = re.compile(
    r"\s+(?:gnr|bnr|i|in|og|und|and|och|tlf|tel|telefon|e-?post|kommune|mobil|heretter|the|f|fnr"
    r"|som|til|fra|med|ved|eiendom\w*|norge|norway|sverige|danmark|deutschland|germany)\b.*$",
    re.IGNORECASE,
)
_MOST = 20


def find_addresses(lines: Sequence[Line], countries: Sequence[str]) -> list[Fact]:
    """Return each address once: street and number, postcode and town of one of the countries."""
    facts: dict[str, Fact] = {}
    for line in lines:
        for fact in _in_line(line, lines, countries):
            facts.setdefault(fact.value.casefold(), fact)
    return list(facts.values())[:_MOST]


def _likeliest(line: Line, countries: Sequence[str]) -> list[str]:
    """Return the countries with the one first whose way of naming streets this is."""
    spelt = [country for country, kind in _STREETS.items() if kind.search(line.plain)]
    first = [country for country in spelt if country in countries]
    return [*first, *(country for country in countries if country not in first)]


def _in_line(line: Line, lines: Sequence[Line], countries: Sequence[str]) -> Iterator[Fact]:
    taken: list[int] = []
    for country in _likeliest(line, countries):
        pattern = _BEHIND.get(country) or _LAST.get(country)
        for found in pattern.finditer(line.text) if pattern else ():
            if found.start("code") in taken:
                continue
            read = _continental if country in _BEHIND else _british
            fact = read(line, found, lines, country)
            if fact:
                taken.append(found.start("code"))
                yield fact


def _continental(line: Line, found: re.Match, lines: Sequence[Line], country: str) -> Fact | None:
    town = _NO_TOWN.sub("", found["town"]).strip(" .,-")
    before = line.text[: found.start()].rstrip(" ,;")
    street = _after_label(before)
    if any(map(str.isdigit, street)):
        start = len(before) - len(street)
        return _fact(line, start, found.end(), street, found["code"], town, country)
    # The street stands above: one line that ends where this one begins.
    if before and not before.endswith(":"):
        return None
    for other in above(line, lines):
        street = _after_label(other.text)
        both = join(line.page, [*other.words, *line.words])
        start = len(other.text) - len(street)
        end = len(other.text) + 1 + found.end()
        fact = _fact(both, start, end, street, found["code"], town, country)
        if fact:
            return fact
    return None


def _british(line: Line, found: re.Match, lines: Sequence[Line], country: str) -> Fact | None:
    """Read "12 High Street, London SW1A 1AA", in one line or with the street in those above."""
    for other in (None, *above(line, lines)):
        both = join(line.page, [*other.words, *line.words]) if other else line
        shift = len(other.text) + 1 if other else 0
        text = both.text[: found.start() + shift]
        text = f"{other.text}, {line.text[: found.start()]}" if other else text
        parts = [part for part in re.split(r"\s*,\s*", _after_label(text)) if part.strip()]
        if len(parts) < 2:
            continue
        street = ", ".join(parts[:-1]) if len(parts) > 2 else parts[0]
        fact = _fact(
            both, 0, found.end() + shift, street, found["code"], parts[-1].strip(), country
        )
        if fact:
            return fact
    return None


def _after_label(text: str) -> str:
    return _LABEL.sub("", text).strip(" ,;")


def _fact(
    line: Line, start: int, end: int, street: str, code: str, town: str, country: str
) -> Fact | None:
    postal_code = postcodes.normalise(code, country)
    if not town or not postcodes.is_valid(postal_code, country) or len(street) > 80:
        return None
    parts = addresses.parse(line=street, postal_code=postal_code, city=town, country=country)
    if not parts.house_number or not parts.street:
        return None
    detail = {
        "street": parts.street,
        "house_number": parts.house_number,
        "house_letter": parts.house_letter,
        "unit": parts.unit,
        "postal_code": parts.postal_code,
        "city": parts.city,
        "country": country,
    }
    number = f"{parts.house_number}{parts.house_letter}"
    order = (number, parts.street) if country in addresses.NUMBER_FIRST else (parts.street, number)
    place = line.place(start, end)
    value = f"{' '.join(order)}, {parts.postal_code} {parts.city}"
    sure = 0.9 * line.confidence(start, end)
    return Fact(FactKind.ADDRESS, value, line.page, place, line.source, sure, detail)
