"""What a file tells first is recorded."""

from datetime import UTC, datetime

import pytest

from accounts.models import ContactPoint, InstallerFirm, User
from chargers.models import (
    Charger,
    Hold,
    Installation,
    OwnerState,
    Proposal,
    Tenure,
)
from chargers.services import registry
from records import clock
from records.models import Event, OutboxRow
from tests.chargers.registry_files import (
    charger_row,
    pin_of,
    place_row,
)
from tests.chargers.world import make_person

pytestmark = pytest.mark.django_db
SERIAL = "ZAP000001"


def charger():
    return Charger.objects.get(serial=SERIAL)


def test_a_row_makes_charger_place_owner_firm_and_sealed_pin(ours):
    ours()

    made = charger()
    assert (made.vendor, made.model, made.owner_state) == ("maker", "Go", OwnerState.KNOWN)
    assert made.registered_at and pin_of(made) == "0042"
    tenure = made.owner_tenure(clock.now())
    assert tenure.starts_at == datetime(2024, 3, 1, tzinfo=UTC)
    assert tenure.source.startswith("import:") and not tenure.established
    assert (tenure.person.email, tenure.person.name) == ("owner@example.org", "Demo Owner")
    assert tenure.person.proved_at is None and not tenure.person.has_usable_password()
    assert ContactPoint.objects.get().value == "owner@example.org"
    place = made.installation
    assert (place.street, place.house_number, place.house_letter) == ("Storgata", "12", "B")
    assert (place.country, place.time_zone) == ("NO", "Europe/Oslo")
    firm = InstallerFirm.objects.get()
    assert firm.registered_at and firm.email == "post@elektro.example"
    service = Tenure.objects.service().get()
    assert (service.installation, service.firm) == (place, firm)
    assert Event.objects.filter(kind="import_applied").count() == 1


@pytest.mark.parametrize(
    ("email", "name", "state"),
    [
        ("owner@example.org", "", "known"),
        ("none", "", "none"),
        ("None", "", "none"),
        ("", "", "unknown"),
        ("", "Demo Owner", "known"),
    ],
)
def test_missing_data_is_unknown_and_never_none(ours, email, name, state):
    ours({"owner_email": email, "owner_name": name})
    ours({"owner_email": email, "owner_name": name})

    assert charger().owner_state == state
    assert Tenure.objects.owners().count() == (state == "known")
    assert User.objects.count() == (state == "known")


def test_the_optional_columns_are_taken(ours):
    ours(
        {
            "owner_phone": "+4712345678",
            "owner_address": "Lillegata 1, 0155 Oslo",
            "unit": "P 12",
            "kind": "shared",
            "board_email": "board@example.org",
        }
    )

    assert charger().unit == "P 12"
    place = Installation.objects.get()
    assert (place.kind, place.board.email) == ("shared", "board@example.org")
    told = ContactPoint.objects.filter(user__email="owner@example.org")
    assert set(told.values_list("kind", flat=True)) == {"email", "phone", "post"}


def test_an_installer_named_without_an_address_is_not_registered(ours):
    ours({"service_email": ""})

    assert InstallerFirm.objects.get().registered_at is None


def test_a_person_who_is_here_already_becomes_the_owner_as_they_are(ours):
    person = make_person(email="owner@example.org", name="Demo Owner", proved_at=clock.now())

    ours()

    assert charger().owner(clock.now()) == person
    assert User.objects.get().proved_at


def test_a_first_owner_for_a_charger_known_without_one_is_recorded(ours, page):
    page(charger_row())
    assert charger().owner_state == OwnerState.UNKNOWN

    ours()

    assert charger().owner_state == OwnerState.KNOWN
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("kind", Hold.Kind.values)
@pytest.mark.parametrize("email", ["owner@example.org", "none"])
def test_nothing_is_recorded_past_an_open_hold(ours, page, kind, email):
    page(charger_row(), place_row())
    Hold.objects.create(charger=charger(), kind=kind, placed_at=clock.now())

    ours({"owner_email": email})

    assert charger().owner_state == OwnerState.UNKNOWN
    assert not Tenure.objects.exists()
    kinds = set(Proposal.objects.values_list("kind", flat=True))
    assert kinds == {Proposal.Kind.OWNER, Proposal.Kind.SERVICE_FIRM}


def test_nothing_is_recorded_past_an_open_ticket(ours, page, settings):
    settings.CHARGERS_WITH_OPEN_TICKETS = f"{__name__}.every_charger"
    page(charger_row())

    ours()

    assert charger().owner_state == OwnerState.UNKNOWN
    assert Proposal.objects.get(kind=Proposal.Kind.OWNER).person.email == "owner@example.org"


def every_charger(ids):
    return set(ids)


def test_an_import_registers_a_charger_that_a_ticket_made(ours):
    waiting = registry.make_unregistered(serial="zap-ooooo1", at=clock.now())
    assert registry.find("ZAP 000001") == waiting

    ours()

    found = Charger.objects.get()
    assert found.pk == waiting.pk
    assert (found.vendor, found.serial, found.model) == ("maker", SERIAL, "Go")
    assert found.registered_at and found.owner(clock.now()) and pin_of(found) == "0042"
    row = OutboxRow.objects.get(topic="charger_registered")
    assert row.payload == {"charger_uid": str(found.uid)}
    ours()
    assert OutboxRow.objects.filter(topic="charger_registered").count() == 1


def test_a_serial_is_found_exactly_first_and_then_as_it_may_be_misread(ours):
    ours({}, {"serial": "XYZO1"}, {"serial": "XYZ01"})

    assert registry.find(" zap-OOO.ooi ") == charger()
    assert registry.find("xyz-o1").serial == "XYZO1"
    assert registry.find("xyz 01").serial == "XYZ01"
    assert registry.find("XYZOI") is None, "two labels may be meant"
    assert registry.find("GPN000001") is None


def test_a_charger_is_made_unregistered_once():
    one = registry.make_unregistered(serial="GPN 000001", at=clock.now())
    other = registry.make_unregistered(serial="gpn000001", at=clock.now())

    assert one == other
    assert (one.vendor, one.registered_at, one.owner_state) == ("", None, "unknown")
