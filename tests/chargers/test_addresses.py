"""An address is read as its country writes it, and compared part by part."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargers import addresses, postcodes, streets

STREETS = {
    "NO": ["Storgata", "Eksempelveien", "Fjæreløkka", "1. mai gate", "Kong Olavs plass"],
    "SE": ["Exempelgatan", "Provvägen"],
    "DK": ["Eksempelgade", "Søndre Allé"],
    "DE": ["Musterstraße", "Straße des 17. Juni", "Beispielweg"],
    "GB": ["Example Mews", "St John's Road"],
    "FR": ["Rue du 8 Mai 1945", "Avenue Charles Floquet"],
    "NL": ["Voorbeeldstraat", "Herengracht"],
    "FI": ["Esimerkkikatu"],
    "IS": ["Dæmigata", "Bergstaðastræti"],
    "PL": ["Adama Asnyka"],
}
POSTCODES = {
    "NO": "0155",
    "SE": "111 22",
    "DK": "8000",
    "DE": "10115",
    "GB": "SW1A 1AA",
    "FR": "75007",
    "NL": "1012 AB",
    "FI": "00100",
    "IS": "101",
    "PL": "59-700",
}
NUMBER_FIRST = {"GB", "FR"}
UNITS = {
    "NO": ["H0201", "leil. 302"],
    "SE": ["lgh 1102"],
    "DK": ["2. tv", "st. th"],
    "GB": ["Flat 2"],
    "DE": ["Whg 12"],
}


def parse(line, country="NO", **fields):
    fields = {"postal_code": POSTCODES.get(country, ""), "city": "Town"} | fields
    return addresses.parse(line=line, country=country, **fields)


@st.composite
def written(draw):
    """An address and one of the ways in which it is written."""
    country = draw(st.sampled_from(sorted(STREETS)))
    street = draw(st.sampled_from(STREETS[country]))
    number = str(draw(st.integers(1, 9999)))
    letter = draw(st.sampled_from(["", "A", "b", "C"]))
    gap = draw(st.sampled_from(["", " "])) if letter else ""
    house = f"{number}{gap}{letter}"
    line = f"{house} {street}" if country in NUMBER_FIRST else f"{street} {house}"
    unit = draw(st.sampled_from(["", *UNITS.get(country, [])]))
    if unit:
        line = f"{line}, {unit}"
    return country, street, number, letter.upper(), unit, line


@settings(max_examples=400, deadline=None)
@given(written())
def test_a_line_is_read_into_its_parts(example):
    country, street, number, letter, unit, line = example

    read = parse(line, country)

    assert (read.street, read.house_number, read.house_letter) == (street, number, letter)
    assert read.unit == addresses.normalise_unit(unit)


@settings(max_examples=300, deadline=None)
@given(written(), st.integers(1, 9999))
def test_another_house_number_never_agrees(example, other):
    country, street, number, _letter, _unit, line = example
    here = parse(line, country)
    there = parse(line.replace(number, str(other)) if country != "FR" else line, country)

    compared = addresses.compare(there, here, shared=False)

    assert compared.agrees == (there.house_number == here.house_number)
    assert addresses.compare(here, here, shared=True).agrees


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.text(max_size=20), st.text(max_size=20), st.text(max_size=3))
def test_any_text_is_kept_and_never_fails(line, postal_code, city, country):
    read = addresses.parse(line=line, postal_code=postal_code, city=city, country=country)

    addresses.problems(read)
    addresses.compare(read, read, shared=True)


@pytest.mark.parametrize(
    ("line", "country", "street", "number", "letter", "unit"),
    [
        ("Storgata 12 B", "NO", "Storgata", "12", "B", ""),
        ("storgata 12b", "NO", "storgata", "12", "B", ""),
        ("Storgata 12 B H0201", "NO", "Storgata", "12", "B", "H0201"),
        ("Storgata 12 H0201", "NO", "Storgata", "12", "", "H0201"),
        ("Storgata 12 B, 0155 Oslo", "NO", "Storgata", "12", "B", ""),
        ("Musterstraße 78b", "DE", "Musterstraße", "78", "B", ""),
        ("Musterstr. 12-14", "DE", "Musterstr.", "12-14", "", ""),
        ("Straße des 17. Juni 135", "DE", "Straße des 17. Juni", "135", "", ""),
        ("Q7 24", "DE", "Q7", "24", "", ""),
        ("118A Example Mews", "GB", "Example Mews", "118", "A", ""),
        ("Example Mews 118A", "GB", "Example Mews", "118", "A", ""),
        ("Flat 2, 118A Example Mews", "GB", "Example Mews", "118", "A", "2"),
        ("Orchard House, 12 West Road", "GB", "Orchard House, West Road", "12", "", ""),
        ("17 bis Rue du 8 Mai 1945", "FR", "Rue du 8 Mai 1945", "17", "BIS", ""),
        ("17, rue de Rivoli", "FR", "rue de Rivoli", "17", "", ""),
        ("Exempelgatan 54 lgh 1102", "SE", "Exempelgatan", "54", "", "1102"),
        ("Eksempelgade 5, 2. sal tv.", "DK", "Eksempelgade", "5", "", "2TV"),
        ("Eksempelgade 5 st. th", "DK", "Eksempelgade", "5", "", "STTH"),
        ("Esimerkkikatu 178 A 12", "FI", "Esimerkkikatu", "178", "A", "12"),
        ("Herengracht 573-2", "NL", "Herengracht", "573", "", "2"),
        ("Herengracht 573 hs", "NL", "Herengracht", "573", "", "HS"),
        ("Rue Salmon 67 bte 3", "BE", "Rue Salmon", "67", "", "3"),
        ("Stauffenstraße 5/2/13", "AT", "Stauffenstraße", "5", "", "2-13"),
        ("Adama Asnyka 1/5", "PL", "Adama Asnyka", "1", "", "5"),
        ("Willoughby House, Moor Lane", "GB", "Willoughby House, Moor Lane", "", "", ""),
        ("Avenue du XVe Corps", "FR", "Avenue du XVe Corps", "", "", ""),
    ],
)
def test_addresses_as_countries_write_them(line, country, street, number, letter, unit):
    read = parse(line, country, city="Oslo")

    found = (read.street, read.house_number, read.house_letter, read.unit)
    assert found == (street, number, letter, unit)


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("SW1A1AA", "sw1a 1aa", "GB"),
        ("111 22", "11122", "SE"),
        ("SE-111 22", "11122", "SE"),
        ("1012ab", "1012 AB", "NL"),
        ("71637", "71-637", "PL"),
        ("N-0150", "0150", "NO"),
        ("LV1073", "LV-1073", "LV"),
    ],
)
def test_postcodes_are_written_as_their_country_does(one, other, country):
    first = parse("Storgata 1", country, postal_code=one)
    second = parse("Storgata 1", country, postal_code=other)

    assert first.postal_code == second.postal_code
    assert postcodes.is_valid(first.postal_code, country)
    assert addresses.compare(first, second, shared=False).agrees


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Storgata", "Storgt."),
        ("Storgata", "Storgaten"),
        ("Storgata", "Stor gate"),
        ("Musterstraße", "Musterstr."),
        ("Musterstraße", "Muster Strasse"),
        ("Prøvegata", "Provegata"),
        ("Prøvegata", "Proevegata"),
        ("Provvägen", "Provv."),
        ("Exempelgatan", "Exempelg."),
        ("Eksempelveien", "Eksempelvn"),
        ("Oak Road", "Oak Rd"),
        ("Åsveien", "Aasveien"),
        ("Rue de l'Église", "rue de l eglise"),
    ],
)
def test_one_street_in_two_spellings(one, other):
    assert streets.likeness(one, other) >= streets.LIKE_ENOUGH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kirkegata", "Kirkeveien"),
        ("Østre gate", "Vestre gate"),
        ("Storgata", "Torggata"),
        ("Main Street", "North Main Street"),
        ("Oak Road", "Oak Lane"),
        ("Storgata", ""),
    ],
)
def test_two_streets_are_not_one(one, other):
    assert streets.likeness(one, other) < streets.LIKE_ENOUGH


def test_what_differs_is_named():
    recorded = parse("Storgata 12 B, H0201")

    compared = addresses.compare(parse("Storgt. 21 B, H0202"), recorded, shared=True)

    assert not compared.agrees
    assert [part for part, same in compared.parts.items() if not same] == ["house_number", "unit"]
    assert addresses.compare(parse("Storgata 12b, H0202"), recorded, shared=False).agrees


@pytest.mark.parametrize("field", ["country", "postal_code"])
def test_a_record_without_country_or_postcode_agrees_with_nothing(field):
    here = parse("Storgata 12")
    recorded = addresses.Address(**(vars(here) | {field: ""}))

    assert not addresses.compare(here, recorded, shared=False).parts[field]
    assert not addresses.compare(recorded, recorded, shared=False).agrees


def test_without_a_house_number_only_the_same_name_agrees():
    recorded = parse("Moor Lane", "GB")

    assert addresses.compare(parse("moor lane", "GB"), recorded, shared=False).agrees
    assert not addresses.compare(parse("Moor Lanes", "GB"), recorded, shared=False).agrees


def test_problems_are_named_by_field():
    good = parse("Storgata 12")
    assert addresses.problems(good) == {}
    assert set(addresses.problems(addresses.Address(country="XX"))) == {"country", "street", "city"}
    assert "0025" in addresses.problems(parse("Storgata 12", postal_code="15"))["postal_code"]
    assert addresses.problems(parse("Dæmigata 1", "IS", postal_code="")) == {}
