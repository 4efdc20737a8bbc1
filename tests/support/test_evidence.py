"""From what was sent to what people see: sealed, opened, covered, judged, and never the file."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Role
from chargers.models import Pin
from chargers.services.exposure import exposure
from records import clock
from records.events import note_of
from records.models import Access, Event, OutboxRow
from support import rules, storage, uploads
from support.machine import State
from support.models import EvidenceItem, LooseFile, Notice, Reuse
from support.rules import Flag, Tier
from support.sandbox import Reason, Verdict, Word
from support.sandbox.reading import is_installed
from support.services import (
    approvals,
    checking,
    files,
    findings,
    optical,
    pictures,
    retention,
    taking,
)
from support.services.facts import facts_of
from support.signs import Sign
from tests.chargers.world import PIN
from tests.factories import (
    asked,
    make_agent,
    make_person,
    make_ticket,
    name_claimant,
    own,
    picture,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.fixtures import opens_at_once
from tests.support.desk_world import desk_of
from tests.support.label_photos import TRAILER, label_photo
from tests.support.public_world import at_browser, text, url

pytestmark = pytest.mark.django_db
ItemState = EvidenceItem.State


def send(ticket, upload, kind="label"):
    return taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)


def check(item):
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.objects.get(pk=item.pk)


def see(picture, person, *, as_staff=True):
    """Return a picture as a person gets it."""
    with pictures.show(picture=picture, to=person, as_staff=as_staff) as content:
        return content.read()


def stored():
    """Return everything that is in the store, by name."""
    names, folders = [], [""]
    while folders:
        folder = folders.pop()
        below, here = storage.store().listdir(folder)
        folders += [f"{folder}/{name}".strip("/") for name in below]
        names += [f"{folder}/{name}".strip("/") for name in here]
    found = {}
    for name in names:
        with storage.store().open(name) as file:
            found[name] = file.read()
    return found


@pytest.fixture(autouse=True)
def empty_store():
    """Let no test find what another one stored."""
    storage.store().__dict__.pop("_root", None)
    storage.store().__init__()


@pytest.mark.real_sandbox
def test_a_photo_becomes_pictures_and_nothing_of_the_file_is_left_in_them():
    charger = place_charger()
    ticket = make_ticket(State.COLLECTING, charger=charger)
    item = check(send(ticket, label_photo(serial=charger.serial, code=ticket.request_code)))
    picture = item.pictures.get()
    shown = see(picture, ticket.claimant, as_staff=False)

    assert item.state == ItemState.READY
    assert Image.open(BytesIO(shown)).size == (picture.width, picture.height) == (1400, 1000)
    assert TRAILER not in shown and b"Exif" not in shown
    assert item.opening.protections["network"]
    # What lies in the store is noise without the key: no picture, no trailer.
    assert len(stored()) == 3
    beginning = b"\xff\xd8\xff\xe0\x00\x10JFIF"  # three bytes alone come about in noise as well
    assert not any(TRAILER in content or beginning in content for content in stored().values())


@pytest.mark.real_sandbox
@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"%PDF-1.7\nnothing follows", ItemState.UNOPENED),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 400, ItemState.UNOPENED),
        (b"\xff\xd8\xff\xe0" + b"<html><script>alert(1)</script>" * 20, ItemState.QUARANTINED),
    ],
)
def test_what_does_not_open_is_asked_for_again_with_a_kind_word(content, state):
    ticket = make_ticket(State.COLLECTING)
    item = check(send(ticket, SimpleUploadedFile("x.jpg", content), kind="other"))

    assert item.state in (state, ItemState.UNOPENED, ItemState.QUARANTINED)
    assert item.decided_by is None and item.reason
    assert reload(ticket).state == State.COLLECTING
    assert Notice.objects.get(kind="items_returned").data["item"] == str(item.uid)
    better = send(ticket, label_photo(serial="ZAP123456"), kind="other")
    assert EvidenceItem.objects.get(pk=item.pk).replaced_by == better


@pytest.mark.real_sandbox
def test_the_pin_is_covered_once_the_picture_is_read():
    assert is_installed(), "the tests need requirements-reading.txt"
    charger = place_charger()
    ticket = asked(charger, items=())
    photo = label_photo(serial=charger.serial, code=ticket.request_code, pin=PIN)
    item = check(send(ticket, photo))
    agent = make_agent()
    blurred = see(item.pictures.get(), agent)
    optical.read_from_outbox(key="", picture_uid=str(item.pictures.get().uid))
    picture, item = item.pictures.get(), EvidenceItem.objects.get(pk=item.pk)
    shown = see(picture, agent)

    assert Pin.objects.filter(charger=charger).exists()
    assert is_dark(shown, (260, 420, 340, 450)) and not is_dark(blurred, (260, 420, 340, 450))
    assert [cover["why"] for cover in picture.covers] == ["pin"]
    assert not picture.is_veiled
    assert {Sign.SERIAL, Sign.CODE, Sign.PRESENCE} == set(item.signs)
    assert Access.objects.filter(actor=agent, what="evidence").count() == 2


def is_dark(content, box):
    image = Image.open(BytesIO(content)).convert("L").crop(box)
    return max(image.tobytes()) < 40


def opens_as(monkeypatch, **changes):
    """Let the stand-in for the sandbox find something else in every file."""

    def opened(source, *, size_bytes=None):
        plain = opens_at_once(source)
        whole = {name: value for name, value in changes.items() if hasattr(plain, name)}
        page = {name: value for name, value in changes.items() if name not in whole}
        return replace(plain, pages=[replace(plain.pages[0], **page)], **whole)

    monkeypatch.setattr(checking, "open_file", opened)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\u202egpj.exe", "x" * 300, "\x00\x07.png", ""]
)
def test_a_file_s_name_is_shown_safely_and_never_used(name):
    shown = uploads.shown_name(name)
    ticket = make_ticket(State.COLLECTING)
    upload = picture()
    upload.name = name or "x"
    item = send(ticket, upload)

    assert shown and len(shown) <= 80 and shown.isprintable() and "/" not in shown
    assert "\u202e" not in shown
    assert item.file_key.startswith(f"evidence/{ticket.uid}/{item.uid}/")


def test_a_first_try_that_was_cut_off_leaves_one_item_and_nothing_loose(monkeypatch):
    ticket = make_ticket(State.COLLECTING)
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(
            taking, "save_and_record", lambda *a, **k: (_ for _ in ()).throw(RuntimeError)
        )
        send(ticket, picture())
    assert ticket.items.count() == 0 and LooseFile.objects.count() == 1
    item = send(ticket, picture())
    assert send(ticket, picture()) == item
    LooseFile.objects.update(made_at=clock.now() - timedelta(hours=2))

    assert files.sweep() == 1
    assert list(stored()) == [item.file_key]


def test_a_store_that_is_full_is_told_and_leaves_no_item(monkeypatch):
    ticket = make_ticket(State.DRAFT)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(storage.store(), "save", full)
        with pytest.raises(ValidationError, match="Try again in a few minutes"):
            send(ticket, picture())

    assert not ticket.items.exists() and reload(ticket).state == State.DRAFT
    assert send(ticket, picture()).state == ItemState.UPLOADED


def test_what_never_opens_is_asked_for_again_after_the_third_try(monkeypatch):
    ticket = make_ticket(State.COLLECTING)
    item = send(ticket, picture())
    opens_as(monkeypatch, verdict=Verdict.QUARANTINED, reason=Reason.TIMED_OUT)
    for _try in range(2):
        with pytest.raises(checking.TryAgain):
            check(item)
    item = check(item)

    assert (item.state, item.reason) == (ItemState.UNOPENED, "could_not_open")
    assert Notice.objects.filter(kind="items_returned").count() == 1
    again = send(ticket, picture())
    assert (again.sha256, again.state) == (item.sha256, ItemState.UPLOADED)


def test_a_worker_that_was_killed_each_time_does_not_lose_the_item(monkeypatch):
    item = send(make_ticket(State.COLLECTING), picture())
    EvidenceItem.objects.filter(pk=item.pk).update(tries=checking.MOST_TRIES, state="checking")

    assert check(item).state == ItemState.UNOPENED


def test_a_store_that_is_away_is_no_try(monkeypatch):
    item = send(make_ticket(State.COLLECTING), picture())

    def away(*args):
        raise OSError("away")

    with monkeypatch.context() as broken:
        broken.setattr(pictures, "keep", away)
        with pytest.raises(OSError, match="away"):
            check(item)

    assert EvidenceItem.objects.get(pk=item.pk).tries == 0
    assert check(item).state == ItemState.READY


def test_what_was_parked_is_asked_for_again():
    item = send(make_ticket(State.COLLECTING), picture())
    OutboxRow.objects.filter(topic="check_item").update(parked_at=clock.now())

    assert checking.give_up() == 1
    assert EvidenceItem.objects.get(pk=item.pk).state == ItemState.UNOPENED
    assert checking.give_up() == 0


def test_destroying_the_key_makes_everything_unreadable():
    ticket = make_ticket(State.COLLECTING)
    item = check(send(ticket, picture()))
    files.destroy_key(ticket)

    with pytest.raises(FileNotFoundError):
        see(item.pictures.get(), ticket.claimant, as_staff=False)
    with pytest.raises(FileNotFoundError):
        files.read(item, item.file_key)
    assert findings.read(item) == findings.Findings()


def test_a_file_copied_to_another_item_does_not_open():
    ticket = make_ticket(State.COLLECTING)
    one = check(send(ticket, picture()))
    other = check(send(ticket, picture(colour="red"), kind="other"))
    other.pictures.update(file_key=one.pictures.get().file_key)

    with pytest.raises(OSError, match="does not open"):
        see(other.pictures.get(), ticket.claimant, as_staff=False)


def test_the_original_is_served_to_nobody():
    ticket = asked(place_charger(), items=())
    item = check(send(ticket, SimpleUploadedFile("x.png", picture().read() + TRAILER)))
    agent = desk_of(Role.AGENT)
    claimant = at_browser(ticket.claimant, proved=False)
    pages = [
        claimant.get(url("evidence", item.uid)),
        claimant.get(url("picture", item.uid)),
        claimant.get(url("ticket", ticket.request_code)),
        agent.get(url("desk-item", item.uid)),
        agent.get(url("picture", item.uid)),
        agent.get(url("desk-ticket", ticket.request_code)),
    ]

    for page in pages:
        assert page.status_code == 200
        content = b"".join(page.streaming_content) if page.streaming else page.content
        assert TRAILER not in content
        assert item.file_key.encode() not in content
    assert agent.get(url("evidence", item.uid)).status_code == 404
    assert (
        agent.get(url("picture", item.uid), headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )
    assert agent.get(url("picture", item.uid) + "?page=2").status_code == 404
    assert agent.get(url("picture", item.uid) + "?page=x").status_code == 404


def test_uncovering_needs_a_reason_is_on_record_and_is_an_exposure():
    ticket = asked(place_charger())
    item = ticket.items.get()
    agent, other = desk_of(Role.AGENT), make_agent()
    blurred = see(item.pictures.get(), agent.person)
    page = agent.get(url("desk-item", item.uid))
    refused = agent.post(url("desk-uncover", item.uid), {"page": "1", "reason": "why"})
    done = agent.post(
        url("desk-uncover", item.uid), {"page": "1", "reason": "The code is too small to read."}
    )

    assert "Only the codes are sharp" in text(page)
    assert "harder to use somebody else's photo, not impossible" in text(page)
    assert refused.status_code == 422 and "Say in a few words" in text(refused)
    assert done.status_code == 302
    assert see(item.pictures.get(), agent.person) != blurred == see(item.pictures.get(), other)
    event = Event.objects.get(kind="picture_uncovered")
    assert note_of(event).body == "The code is too small to read."
    assert agent.person in [who.who for who in exposure(ticket.charger).could]
    assert other not in [who.who for who in exposure(ticket.charger).could]


def test_the_same_file_of_two_people_flags_both_and_reopens_what_was_approved(run_outbox):
    first = ready_for_approval()
    approvals.approve(ticket_id=first.pk, by=make_agent(), facts_version=first.facts_version)
    copied = first.items.get(kind="purchase_agreement")
    second = asked(place_charger(), items=())
    upload = picture(colour="ivory", said=str(first.uid))
    check(send(second, upload, kind="purchase_agreement"))
    run_outbox()

    for ticket in (first, second):
        assert Flag.REUSED in facts_of(reload(ticket), clock.now()).flags
    assert reload(first).state == State.IN_REVIEW
    shown = text(desk_of(Role.AGENT).get(url("desk-item", copied.uid)))
    assert f"the same file is on request {second.request_code}" in shown
    assert second.claimant_name not in shown and second.address_line not in shown


@pytest.mark.parametrize(
    ("bits", "words", "is_flagged"),
    [(3, ["same", "words"], True), (4, ["same", "words"], False), (3, ["other", "deal"], False)],
)
def test_a_nearly_identical_picture_is_flagged(monkeypatch, bits, words, is_flagged):
    box = (0.1, 0.1, 0.2, 0.1)
    one, other = (asked(place_charger(), items=()) for _person in range(2))
    opens_as(monkeypatch, phash=2**63 + 12345, words=[Word(w, box) for w in ("same", "words")])
    check(send(one, picture(), kind="other"))
    near = (2**63 + 12345) ^ (2**bits - 1)
    opens_as(monkeypatch, phash=near, words=[Word(w, box) for w in words])
    check(send(other, picture(colour="red"), kind="other"))

    for ticket in (one, other):
        assert (Flag.REUSED in facts_of(ticket, clock.now()).flags) is is_flagged


def test_one_s_own_picture_on_one_s_own_other_request_is_no_flag():
    person = make_person(name="Nina Nyinnflyttet")
    tickets = [asked(place_charger(), claimant=person, items=()) for _request in range(2)]
    for ticket in tickets:
        check(send(ticket, picture(), kind="other"))

    assert not Reuse.objects.exists()


def test_a_machine_reading_of_serial_and_code_counts_at_once_and_nowhere_else():
    charger = place_charger()
    owner = own(charger, established=True)
    ticket = asked(charger)
    EvidenceItem.objects.filter(ticket=ticket).update(signs=["code", "presence", "serial"])
    facts = facts_of(reload(ticket), clock.now())
    assert rules.tier(facts) == Tier.NOT_YET and not rules.enough(facts)
    name_claimant(ticket, owner)

    assert reload(ticket).state == State.COMPLETED and reload(ticket).tier == Tier.AT_ONCE


def test_the_code_of_another_request_is_a_flag(monkeypatch):
    other = asked(place_charger())
    ticket = asked(place_charger(), items=())
    said = [Word(other.request_code, (0.1, 0.1, 0.3, 0.1))]
    opens_as(monkeypatch, words=said)
    item = check(send(ticket, picture()))

    assert Sign.OTHER_CODE in item.signs
    assert Flag.OTHER_CODE in facts_of(ticket, clock.now()).flags


def test_a_second_photo_of_the_station_is_asked_for_and_not_required():
    ticket = asked(place_charger())
    page = at_browser(ticket.claimant, proved=False).get(url("ticket", ticket.request_code))

    assert "the whole station on its wall" in text(page)
    assert ticket.items.count() == 1 and reload(ticket).state == State.IN_REVIEW


def test_the_page_for_the_label_shows_the_code_and_asks_to_cover_the_pin():
    ticket = asked(place_charger(), items=())
    address = url("upload", ticket.request_code)
    page = text(at_browser(ticket.claimant, proved=False).get(f"{address}?kind=label"))

    assert ticket.request_code in page
    assert "If the PIN is on the label, cover it" in page
    assert "a letter to the charger's address can take its place" in page


def test_files_that_were_given_back_are_erased_after_seven_days(later):
    ticket = make_ticket(State.COLLECTING)
    item = send(ticket, picture(), kind="other")
    EvidenceItem.objects.filter(pk=item.pk).update(tries=checking.MOST_TRIES)
    check(item)
    kept = check(send(ticket, picture(colour="red")))
    list(retention.run())
    assert EvidenceItem.objects.get(pk=item.pk).file_key
    later(days=8)
    for _twice in range(2):
        list(retention.run())
    files.sweep()

    gone = EvidenceItem.objects.get(pk=item.pk)
    assert gone.erased_at and not gone.file_key and gone.reason == "could_not_open"
    assert item.file_key not in stored() and kept.file_key in stored()
