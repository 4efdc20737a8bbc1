"""Dates as they are written in English, Norwegian, Swedish, Danish and German documents."""

import re
from collections.abc import Iterator
from datetime import date

# By their first three plain letters: "mai", "maj" and "may" are one; "mar" is March and März.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan",
            "feb",
            "mar",
            "apr",
            "may mai maj",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct okt",
            "nov",
            "dec des dez",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME = (
    r"(?P<name>jan(?:uary|uar|uari)?|feb(?:ruary|ruar|ruari)?|mar(?:ch|s|ts|z)?|apr(?:il)?"
    r"|may|mai|maj|jun[ei]?|jul[iy]?|aug(?:ust|usti)?|sept?(?:ember)?|o[ck]t(?:ober)?"
    r"|nov(?:ember)?|de[csz](?:ember)?)\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHORT_YEAR = r"(?P<year>(?:(?:19|20)\d\d|\d\d))"
_END = r"(?!\d|[.\-/]\d)"
_FORMS = tuple(
    re.compile(rf"(?<![\d.\-/]){form}{_END}")
    for form in (
        rf"{_YEAR}[-./](?P<month>\d{{1,2}})[-./](?P<day>\d{{1,2}})",
        rf"(?P<day>\d{{1,2}})\s?[.]\s?(?P<month>\d{{1,2}})\s?[.]\s?{_SHORT_YEAR}",
        rf"(?P<day>\d{{1,2}})[/-](?P<month>\d{{1,2}})(?:[/-]|\s-\s?|\s){_SHORT_YEAR}",
        rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?{_NAME},?\s+{_YEAR}",
        rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
    )
)


def find(plain: str) -> Iterator[tuple[date, int, int]]:
    """Yield each date in a plain text (small letters, no accents) with where it stands.

    Day before month, as in all of these countries; a year of two digits is of this century.
    """
    taken: list[tuple[int, int]] = []
    for form in _FORMS:
        for found in form.finditer(plain):
            start, end = found.span()
            day = _date(found.groupdict())
            if day and not any(start < last and end > first for first, last in taken):
                taken.append((start, end))
                yield day, start, end


def _date(parts: dict[str, str | None]) -> date | None:
    month = _MONTHS[parts["name"][:3]] if parts.get("name") else int(parts["month"])
    year = int(parts["year"])
    try:
        return date(year if year > 99 else 2000 + year, month, int(parts["day"]))
    except ValueError:
        return None
