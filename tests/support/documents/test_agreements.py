"""Agreements in five languages: who, where, when, what kind; where each stands."""

import pytest

from support.documents import Fact, FactKind, facts_of
from support.sandbox import Flag, FlagCode, Source
from tests.support.documents.written import page, photo, read

K = FactKind
NORWEGIAN = page(
    "KJØPEKONTRAKT",
    "Selger: Kari Demo Nordmann og Ola Nordmann, f.nr. 01010112345",
    "Kjøper: Per Prøve Hansen Fødselsnummer: 15076500565",
    "Adresse: Storgata 12B, 0155 Oslo",
    "Overtakelse: 1. mai 2024 kl. 12",
    "Sted/dato: Oslo 15.03.2024",
    "Signert med BankID",
)
SWEDISH = page(
    "KÖPEKONTRAKT",
    "Säljare   Anna Exempel Svensson",
    "Köpare   Bo Prov af Berg",
    "Tillträdesdag   2024-05-01",
    "Storgatan 5 A lgh 1102",
    "123 45 Stockholm",
)
DANISH = page(
    "Købsaftale",
    "Sælger",
    "Mette Eksempel",
    "Køber",
    "Jens Prøve",
    "Overtagelsesdag den 1. maj 2024",
    "Ejendommen: Vestergade 7, 2. tv, 8000 Aarhus C",
)
GERMAN = page(
    "Kaufvertrag",
    "zwischen Max Muster (nachfolgend Verkäufer) und",
    "Erika Beispiel, nachfolgend Käufer genannt",
    "Übergabe am 1. Mai 2024",
    "Musterstraße 12a, 10115 Berlin",
)
ENGLISH = page(
    "TENANCY AGREEMENT",
    "Landlord: John Sample",
    "Tenant: Jane Q. Example",
    "Start of tenancy: 1st May 2024",
    "End of tenancy: 30 April 2025",
    "Property: 12 High Street, London SW1A 1AA",
)


def told(document, **options):
    facts = facts_of([document], **options)
    return {(fact.kind, fact.value) for fact in facts if fact.value}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            NORWEGIAN,
            {
                (K.DOCUMENT_KIND, "purchase_agreement"),
                (K.SELLER, "Kari Demo Nordmann"),
                (K.SELLER, "Ola Nordmann"),
                (K.BUYER, "Per Prøve Hansen"),
                (K.ADDRESS, "Storgata 12B, 0155 Oslo"),
                (K.TAKE_OVER_DATE, "2024-05-01"),
                (K.SIGNED_DATE, "2024-03-15"),
                (K.SIGNATURE, "Signert med BankID"),
            },
        ),
        (
            SWEDISH,
            {
                (K.DOCUMENT_KIND, "purchase_agreement"),
                (K.SELLER, "Anna Exempel Svensson"),
                (K.BUYER, "Bo Prov af Berg"),
                (K.ADDRESS, "Storgatan 5A, 12345 Stockholm"),
                (K.TAKE_OVER_DATE, "2024-05-01"),
            },
        ),
        (
            DANISH,
            {
                (K.DOCUMENT_KIND, "purchase_agreement"),
                (K.SELLER, "Mette Eksempel"),
                (K.BUYER, "Jens Prøve"),
                (K.ADDRESS, "Vestergade 7, 8000 Aarhus C"),
                (K.TAKE_OVER_DATE, "2024-05-01"),
            },
        ),
        (
            GERMAN,
            {
                (K.DOCUMENT_KIND, "purchase_agreement"),
                (K.SELLER, "Max Muster"),
                (K.BUYER, "Erika Beispiel"),
                (K.ADDRESS, "Musterstraße 12A, 10115 Berlin"),
                (K.TAKE_OVER_DATE, "2024-05-01"),
            },
        ),
        (
            ENGLISH,
            {
                (K.DOCUMENT_KIND, "lease"),
                (K.LANDLORD, "John Sample"),
                (K.TENANT, "Jane Q. Example"),
                (K.LEASE_START_DATE, "2024-05-01"),
                (K.LEASE_END_DATE, "2025-04-30"),
                (K.ADDRESS, "12 High Street, SW1A 1AA London"),
            },
        ),
    ],
    ids=["no", "se", "dk", "de", "en"],
)
def test_an_agreement_tells_who_where_and_when(document, expected):
    assert told(document) == expected


