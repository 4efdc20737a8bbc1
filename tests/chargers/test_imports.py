"""First facts are recorded, changes are proposed, and a hand-over made here stands."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError
from django.db import transaction

from accounts.models import ContactPoint, InstallerFirm, Role, User
from chargers.imports.release import most_proposals
from chargers.models import (
    Charger,
    Hold,
    ImportBatch,
    Installation,
    OwnerState,
    Pin,
    Proposal,
    Tenure,
)
from chargers.models.registry import ChargerQuerySet
from chargers.services import proposals, registry, tenures
from records import clock
from records.models import Event, OutboxRow
from tests.chargers.registry_files import (
    charger_row,
    dump,
    findings,
    pin_of,
    place_row,
    run,
    write_constants,
    write_csv,
    write_page,
)
from tests.chargers.world import make_person, make_staff

pytestmark = pytest.mark.django_db
SERIAL = "ZAP000001"


@pytest.fixture
def ours(tmp_path):
    """Return a function that imports our CSV with these rows."""

    def take(*rows, **options):
        path = write_csv(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv", *(rows or [{}]))
        run(path, **options)

    return take


@pytest.fixture
def page(tmp_path):
    """Return a function that imports a page of the maker's."""

    def take(*rows):
        run(write_page(tmp_path / f"{len(list(tmp_path.iterdir()))}.json", *rows))

    return take


def charger():
    return Charger.objects.get(serial=SERIAL)


def hand_over(to):
    with transaction.atomic():
        locked = Charger.objects.lock(charger().pk)
        tenures.change_owner(charger=locked, to=to, at=clock.now(), origin="ticket:one")


# First facts.


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


# Changes.


@pytest.mark.parametrize(
    ("change", "kind", "new"),
    [
        ({"owner_email": "b@example.org", "owner_name": "B"}, "owner", None),
        ({"owner_email": "none"}, "owner", {"owner": "none"}),
        ({"owner_email": "new@example.org"}, "owner_contact", {"email": "new@example.org"}),
        (
            {"service_email": "new@elektro.example"},
            "firm_contact",
            {"email": "new@elektro.example"},
        ),
        ({"installer": "B AS", "service_email": "b@b.example"}, "service_firm", None),
        ({"address": "Storgata 13"}, "installation", None),
        ({"installation": "Home 2", "address": "Lillegata 2"}, "installation", None),
        ({"kind": "shared"}, None, None),
        ({"city": "Bergen"}, None, None),
    ],
    ids=str,
)
def test_a_change_of_weight_is_proposed_once_and_not_made(ours, change, kind, new):
    ours()
    before = dump()

    ours(change)
    ours(change)

    if kind is None:
        assert not Proposal.objects.exists()
        return
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.state) == (kind, Proposal.State.OPEN)
    assert new is None or proposal.new == new
    after = dump()
    assert after["chargers"] == before["chargers"]
    assert [row for row in after["tenures"] if row in before["tenures"]] == before["tenures"]
    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 1


def test_a_proposed_owner_can_be_agreed_to(ours):
    ours()
    ours({"owner_email": "b@example.org", "owner_name": "B"})
    proposal = proposals.noticed(proposal=Proposal.objects.get(), at=clock.now())
    Proposal.objects.filter(pk=proposal.pk).update(notice_at=clock.now() - timedelta(days=8))

    proposals.agree(proposal=Proposal.objects.get(), by=make_staff(Role.ADMINISTRATOR))

    assert charger().owner(clock.now()).email == "b@example.org"
    ours({"owner_email": "b@example.org", "owner_name": "B"})
    assert Proposal.objects.count() == 1


def test_the_makers_changed_address_is_proposed_part_by_part(page, tmp_path):
    run(write_constants(tmp_path / "constants.json"))
    page(place_row())

    page(place_row(Address="Storgata 12 C", ContactEmail="desk@example.org", Name="Home One"))
    page(place_row(Address="Storgata 12 C", ContactEmail="other@example.org", Name="Home One"))

    place = Installation.objects.get()
    assert (place.house_letter, place.contact_email) == ("B", "desk@example.org")
    assert place.name == "Home One"
    wanted = [{"house_letter": "C"}, {"contact_email": "other@example.org"}]
    assert [proposal.new for proposal in Proposal.objects.order_by("pk")] == wanted


