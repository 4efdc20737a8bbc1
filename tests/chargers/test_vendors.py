"""Every vendor in the table keeps the contract: a new line is tested by being there."""

import re

import pytest

from chargers.vendors import DEFAULT_VENDOR, VENDORS
from chargers.vendors.protocol import ChargerSaid, PlaceSaid, RowRefused

ALL = pytest.mark.parametrize("key", VENDORS)
NOT_ROWS = [None, "text", 7, [], {}, {"Foo": 1}]
CHARGER = {"DeviceId": "ZAP000001", "Pin": "0042", "Name": "Garage", "InstallationId": "i-1"}
PLACE = {"Id": "i-1", "Name": "Home", "Address": "Storgata 1", "ZipCode": "0155", "City": "Oslo"}


@ALL
def test_a_vendor_has_a_key_a_name_and_serials(key):
    vendor = VENDORS[key]

    assert vendor.key == key and vendor.name
    assert DEFAULT_VENDOR in VENDORS
    prefixes = [prefix for pattern in vendor.serial_patterns for prefix in pattern.prefixes]
    assert prefixes and len(prefixes) == len(set(prefixes))
    assert all(re.fullmatch("[A-Z]{3}", prefix) for prefix in prefixes)
    assert all(pattern.model for pattern in vendor.serial_patterns)


@ALL
@pytest.mark.parametrize("row", NOT_ROWS)
def test_what_is_no_row_is_told_apart(key, row):
    assert VENDORS[key].kind_of(row) == ""


@ALL
@pytest.mark.parametrize("case", [str, lambda name: name[0].lower() + name[1:]])
def test_rows_read_alike_in_both_cases(key, case):
    vendor = VENDORS[key]
    charger = {case(name): value for name, value in CHARGER.items()}
    place = {case(name): value for name, value in PLACE.items()}

    assert (vendor.kind_of(charger), vendor.kind_of(place)) == ("charger", "place")
    said, described = vendor.read_charger(charger, 1), vendor.read_place(place, 2)
    assert isinstance(said, ChargerSaid) and isinstance(described, PlaceSaid)
    assert (said.serial, said.pin, said.place_ref) == ("ZAP000001", "0042", "i-1")
    assert (described.external_id, described.line) == ("i-1", "Storgata 1")


@ALL
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("DeviceId", None),
        ("DeviceId", 12),
        ("DeviceId", ""),
        ("Pin", 1234),
        ("Pin", "123"),
        ("Pin", "12 34"),
        ("Pin", "1" * 17),
        ("Pin", ["1234"]),
        ("Pin", True),
        ("InstallationId", {}),
        ("Id", "\u202e"),
        ("DeviceType", 8),
    ],
)
def test_a_bad_field_refuses_its_row_and_never_repeats_a_pin(key, field, value):
    with pytest.raises(RowRefused) as refusal:
        VENDORS[key].read_charger(CHARGER | {field: value}, 1)

    problem = refusal.value.problem
    assert problem.field == field and problem.reason and problem.cure
    assert str(value) not in problem.reason or value in (None, "", [], {})


@ALL
def test_a_page_names_no_owner(key):
    row = PLACE | {
        "InstallationUsers": [{"Email": "guest@example.org"}],
        "ContactEmail": "contact@example.org",
    }

    described = VENDORS[key].read_place(row, 1)

    assert described.contact_email == "contact@example.org"
    assert "guest@example.org" not in repr(described)


def test_what_a_row_says_is_printed_without_its_pin():
    assert "7291" not in repr(ChargerSaid(number=1, vendor="maker", serial="ZAP000001", pin="7291"))
