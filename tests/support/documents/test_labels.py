"""What a photo of a label tells: the serial, the request code, and what must be covered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.documents import FactKind, facts_of
from tests.support.documents.written import code, page, photo, read

K = FactKind
OURS = "amber-otter-4821"


def values(facts, kind):
    return [fact.value for fact in facts if fact.kind == kind]


@pytest.mark.parametrize(
    "text",
    ["ZPR123456", "Serial: ZPR 123456", "S/N ZPR-123456", "zpr123456", "2PR123456", "ZPR I23456"],
)
def test_a_serial_is_read_however_it_is_printed(text):
    facts = facts_of([photo()], optical=read(text))

    assert values(facts, K.SERIAL) == ["ZPR123456"]


@pytest.mark.parametrize("text", ["AZPR1234567", "ABC123456", "ZPR12345", "phone 22 12 34 56"])
def test_what_is_no_serial_is_none(text):
    assert values(facts_of([photo()], optical=read(text)), K.SERIAL) == []


@pytest.mark.parametrize(
    "text", ["ZPR123456", "https://example.com/?s=ZPR123456&x=1", "SN:ZPR123456;M:Pro"]
)
def test_a_serial_in_a_code_is_read(text):
    facts = facts_of([photo(code(text))])

    assert values(facts, K.SERIAL) == ["ZPR123456"]
    assert facts[0].box == (0.5, 0.5, 0.1, 0.1)


@pytest.mark.parametrize(
    "lines",
    [
        ["amber-otter-4821"],
        ["AMBER OTTER 4821"],
        ["amber", "otter", "4821"],
        ["amber otter", "4821"],
        ["arnber-otter-4821"],
        ["amber—0tter—4821"],
        ["Code: amber - otter - 4B2l"],
    ],
)
def test_the_expected_code_is_read_also_from_a_hand(lines):
    facts = facts_of([photo()], optical=read(*lines), expected_code=OURS)

    assert values(facts, K.REQUEST_CODE) == [OURS]
    assert values(facts, K.OTHER_REQUEST_CODE) == []


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("amber-otter-4822", ["amber-otter-4822"]),
        ("brave-apple-0001", ["brave-apple-0001"]),
        ("amber-copper-9999", ["amber-copper-9999"]),
        ("hello-world-4821", []),
        ("amber otter 482", []),
    ],
)
def test_another_tickets_code_is_told_and_is_never_ours(line, other):
    facts = facts_of([photo()], optical=read(line), expected_code=OURS)

    assert values(facts, K.REQUEST_CODE) == []
    assert values(facts, K.OTHER_REQUEST_CODE) == other


@pytest.mark.parametrize(
    "text", ["PIN: 4821", "PIN 4821", "PIN-kode: 48 21", "Pin code 4821", "PIN4821", "PIN: 4B2l 1"]
)
def test_a_labelled_pin_has_a_place_and_no_value(text):
    facts = facts_of([photo()], optical=read("Charger Pro", text))

    pins = [fact for fact in facts if fact.kind == K.PIN]
    assert [fact.value for fact in pins] == [""]
    left, top, width, height = pins[0].box
    assert top <= 0.15 <= 0.18 <= top + height
    assert left + width >= 0.1 + len(text) * 0.01 - 0.011
    assert "4821" not in str([fact.to_dict() for fact in pins])


def test_a_pin_under_or_beside_its_label_and_in_a_code_is_found():
    under = facts_of([photo()], optical=read("PIN", "4821"))
    beside = facts_of([page("PIN   4821")])
    within = facts_of([photo(code("SN=ZPR123456;PIN=4821"))])

    for facts in (under, beside, within):
        assert [fact.value for fact in facts if fact.kind == K.PIN] == [""]


@pytest.mark.parametrize(
    ("line", "country"),
    [
        ("15076500565", "NO"),
        ("150765 00565", "NO"),
        ("640823-3234", "SE"),
        ("19640823-3234", "SE"),
        ("211062-5629", "DK"),
        ("86 095 742 719", "DE"),
        ("Fødselsnummer: 01010112345", None),
        ("CPR-nr. 0101701234", "DK"),
        ("Steuer-ID: 12345678901", None),
        ("Personalausweisnr: L01X00T471", None),
    ],
)
def test_a_national_identity_number_has_a_place_and_no_value(line, country):
    facts = [fact for fact in facts_of([page(line)]) if fact.kind == K.NATIONAL_ID]

    assert [fact.value for fact in facts] == [""]
    assert facts[0].detail.get("country") == country
    assert not any(map(str.isdigit, str(facts[0].detail)))


@pytest.mark.parametrize(
    "line", ["12345678901", "phone 22 12 34 56", "12.05.2024", "Kontonr 12345678903"]
)
def test_other_long_numbers_are_left_alone(line):
    assert [fact for fact in facts_of([page(line)]) if fact.kind == K.NATIONAL_ID] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=400), max_size=12))
def test_no_text_breaks_the_reading(lines):
    facts_of([page(*lines)], optical=read(*lines), expected_code=OURS)


@pytest.mark.parametrize(
    "line",
    ["A" * 9000, "Selger: " * 900, "Aa " * 3000, "PIN " * 2000, "1 " * 3000, "Kjøper Aa. " * 900,
     "Storgata 12, 0155 Oslo " * 400, "amber otter 4821 " * 500, "1.1.2024 overtas " * 500],
)  # fmt: skip
def test_no_text_ties_a_pattern_in_knots(line):
    """Each of these is done in an instant; a pattern that backtracks would never end."""
    facts_of([page(*[line] * 5)], optical=read(*[line] * 5))
