"""From what was sent to what people see: sealed, opened, covered, judged, and never the file."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chargers.models import Pin
from records.models import Access
from support import storage
from support.machine import State
from support.models import EvidenceItem, Notice
from support.sandbox.reading import is_installed
from support.services import checking, optical, pictures, taking
from support.signs import Sign
from tests.chargers.world import PIN
from tests.factories import asked, make_agent, make_ticket, place_charger, reload
from tests.support.label_photos import TRAILER, label_photo

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
    assert not any(
        TRAILER in content or b"\xff\xd8\xff" in content for content in stored().values()
    )


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