def test_optical_reading_that_lost_its_accents_tells_the_same():
    words = read(
        "KJOPEKONTRAKT", "Kjoper: Per Prove Hansen", "Overtakelse 01.05.2024", "Storgata 12 B",
        "0155 Oslo",
    )  # fmt: skip

    facts = facts_of([photo()], optical=words)

    assert {(fact.kind, fact.value) for fact in facts} == {
        (K.DOCUMENT_KIND, "purchase_agreement"),
        (K.BUYER, "Per Prove Hansen"),
        (K.TAKE_OVER_DATE, "2024-05-01"),
        (K.ADDRESS, "Storgata 12B, 0155 Oslo"),
    }
    assert {fact.source for fact in facts} == {Source.OPTICAL}
    assert all(fact.confidence <= 0.97 for fact in facts)


def test_each_fact_says_where_it_stands():
    facts = facts_of([photo(), page(*["x"] * 3, "Kjøper: Per Prøve Hansen", number=2)])

    buyer = next(fact for fact in facts if fact.kind == K.BUYER)
    assert buyer.page == 2
    left, top, width, height = buyer.box
    assert left == pytest.approx(0.08 + 8 * 0.008)
    assert top == pytest.approx(0.05 + 3 * 0.025)
    assert width == pytest.approx(16 * 0.008)
    assert Fact.from_dict(buyer.to_dict()) == Fact(**{**vars(buyer), "confidence": 0.9})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Overtakelsesdato 01.06.24", "2024-06-01"),
        ("Take-over on 2024-6-1", "2024-06-01"),
        ("Taken over on 2024-06-01", "2024-06-01"),
        ("Handed over 1 June 2024", "2024-06-01"),
        ("Overtatt 01.06.2024", "2024-06-01"),
        ("Tillträde: 1/6 2024", "2024-06-01"),
        ("Overtagelse 1/6-2024", "2024-06-01"),
        ("Possession: June 1, 2024", "2024-06-01"),
        ("Übergabe: 01. Juni 2024", "2024-06-01"),
        ("Overtakelse: 31.02.2024", None),
        ("Overtakelse etter avtale", None),
        ("Overtakelse: tlf 12 34 56 78", None),
    ],
)
def test_dates_are_read_as_the_country_writes_them(line, expected):
    days = {fact.value for fact in facts_of([page(line)]) if fact.kind == K.TAKE_OVER_DATE}

    assert days == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("lines", "kind", "why"),
    [
        (["Dear all", "the minutes of our meeting"], "neither", "hardly_any_text"),
        (["one two three four five six seven eight nine ten"] * 3, "neither", "nothing_fits"),
        (["Kjøper: Per Prøve Hansen", "Selger: Kari Demo"], "purchase_agreement", "parties"),
        (["Husleiekontrakt"], "lease", "title"),
        (["as told in the lease agreement of last year that we both signed at noon, and so on"],
         "lease", "words"),
    ],
)  # fmt: skip
def test_the_kind_of_document_comes_with_why(lines, kind, why):
    facts = facts_of([page(*lines)])

    found = [fact for fact in facts if fact.kind == K.DOCUMENT_KIND]
    assert [(fact.value, fact.detail["why"]) for fact in found] == [(kind, why)]


def test_house_numbers_and_letters_are_told_exactly():
    facts = facts_of([page("Storgata 21, 0155 Oslo", "Storgata 12 B, 0155 Oslo")])

    parts = [fact.detail for fact in facts if fact.kind == K.ADDRESS]
    assert [(part["house_number"], part["house_letter"]) for part in parts] == [
        ("21", ""),
        ("12", "B"),
    ]


@pytest.mark.parametrize(
    "line",
    ["Oslo 15.03.2024", "Kontonr 1234 56 78901", "0155 Oslo", "Sum 2500 kroner", "1984 Oslo"],
)
def test_what_is_no_address_is_none(line):
    assert [fact for fact in facts_of([page(line)]) if fact.kind == K.ADDRESS] == []


def test_signatures_in_the_structure_are_facts():
    flags = [Flag(FlagCode.SIGNATURE, {"name": "Demo Signer", "covers_all": True})]

    facts = facts_of([photo()], flags=flags)

    assert [(fact.kind, fact.value, fact.box) for fact in facts] == [
        (K.SIGNATURE, "Demo Signer", None)
    ]
