"""The report counts chargers, PINs, owners, contacts and the tiers to expect."""

import json

import pytest
from django.core.management import call_command
from django.db import transaction

from chargers.models import Charger, Tenure
from chargers.services import registry, tenures
from chargers.services.summary import summarise, total
from records import clock
from tests.chargers.registry_files import (
    VENDOR_SAMPLES,
    charger_row,
    needs_samples,
    place_row,
    run,
    write_constants,
    write_csv,
    write_page,
)
from tests.chargers.world import make_person

pytestmark = pytest.mark.django_db


def lines():
    return {(line.country, line.source): line for line in summarise(at=clock.now())}


def only(*rows, tmp_path):
    run(write_csv(tmp_path / "ours.csv", *rows))
    (line,) = lines().values()
    return line


def tiers(line):
    return {
        name: getattr(line, name)
        for name in ("at_once", "low", "normal", "high", "not_yet")
        if getattr(line, name)
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, {"low": 1}),
        ({"owner_email": "", "owner_name": ""}, {"normal": 1}),
        ({"owner_email": "none"}, {"low": 1}),
        ({"owner_email": ""}, {"high": 1}),
        ({"owner_email": "", "owner_address": "Lillegata 1, 0155 Oslo"}, {"normal": 1}),
        ({"owner_email": "post@elektro.example"}, {"high": 1}),
        ({"address": ""}, {"high": 1}),
        ({"country": ""}, {"high": 1}),
        ({"kind": "shared"}, {"not_yet": 1}),
        ({"kind": "shared", "board_email": "board@example.org"}, {"low": 1}),
    ],
    ids=str,
)
def test_the_tier_to_expect_follows_owner_and_contact(row, expected, tmp_path):
    assert tiers(only(row, tmp_path=tmp_path)) == expected


def test_an_established_owner_can_be_asked_at_once(tmp_path):
    run(write_csv(tmp_path / "ours.csv", {}))
    Tenure.objects.owners().update(established_at=clock.now())

    assert tiers(*lines().values()) == {"at_once": 1}


def test_an_owner_who_was_released_here_is_told_apart(tmp_path):
    run(write_csv(tmp_path / "ours.csv", {}))
    with transaction.atomic():
        charger = Charger.objects.lock(Charger.objects.get().pk)
        tenures.end_ownership(charger=charger, at=clock.now(), origin="ticket:x", state="released")

    (line,) = lines().values()
    assert (line.owner_released, line.owner_known, tiers(line)) == (1, 0, {"low": 1})


def test_contacts_missing_and_shared_are_counted(tmp_path):
    rows = [
        {},
        {"serial": "ZAP000002", "owner_email": ""},
        {"serial": "ZAP000003", "owner_email": "post@elektro.example"},
    ]

    line = only(*rows, tmp_path=tmp_path)

    assert (line.chargers, line.pins, line.owner_known) == (3, 3, 3)
    assert (line.contact_missing, line.contact_shared) == (1, 1)


def test_countries_and_sources_have_lines_of_their_own(tmp_path):
    run(
        write_csv(tmp_path / "ours.csv", {}, {"serial": "ZAP000002", "country": "SE"}),
        write_constants(tmp_path / "constants.json"),
        write_page(tmp_path / "page.json", charger_row("ZAP000003"), place_row(Name="Home 9")),
    )
    registry.make_unregistered(serial="GPN000001", at=clock.now())

    found = lines()

    assert set(found) == {("NO", "csv"), ("SE", "csv"), ("NO", "maker"), ("", "ticket")}
    assert tiers(found["", "ticket"]) == {"not_yet": 1}
    assert total(list(found.values())).chargers == 4


def test_an_ended_tenure_is_no_owner(tmp_path):
    run(write_csv(tmp_path / "ours.csv", {"owner_email": ""}))
    with transaction.atomic():
        charger = Charger.objects.lock(Charger.objects.get().pk)
        tenures.change_owner(charger=charger, to=make_person(), at=clock.now(), origin="ticket:x")

    (line,) = lines().values()
    assert (line.contact_missing, tiers(line)) == (0, {"at_once": 1})


def test_the_command_prints_a_table_and_json(tmp_path, capsys):
    run(write_csv(tmp_path / "ours.csv", {}))
    capsys.readouterr()

    call_command("registry_report")
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["country", "source", "chargers"]
    assert [row.split()[:3] for row in rows] == [["NO", "csv", "1"], ["total", "1", "1"]]

    call_command("registry_report", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["lines"][0]["country"] == "NO"
    assert answer["total"]["chargers"] == 1


def test_an_empty_registry_has_a_report(capsys):
    call_command("registry_report")

    assert "total" in capsys.readouterr().out


@needs_samples
def test_the_samples_add_up():
    run(VENDOR_SAMPLES)

    found = summarise(at=clock.now())
    whole = total(found)

    assert whole.chargers == 70 == sum(tiers(whole).values())
    assert (whole.pins, whole.owner_known, whole.owner_unknown) == (69, 48, 22)
    assert {line.country for line in found} == {
        *("", "DE", "DK", "FI", "GB", "IS", "NL", "NO", "SE")
    }