def test_a_shared_garage_becomes_a_home_only_by_agreement(page):
    page(place_row(InstallationCategory="community"))

    page(place_row(InstallationCategory="private"))

    assert Installation.objects.get().kind == Installation.Kind.SHARED
    assert Proposal.objects.get().new == {"kind": "home"}


def test_a_name_that_differs_is_said_and_stays(ours, tmp_path):
    ours()

    ours({"owner_name": "Somebody Else"}, report=str(tmp_path / "report"))

    assert User.objects.get().name == "Demo Owner"
    (found,) = findings(tmp_path / "report")
    assert (found["field"], found["taken"]) == ("owner_name", "yes")


def test_a_former_address_of_the_owner_is_no_change(ours):
    ours()
    person = User.objects.get()
    ContactPoint.objects.filter(user=person).update(valid_to=clock.now())
    User.objects.filter(pk=person.pk).update(email="new@example.org")

    ours()

    assert not Proposal.objects.exists()
    assert User.objects.count() == 1


def test_a_pin_is_never_overwritten(ours, tmp_path):
    ours()

    ours({"pin": "7777", "owner_email": "b@example.org"}, report=str(tmp_path / "report"))

    assert pin_of(charger()) == "0042"
    assert not Proposal.objects.exists()
    (found,) = findings(tmp_path / "report")
    assert (found["field"], found["taken"]) == ("pin", "no")


@pytest.mark.parametrize(("pins", "held"), [("none", 0), ("approved", 0), ("all", 1)])
def test_only_the_wanted_pins_are_taken_in(ours, pins, held):
    ours(pins=pins)

    assert Pin.objects.count() == held


def test_approved_pins_are_those_of_chargers_handed_over_here(ours):
    ours({}, {"serial": "ZAP000002"}, pins="none")
    hand_over(make_person())

    ours({}, {"serial": "ZAP000002"}, pins="approved")

    assert Pin.objects.get().charger == charger()


# Hand-overs.


def test_the_old_owner_in_a_file_means_that_proof_is_awaited(ours, tmp_path):
    ours()
    new = make_person(name="New Owner")
    hand_over(new)

    ours({}, report=str(tmp_path / "report"))

    assert charger().owner(clock.now()) == new
    assert charger().owner_tenure(clock.now()).proof_awaited
    assert not Proposal.objects.exists()
    assert findings(tmp_path / "report")[0]["field"] == "owner_email"


@pytest.mark.parametrize("email", ["none", ""])
def test_no_owner_in_a_file_does_not_undo_a_hand_over(ours, email):
    ours()
    new = make_person()
    hand_over(new)

    ours({"owner_email": email, "owner_name": ""})

    assert charger().owner(clock.now()) == new
    assert not Proposal.objects.exists()


def test_the_new_owner_in_a_file_is_the_proof(ours):
    ours()
    hand_over(make_person(email="new@example.org", name="New Owner"))

    ours({"owner_email": "new@example.org", "owner_name": "New Owner"})

    assert not charger().owner_tenure(clock.now()).proof_awaited
    assert Event.objects.filter(kind="proof_arrived", stream=charger().stream).count() == 1
    ours()  # an older file again
    assert not charger().owner_tenure(clock.now()).proof_awaited
    assert not Proposal.objects.exists()


def test_a_third_person_is_a_seniors_task(ours):
    ours()
    hand_over(make_person())

    ours({"owner_email": "third@example.org", "owner_name": "Third"})

    proposal = Proposal.objects.get()
    assert proposal.senior_task and proposal.person.email == "third@example.org"


def test_an_owner_who_left_here_is_not_brought_back_by_a_file(ours):
    ours()
    with transaction.atomic():
        locked = Charger.objects.lock(charger().pk)
        tenures.end_ownership(
            charger=locked, at=clock.now(), origin="ticket:one", state=OwnerState.RELEASED
        )

    ours()

    assert charger().owner_state == OwnerState.RELEASED
    assert not Proposal.objects.exists()


def test_a_first_firm_after_a_hand_over_is_proposed(ours, page):
    page(charger_row(), place_row())
    hand_over(make_person())

    ours({"owner_email": "", "owner_name": ""})

    assert not Tenure.objects.service().exists()
    assert Proposal.objects.get().kind == Proposal.Kind.SERVICE_FIRM


# Chargers that only a ticket knows.


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


# Files that change much.


