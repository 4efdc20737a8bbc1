"""The store over real HTTP: what is kept opens to us alone, and nothing is written over."""

import os
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings

from config.stores import evidence_storage
from deploy.local import s3
from deploy.local.processes import LOOPBACK
from support import storage
from support.machine import State
from support.services import checking, files, pictures, taking
from tests.factories import make_ticket, picture


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("s3")
    store = s3.start(folder=folder, log=folder / "log", key="evidence", secret="s" * 40)
    yield store
    store.process.stop()


@pytest.fixture
def on_s3(server, settings):
    with override_settings(
        STORAGES=settings.STORAGES | {"evidence": evidence_storage(server.url())}
    ):
        yield server


def status_of(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_tampered_expired_or_anonymous_address_is_refused(on_s3):
    name = storage.save("evidence/a/b/c", ContentFile(b"sealed"))
    signed = storage.store().url(name)
    parts = urlsplit(signed)
    other = signed.replace("evidence/a/b/c", "evidence/a/b/d")
    expired = storage.store().url(name, expire=-10)

    assert status_of(signed) == 200
    assert status_of(signed[:-4] + "beef") == 403
    assert status_of(other) in (400, 403, 404)
    assert status_of(expired) in (400, 403)
    anonymous = f"http://{LOOPBACK}:{on_s3.port}{parts.path}"
    assert status_of(anonymous) in (400, 401, 403)
    assert "Expires=60" in signed


def test_the_same_name_twice_is_two_objects(on_s3):
    names = [storage.save("evidence/a/b/twice", ContentFile(text)) for text in (b"one", b"two")]

    assert len(set(names)) == 2
    for name, content in zip(names, (b"one", b"two"), strict=True):
        with storage.open_(name) as file:
            assert file.read() == content


@pytest.mark.django_db
def test_evidence_goes_through_a_real_store_and_is_deleted_from_it(on_s3, tmp_path):
    ticket = make_ticket(State.COLLECTING)
    upload = picture()
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind="label", upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    shown = item.pictures.get()
    with pictures.show(picture=shown, to=ticket.claimant, as_staff=False) as content:
        assert content.read().startswith(b"\xff\xd8\xff")
    files.drop([shown.file_key])

    assert files.sweep() == 1
    with pytest.raises(FileNotFoundError):
        files.read(item, shown.file_key)


def test_a_store_that_is_away_is_an_os_error(on_s3):
    away = evidence_storage(f"s3://k:s@{LOOPBACK}:1/bucket?tls=0")
    with override_settings(STORAGES={"evidence": away}), pytest.raises(OSError, match="store"):
        storage.open_("evidence/a/b/c")


def test_a_folder_keeps_files_that_only_we_can_read(tmp_path):
    folder = {"evidence": evidence_storage(f"file://{tmp_path}/kept")}
    with override_settings(STORAGES=folder):
        name = storage.save("evidence/a/b/c", ContentFile(b"sealed"))

    assert (tmp_path / "kept" / name).read_bytes() == b"sealed"
    assert os.stat(tmp_path / "kept" / name).st_mode & 0o077 == 0
