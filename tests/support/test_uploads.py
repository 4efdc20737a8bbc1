"""A transfer that is too big is cut off; a file that is too big is named."""

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from support import storage
from support.machine import State
from support.models import EvidenceItem
from support.services import taking
from support.uploads import TooBigFile
from tests.factories import make_ticket, picture
from tests.support.public_world import at_browser, text, url

MEGABYTE = 1024 * 1024


class Flood:
    """A request body of any length that nobody has to hold; ``read_bytes`` counts what is read."""

    def __init__(self, size_bytes: int) -> None:
        self.head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nlabel\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        self.left = size_bytes
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        head, self.head = self.head[:size], self.head[size:]
        part = head or b"\xff" * min(size if size > 0 else self.left, self.left)
        self.left -= 0 if head else len(part)
        self.read_bytes += len(part)
        return part


def flood(size_bytes: int):
    body = Flood(size_bytes)
    request = RequestFactory().post("/", {}, content_type=MULTIPART_CONTENT)
    request.META["CONTENT_LENGTH"] = str(size_bytes + len(body.head))
    request._stream = body
    return request, body


def test_five_gigabytes_are_not_read():
    request, body = flood(5 * 1024 * MEGABYTE)

    assert request.POST["kind"] == "label"
    assert not request.FILES
    assert request.upload_stopped
    assert body.read_bytes < settings.EVIDENCE_TICKET_BYTES + MEGABYTE


def sent(*sizes: int):
    files = [SimpleUploadedFile(f"{n}.jpg", b"\xff" * size) for n, size in enumerate(sizes)]
    return RequestFactory().post("/", {"kind": "label", "files": files})


def test_a_file_over_the_limit_is_not_written_down_and_the_others_are():
    limit = settings.EVIDENCE_FILE_BYTES
    request = sent(100, limit + 1, limit, 7)
    files = request.FILES.getlist("files")

    assert [isinstance(file, TooBigFile) for file in files] == [False, True, False, False]
    assert [file.size for file in files] == [100, limit + 1, limit, 7]
    assert request.POST["kind"] == "label"
    request.close()


@pytest.mark.django_db
def test_the_page_names_the_file_that_is_too_big_and_the_cure():
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)
    big = SimpleUploadedFile("garage.jpg", b"\xff" * (settings.EVIDENCE_FILE_BYTES + 1))
    response = client.post(url("upload", ticket.request_code), {"kind": "label", "files": [big]})

    assert response.status_code == 413
    assert "garage.jpg is over 15 MB. Send a smaller photo" in text(response)
    assert not EvidenceItem.objects.filter(ticket=ticket).exclude(file_key="").exists()


@pytest.mark.django_db
def test_a_stopped_transfer_is_told_on_the_form(monkeypatch, settings):
    settings.EVIDENCE_FILE_BYTES, settings.EVIDENCE_TICKET_BYTES = 1000, 3000
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)
    big = SimpleUploadedFile("film.mov", b"\xff" * 5000)
    response = client.post(url("upload", ticket.request_code), {"kind": "label", "files": [big]})

    assert response.status_code == 413
    assert "Send one smaller file at a time" in text(response)


@pytest.mark.django_db
def test_only_the_file_that_failed_has_to_be_sent_again():
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)
    html = SimpleUploadedFile("page.html", b"<script>alert(1)</script>")
    response = client.post(
        url("upload", ticket.request_code), {"kind": "other", "files": [picture(), html]}
    )

    assert response.status_code == 422
    assert "page.html: We take PDF" in text(response)
    assert "These have arrived; only the others are missing:" in text(response)
    assert "<li>label.png</li>" in text(response)
    assert ticket.items.filter(kind="other").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "label"}, "Choose a photo or a file first"),
        ({"kind": "label", "files": [SimpleUploadedFile("a.jpg", b"")]}, "empty"),
        ({"kind": "serial", "files": [picture()]}, "Choose what this file is"),
        ({"kind": "", "files": [picture()]}, "required"),
    ],
)
def test_a_wrong_upload_says_what_and_how(fields, words):
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)
    response = client.post(url("upload", ticket.request_code), fields)

    assert response.status_code == 422
    assert words in text(response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "words"),
    [("EVIDENCE_TICKET_FILES", "has 10 files already"), ("EVIDENCE_TICKET_BYTES", "over 60 MB")],
)
def test_a_request_takes_so_many_files_and_bytes_and_no_more(settings, limit, words):
    ticket, photos = make_ticket(State.COLLECTING), [picture(colour=c) for c in ("red", "blue")]
    for photo in photos:
        taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind="other", upload=photo)
    setattr(settings, limit, 2 if "FILES" in limit else sum(photo.size for photo in photos) + 9)
    client = at_browser(ticket.claimant, proved=False)
    sent = {"kind": "other", "files": [picture(colour="green")]}
    refused = client.post(url("upload", ticket.request_code), sent)
    again = client.post(
        url("upload", ticket.request_code), {"kind": "other", "files": [picture(colour="red")]}
    )

    assert refused.status_code == 422 and words in text(refused)
    assert again.status_code == 302  # what is here already takes no more room
    assert ticket.items.filter(kind="other").count() == 2


@pytest.mark.django_db
def test_the_same_photo_twice_is_one_item_and_the_same_page():
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)
    places = [
        client.post(url("upload", ticket.request_code), {"kind": "label", "files": [picture()]}).url
        for _ in range(3)
    ]

    assert places == [ticket.get_absolute_url()] * 3
    assert ticket.items.count() == 1


@pytest.mark.django_db
def test_a_closed_request_takes_no_file():
    ticket = make_ticket(State.WITHDRAWN)
    client = at_browser(ticket.claimant, proved=False)
    address = url("upload", ticket.request_code)

    assert "nothing can be added" in text(client.get(address))
    assert client.post(address, {"kind": "label", "files": [picture()]}).status_code == 409


@pytest.mark.django_db
@pytest.mark.parametrize("error", [EndpointConnectionError(endpoint_url="x"), OSError("full")])
def test_a_store_that_is_away_is_told_and_leaves_no_row(monkeypatch, error):
    ticket = make_ticket(State.COLLECTING)
    client = at_browser(ticket.claimant, proved=False)

    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(storage.store(), "save", refuse)
    response = client.post(
        url("upload", ticket.request_code), {"kind": "label", "files": [picture()]}
    )

    assert response.status_code == 422
    assert "Try again in a few minutes" in text(response)
    assert not ticket.items.exists()
