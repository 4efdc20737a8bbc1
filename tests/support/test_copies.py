"""A person's copy of their data: theirs, whole, nobody else's, and made however it is cut off."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import ContactPoint, Role
from records import chain, clock, outbox
from records.models import OutboxRow
from support import storage
from support.models import Copy
from support.services import answers, copies, desk, retention
from tests.factories import (
    add,
    asked,
    make_agent,
    make_person,
    make_staff,
    own,
    place_charger,
    reload,
)

pytestmark = pytest.mark.django_db

OWNER = "Ottokar Eigentuemerich"
RIVAL = "Rivalda Nebenbuhlerin"
OTHERS = ("Ottokar", "Eigentuemerich", "ottokar@canary.example", "Rivalda", "Nebenbuhlerin",
          "rivalda@canary.example", "Rivalenweg", "99887766", "AgentCanary")  # fmt: skip


@pytest.fixture
def world():
    """A claimant, the owner who objected, a rival, an agent who wrote about all of them."""
    charger = place_charger()
    owner = own(charger, make_person(name=OWNER, email="ottokar@canary.example"))
    ContactPoint.objects.create(user=owner, kind="phone", value="99887766",
                                valid_from=clock.now(), source="import")  # fmt: skip
    claimant = make_person(name="Nina Nyinnflyttet", email="nina@own.example")
    ticket = asked(charger, claimant=claimant, items=("label", "lease"))
    rival = make_person(name=RIVAL, email="rivalda@canary.example")
    asked(charger, claimant=rival, claimant_name=RIVAL, address_line="Rivalenweg 3")
    answers.answer(charger_id=charger.pk, party=owner, kind="still_mine")
    agent = make_agent()
    agent.name = "AgentCanary"
    agent.save()
    desk.write(ticket_id=ticket.pk, by=claimant, body=f"I know {OWNER}, 998 87 766 is his")
    desk.write(ticket_id=ticket.pk, by=agent, body=f"{OWNER} objects", internal=True)
    desk.write(ticket_id=ticket.pk, by=agent, body="We are at it, Nina.")
    return claimant, reload(ticket), owner


def whole(copy):
    return ZipFile(BytesIO(b"".join(copies.stream(Copy.objects.get(pk=copy.pk)))))


def texts(archive):
    return {name: archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()}


def test_one_zip_has_what_is_theirs_and_nothing_of_anybody_else(world, run_outbox):
    claimant, ticket, _owner = world
    copy = copies.ask(person_id=claimant.pk, by=claimant)

    run_outbox()

    with whole(copy) as archive:
        assert archive.testzip() is None
        said = texts(archive)
        folder = f"requests/{ticket.request_code}"
        assert archive.read(f"{folder}/01-label-1.jpg")[:3] == b"\xff\xd8\xff"
        assert f"{folder}/02-lease-1.jpg" in said
    request = json.loads(said[f"{folder}/request.json"])
    assert request["claim"]["claimant_name"] == "Nina Nyinnflyttet"
    assert [m["words"] for m in request["messages"]] == [
        "I know […], […] is his",
        "We are at it, Nina.",
    ]
    assert json.loads(said["person.json"])["email"] == "nina@own.example"
    assert ticket.request_code in said["summary.txt"]
    found = [(name, canary) for name, text in said.items() for canary in OTHERS if canary in text]
    assert found == []
    assert chain.verify() == []


def test_an_owners_copy_has_their_answers_and_no_claimant(world, run_outbox):
    _claimant, ticket, owner = world
    copy = copies.ask(person_id=owner.pk, by=owner)

    run_outbox()

    with whole(copy) as archive:
        said = "\n".join(texts(archive).values())
    assert "still_mine" in said
    assert "99887766" in said
    for canary in ("Nina", "Nyinnflyttet", "nina@own.example", "Rivalda", ticket.request_code):
        assert canary not in said


def test_a_part_made_twice_or_cut_off_changes_nothing(world, run_outbox, monkeypatch):
    claimant, _ticket, _owner = world
    copy = copies.ask(person_id=claimant.pk, by=claimant)
    assert copies.ask(person_id=claimant.pk, by=claimant) == copy
    real = copies._count

    def die(*_args):
        raise OSError("killed")

    monkeypatch.setattr(copies, "_count", die)
    outbox.run_due()
    assert Copy.objects.get().parts_done == 0
    monkeypatch.setattr(copies, "_count", real)
    OutboxRow.objects.filter(topic="copy").update(due_at=clock.now(), leased_until=None)
    run_outbox()
    for row in OutboxRow.objects.filter(topic="copy"):
        copies.make_part_from_outbox(key=row.key, **row.payload)

    made = Copy.objects.get()
    assert (made.parts_done, made.parts, bool(made.ready_at)) == (2, 2, True)
    with whole(copy) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))


def test_it_is_sealed_in_the_store_and_gone_after_seven_days(world, run_outbox, later):
    claimant, ticket, _owner = world
    copy = copies.ask(person_id=claimant.pk, by=claimant)
    run_outbox()
    name = f"copies/{copy.uid}/1"
    with storage.open_(name) as file:
        assert b"PK\x03\x04" not in file.read()

    later(days=8, run=False)
    list(retention.run())

    assert not storage.store().exists(name)
    gone = Copy.objects.get()
    assert gone.removed_at
    assert bytes(gone.sealed_key) == b""
    with pytest.raises(ValidationError):
        copies.require_ready(gone, by=claimant)
    assert add(ticket, "other")


def test_it_is_for_the_person_and_for_privacy_officers(world):
    claimant, _ticket, owner = world

    for by in (owner, make_agent(), make_staff(Role.AUDITOR), make_staff(Role.ADMINISTRATOR)):
        with pytest.raises(PermissionDenied):
            copies.ask(person_id=claimant.pk, by=by)
    copy = copies.ask(person_id=claimant.pk, by=make_staff(Role.PRIVACY_OFFICER))
    with pytest.raises(ValidationError):
        copies.require_ready(copy, by=claimant)
    with pytest.raises(PermissionDenied):
        copies.require_ready(copy, by=owner)