@pytest.mark.parametrize(
    ("rows", "most"), [(1, 50), (999, 50), (1_000, 5), (4_000, 20), (10_000, 50), (1_000_000, 50)]
)
def test_how_many_proposals_a_file_may_make(rows, most):
    assert most_proposals(rows) == most


def rows_of(count, **fields):
    return [
        {"serial": f"ZAP{n:06d}", "owner_email": f"o{n}@example.org", "owner_name": f"O {n}"}
        | {name: value.format(n) for name, value in fields.items()}
        for n in range(count)
    ]


def test_many_proposals_wait_for_a_second_administrator(ours):
    first, second = make_staff(Role.ADMINISTRATOR), make_staff(Role.ADMINISTRATOR)
    agent = make_staff(Role.AGENT)
    ours(*rows_of(51))
    changes = rows_of(51, owner_email="new{}@example.org", owner_name="New {}")

    ours(*changes, by=first.email)

    batch = ImportBatch.objects.get(state=ImportBatch.State.WAITING)
    assert Proposal.objects.filter(batch=batch).count() == 51
    assert not OutboxRow.objects.filter(topic="proposal_notice").exists()
    ours(*changes)
    assert not OutboxRow.objects.filter(topic="proposal_notice").exists(), "not by running it again"
    for nobody in (first, agent):
        with pytest.raises(CommandError):
            run(approve_large=str(batch.uid), by=nobody.email)
    with pytest.raises(CommandError, match="--by"):
        run(approve_large=str(batch.uid))

    run(approve_large=str(batch.uid), by=second.email)

    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 51
    with pytest.raises(CommandError, match="No import"):
        run(approve_large=str(batch.uid), by=second.email)


def test_fifty_proposals_need_no_second_look(ours):
    ours(*rows_of(50))

    ours(*rows_of(50, owner_email="new{}@example.org", owner_name="New {}"))

    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 50


def test_an_unnamed_importer_is_named_by_running_the_file_again(tmp_path, ours):
    first, second = make_staff(Role.ADMINISTRATOR), make_staff(Role.ADMINISTRATOR)
    ours(*rows_of(51))
    path = write_csv(
        tmp_path / "again.csv", *rows_of(51, owner_email="new{}@example.org", owner_name="New {}")
    )
    run(path)
    batch = ImportBatch.objects.get(state=ImportBatch.State.WAITING)
    with pytest.raises(CommandError, match="Nobody knows"):
        run(approve_large=str(batch.uid), by=second.email)

    run(path, by=first.email)

    with pytest.raises(CommandError, match="does not approve"):
        run(approve_large=str(batch.uid), by=first.email)
    run(approve_large=str(batch.uid), by=second.email)


# What may go wrong on the way.


def test_a_row_that_cannot_be_stored_loses_itself_and_no_other(ours, monkeypatch, tmp_path):
    real = ChargerQuerySet.bulk_create

    def fail_for_one(self, objects, *args, **kwargs):
        objects = list(objects)
        if any(one.serial == "ZAP000003" for one in objects):
            raise ValueError("no")
        return real(self, objects, *args, **kwargs)

    monkeypatch.setattr(ChargerQuerySet, "bulk_create", fail_for_one)

    ours(*rows_of(7), report=str(tmp_path / "report"))

    assert Charger.objects.count() == 6
    (found,) = findings(tmp_path / "report")
    assert (found["row"], found["taken"]) == ("5", "no")
    assert InstallerFirm.objects.count() == 1


def test_an_import_that_was_cut_off_goes_on_and_ends_the_same(ours, tmp_path, monkeypatch):
    rows = rows_of(30)
    path = write_csv(tmp_path / "ours.csv", *rows)
    monkeypatch.setattr("chargers.imports.applying.BATCH_ROWS", 10)
    real = ChargerQuerySet.bulk_create
    calls = []

    def die_at_the_second(self, objects, *args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, objects, *args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ChargerQuerySet, "bulk_create", die_at_the_second)
        run(path)
    assert Charger.objects.count() == 10
    assert ImportBatch.objects.get().state == ImportBatch.State.STAGED

    run(path)

    assert Charger.objects.count() == 30
    assert ImportBatch.objects.get().state == ImportBatch.State.APPLIED


def test_a_place_of_an_awaited_charger_is_found_later(page):
    page(charger_row(), charger_row("ZAP000002"))
    assert charger().installation is None

    page(place_row())

    assert Installation.objects.get().chargers.count() == 2
