"""Files that change much wait; what goes wrong on the way loses nothing else."""

import pytest
from django.core.management import CommandError
from django.db import connections
from django.urls import reverse

from accounts.models import InstallerFirm, Role
from chargers.imports import applying
from chargers.imports.release import close_batch, most_proposals
from chargers.models import (
    Charger,
    ImportBatch,
    ImportRow,
    Installation,
    Pin,
    Proposal,
)
from chargers.models.registry import ChargerQuerySet
from chargers.services import proposals
from records import clock
from records.models import OutboxRow
from tests.chargers.registry_files import (
    charger_row,
    findings,
    place_row,
    run,
    write_csv,
)
from tests.chargers.world import ago, make_charger, make_owner, make_staff
from tests.support.desk_world import at_browser

pytestmark = pytest.mark.django_db


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


def test_the_second_administrator_opens_a_file_on_a_page(ours):
    first, second = make_staff(Role.ADMINISTRATOR), make_staff(Role.ADMINISTRATOR)
    ours(*rows_of(51))
    ours(*rows_of(51, owner_email="new{}@example.org", owner_name="New {}"), by=first.email)
    batch = ImportBatch.objects.get(state=ImportBatch.State.WAITING)
    to_page = reverse("chargers:proposals")
    to_open = reverse("chargers:open-import", args=[batch.uid])
    mine, theirs = at_browser(first), at_browser(second)

    assert to_open not in mine.get(to_page).text and to_open in theirs.get(to_page).text
    assert mine.post(to_open).status_code == 403
    assert at_browser(make_staff(Role.SENIOR)).post(to_open).status_code == 403
    assert not OutboxRow.objects.filter(topic="proposal_notice").exists()
    assert theirs.post(to_open).status_code == 302

    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 51
    assert theirs.post(to_open).status_code == 404


def test_fifty_proposals_need_no_second_look(ours):
    ours(*rows_of(50))

    ours(*rows_of(50, owner_email="new{}@example.org", owner_name="New {}"))

    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 50


@pytest.mark.parametrize(
    ("rows", "made", "state", "told"),
    [(1_000, 5, "applied", 5), (1_000, 6, "waiting", 0), (999, 6, "applied", 6)],
)
def test_half_a_per_cent_waits_by_itself(rows, made, state, told):
    """Far fewer than 50: only their share of a long file holds them back."""
    owner, importer = make_owner(make_charger()), make_staff(Role.ADMINISTRATOR)
    batch = ImportBatch.objects.create(
        file_name="long.csv", sha256="0" * 64, source="csv", made_by=importer, made_at=ago(hours=1),
        state=ImportBatch.State.STAGED, counts={"rows": rows},
    )  # fmt: skip
    for number in range(made):
        change = {"kind": "owner_contact", "person": owner, "new": {"phone": f"+47 {number}"}}
        proposals.propose(**change, batch=batch, at=clock.now())

    close_batch(batch=batch, by=importer)

    batch = ImportBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.counts["proposals"]) == (state, made)
    assert OutboxRow.objects.filter(topic="proposal_notice").count() == told


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


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_imports_do_not_run_at_once(tmp_path):
    path = write_csv(tmp_path / "ours.csv", {})
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [applying.LOCK])
        try:
            with pytest.raises(CommandError, match="Another import is running"):
                run(path)
        finally:
            other.execute("SELECT pg_advisory_unlock(%s)", [applying.LOCK])
    assert not Charger.objects.exists()

    run(path)

    assert Charger.objects.count() == 1


def test_a_place_of_an_awaited_charger_is_found_later(page):
    page(charger_row(), charger_row("ZAP000002"))
    assert not Charger.objects.exclude(installation=None).exists()

    page(place_row())

    assert Installation.objects.get().chargers.count() == 2


def test_no_pin_is_anywhere_but_sealed(tmp_path, capsys, caplog):
    pins = ["73191", "8246xQ", "55", "99887766554433221100"]
    rows = [{"serial": f"ZAP00000{n}", "pin": pin} for n, pin in enumerate(pins)]
    path = write_csv(tmp_path / "ours.csv", *rows)
    run(path, report=str(tmp_path / "report"))
    changed = write_csv(tmp_path / "changed.csv", rows[0] | {"pin": "61616161"})
    run(changed, report=str(tmp_path / "report-2"))

    said = capsys.readouterr()
    told = [said.out, said.err, caplog.text]
    told += [(tmp_path / name).read_text("utf-8-sig") for name in ("report", "report-2")]
    told += [str(list(model.objects.values())) for model in (ImportBatch, ImportRow, Pin, Charger)]
    for pin in [*pins, "61616161"]:
        if len(pin) > 2:
            assert not any(pin in text for text in told), "a PIN was written down"
