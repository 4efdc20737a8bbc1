"""What was read beside claim and registry, part by part: only the street is fuzzy."""

from datetime import UTC, date, datetime

import pytest

from chargers import addresses
from support.documents import Fact, FactKind
from support.models import EvidenceItem, Ticket
from support.reading.beside import Known, beside
from support.sandbox import Source

HERE = {"line": "Storgata 12B", "postal_code": "0150", "city": "Oslo", "country": "NO"}


def known(**changes):
    ticket = Ticket(
        request_code="amber-otter-4821",
        serial="ZAP123456",
        lookup_key="ZAP123456",
        claimant_name="Nina Marie Nyinnflyttet",
        address_line=HERE["line"],
        postal_code="0150",
        city="Oslo",
        country="NO",
        made_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    values = {
        "ticket": ticket,
        "owner_name": "Kari Eier",
        "owner_since": date(2020, 1, 1),
        "recorded": addresses.parse(**HERE),
        "is_shared": False,
        "oldest": date(2025, 11, 1),
    }
    return Known(**(values | changes))


def laid(kind, value="", **detail):
    fact = Fact(kind, value, 1, (0.1, 0.2, 0.3, 0.04), Source.PDF_TEXT, 1.0, detail)
    return beside(fact, 1, EvidenceItem(kind="purchase_agreement"), known())


def address(line, postal_code="0150"):
    parts = addresses.parse(line=line, postal_code=postal_code, city="Oslo", country="NO")
    names = ("street", "house_number", "house_letter", "unit", "postal_code", "city", "country")
    return {name: getattr(parts, name) for name in names}


@pytest.mark.parametrize(
    ("line", "postal_code", "differs"),
    [
        ("Storgata 12B", "0150", ""),
        ("Storgaten 12 B", "0150", ""),
        ("Storgata 21B", "0150", "house number (21)"),
        ("Storgata 12", "0150", "house letter (none)"),
        ("Storgata 12C", "0150", "house letter (C)"),
        ("Lillegata 12B", "0150", "street (Lillegata)"),
        ("Storgata 12B", "0151", "postcode (0151)"),
        ("Storgata 12B", "99999", "no postcode of that country"),
    ],
)
def test_only_the_street_is_fuzzy(line, postal_code, differs):
    found = laid(FactKind.ADDRESS, line, **address(line, postal_code))

    assert found.agrees is (not differs)
    assert differs in found.words


@pytest.mark.parametrize(
    ("kind", "name", "agrees"),
    [
        (FactKind.BUYER, "Nina Marie Nyinnflyttet", True),
        (FactKind.BUYER, "NYINNFLYTTET, Nina", True),
        (FactKind.BUYER, "N. Nyinnflyttet", True),
        (FactKind.BUYER, "Per Nyinnflyttet", False),
        (FactKind.BUYER, "Nina Marie Hansen", False),
        (FactKind.TENANT, "Nina Nyinnflyttet", True),
        (FactKind.SELLER, "Kari Eier", True),
        (FactKind.SELLER, "Ola Lund", False),
    ],
)
def test_names_are_compared_with_who_they_should_be(kind, name, agrees):
    assert laid(kind, name).agrees is agrees


@pytest.mark.parametrize(
    ("kind", "value", "agrees"),
    [
        (FactKind.SERIAL, "ZAP123456", True),
        (FactKind.SERIAL, "ZAPI23456", True),
        (FactKind.SERIAL, "ZAP123457", False),
        (FactKind.REQUEST_CODE, "amber-otter-4821", True),
        (FactKind.OTHER_REQUEST_CODE, "brave-lion-1122", False),
        (FactKind.TAKE_OVER_DATE, "2026-10-01", True),
        (FactKind.TAKE_OVER_DATE, "2019-12-31", False),
        (FactKind.TAKE_OVER_DATE, "2024-01-01", False),
        (FactKind.DOCUMENT_KIND, "purchase_agreement", True),
        (FactKind.DOCUMENT_KIND, "lease", False),
        (FactKind.SIGNATURE, "yes", None),
    ],
)
def test_each_fact_is_laid_beside_what_it_is_about(kind, value, agrees):
    assert laid(kind, value).agrees is agrees


def test_a_fact_has_its_place_on_the_picture_in_the_picture_s_own_measure():
    mark = laid(FactKind.SERIAL, "ZAP123456").mark(1000, 500)

    assert (mark["x"], mark["y"], mark["width"], mark["height"]) == (96, 96, 308, 28)
