"""Files may come in any order, in one call or many, twice or once: the registry is the same."""

import itertools
import random
from contextlib import contextmanager

import pytest
from django.db import transaction

from chargers.models import AwaitedPlace, Charger, Installation, Pin, Proposal, Tenure
from tests.chargers.registry_files import (
    VENDOR_SAMPLES,
    charger_row,
    dump,
    needs_samples,
    place_row,
    run,
    write_constants,
    write_csv,
    write_page,
)

pytestmark = pytest.mark.django_db
SAMPLE_FILES = sorted(VENDOR_SAMPLES.glob("*.*")) if VENDOR_SAMPLES.is_dir() else []


def shuffles(count):
    """Return the order of names, its reverse, and others that are the same in every run."""
    orders = [SAMPLE_FILES, SAMPLE_FILES[::-1]]
    for seed in range(count):
        order = list(SAMPLE_FILES)
        random.Random(seed).shuffle(order)
        orders.append(order)
    return orders


@contextmanager
def undone():
    """Do something, look at it, and undo it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@needs_samples
def test_the_samples_make_the_registry_they_describe():
    run(VENDOR_SAMPLES)

    assert len(SAMPLE_FILES) == 9, "new sample files: look at what they need"
    # 68 stations, one of an unknown pattern, one with nothing but its serial.
    assert Charger.objects.count() == 70
    assert Charger.objects.exclude(registered_at=None).count() == 70
    assert Installation.objects.count() == 24
    assert Installation.objects.exclude(external_id__startswith="csv:").count() == 24
    assert set(Installation.objects.values_list("country", flat=True)) == {
        *("NO", "SE", "DK", "DE", "GB", "FI", "IS", "NL")
    }
    assert Pin.objects.count() == 69
    assert Tenure.objects.owners().count() == 48
    assert Charger.objects.filter(owner_state="known").count() == 48
    assert Proposal.objects.count() == 0
    assert Charger.objects.get(serial="ZGB302876").installation.name == "Demo Stavanger 2"
    waiting = AwaitedPlace.objects.values_list("charger__serial", flat=True)
    assert list(waiting) == ["GPG604133"]


@needs_samples
@pytest.mark.parametrize("order", shuffles(6), ids=lambda order: order[0].stem if order else "none")
def test_samples_one_by_one_in_any_order_and_twice_end_the_same(order):
    with undone():
        run(VENDOR_SAMPLES)
        at_once = dump()
        run(VENDOR_SAMPLES)
        assert dump() == at_once

    for path in order:
        run(path)
    assert dump() == at_once

    for path in reversed(order):
        run(path)
    assert dump() == at_once


@pytest.fixture
def four_files(tmp_path):
    """One home, told in four files: constants, installations, chargers and our CSV."""
    group = {
        "Name": "Demo Elektro AS",
        "LookupKey": "elektro",
        "SupportEmail": "post@elektro.example",
        "SupportPhone": "+4700000000",
    }
    place = place_row(
        SupportGroup=group, InstallationCategory="community", ContactEmail="desk@example.org"
    )
    return [
        write_constants(tmp_path / "constants.json"),
        write_page(tmp_path / "places.json", place),
        write_page(tmp_path / "chargers.json", charger_row(), charger_row("ZAP000002")),
        write_csv(tmp_path / "ours.csv", {}, {"serial": "ZAP000002", "owner_email": "none"}),
    ]


@pytest.mark.parametrize("order", [*itertools.permutations(range(4))], ids=str)
def test_four_files_in_every_order_end_the_same(order, four_files):
    with undone():
        run(*four_files)
        at_once = dump()

    for index in order:
        run(four_files[index])

    assert dump() == at_once
    assert Proposal.objects.count() == 0
    place = Installation.objects.get()
    assert (place.external_id, place.country, place.kind) == ("i-1", "NO", "shared")
    assert (place.street, place.house_number, place.house_letter) == ("Storgata", "12", "B")
    assert place.firm.lookup_key == "elektro" and place.firm.phone == "+4700000000"
    assert Charger.objects.filter(installation=place).count() == 2
    assert not AwaitedPlace.objects.exists()


def test_a_place_written_a_little_differently_is_still_one_place(tmp_path):
    run(write_csv(tmp_path / "ours.csv", {"address": "storgata 12b", "installation": "HOME 1"}))
    run(write_constants(tmp_path / "constants.json"), write_page(tmp_path / "p.json", place_row()))

    assert Installation.objects.count() == 1


def test_two_homes_of_one_address_are_told_apart_by_name(tmp_path):
    rows = [{}, {"serial": "ZAP000002", "installation": "Home 2"}]
    run(write_csv(tmp_path / "ours.csv", *rows))

    assert Installation.objects.count() == 2


def test_a_second_constants_file_names_the_country_of_places_on_record(tmp_path):
    place = place_row(Address="118A Example Mews", ZipCode="0155")
    run(write_page(tmp_path / "places.json", place))
    assert Installation.objects.get().country == ""

    run(write_constants(tmp_path / "constants.json"))

    place = Installation.objects.get()
    assert (place.country, place.postal_code, place.house_number) == ("NO", "0155", "118")
    assert place.country_ref == ""
