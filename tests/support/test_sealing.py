"""Evidence at rest: bound to its ticket and its name, unreadable without the ticket's key."""

import io
import os
import uuid
from io import StringIO

import pytest
import tink
from django.core.management import CommandError, call_command

from support import sealing

HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()
CONTENT = os.urandom(10_000)


def sealed_by(key, name):
    with key.seal_file(io.BytesIO(CONTENT), name=name) as file:
        return file.read()


def opened(key, sealed, name):
    return key.open_file(io.BytesIO(sealed), name=name).read()


def test_a_sealed_file_opens_by_its_own_name_alone():
    key = sealing.open_key(HERE, sealing.new_key(HERE).wrapped)
    sealed = sealed_by(key, "one")

    assert opened(key, sealed, "one") == CONTENT
    assert CONTENT[:16] not in sealed
    with pytest.raises(tink.TinkError):
        opened(key, sealed, "two")


@pytest.mark.parametrize("change", [lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b[:5000]])
def test_a_changed_or_cut_file_does_not_open(change):
    key = sealing.open_key(HERE, sealing.new_key(HERE).wrapped)
    sealed = sealed_by(key, "one")

    with pytest.raises(tink.TinkError):
        opened(key, change(sealed), "one")


def test_the_key_of_one_ticket_opens_nothing_of_another():
    mine, theirs = (sealing.new_key(uid) for uid in (HERE, ELSEWHERE))
    sealed = sealing.open_key(HERE, mine.wrapped).seal_text(b"facts", name="one")

    with pytest.raises(tink.TinkError):
        sealing.open_key(ELSEWHERE, theirs.wrapped).open_text(sealed, name="one")
    with pytest.raises(tink.TinkError):
        sealing.open_key(ELSEWHERE, mine.wrapped)


def test_a_key_wrapped_anew_opens_what_it_sealed_before(settings, tmp_path):
    settings.EVIDENCE_KEYSET = str(tmp_path / "evidence.json")
    call_command("make_evidence_keys", stdout=StringIO())
    old = sealing.new_key(HERE)
    sealed = sealing.open_key(HERE, old.wrapped).seal_text(b"facts", name="one")
    call_command("make_evidence_keys", "--force-new-primary", stdout=StringIO())
    new = sealing.rewrap(HERE, old.wrapped)

    assert old.key_id != new.key_id == sealing.primary_key_id()
    assert sealing.open_key(HERE, new.wrapped).open_text(sealed, name="one") == b"facts"
    assert (tmp_path / "evidence.json").stat().st_mode & 0o777 == 0o600


def test_a_keyset_in_the_environment_is_not_replaced():
    with pytest.raises(CommandError, match="EVIDENCE_KEYSET holds a keyset already"):
        call_command("make_evidence_keys")


def test_a_data_key_does_not_show_itself():
    key = sealing.open_key(HERE, sealing.new_key(HERE).wrapped)

    assert repr(key) == str(key) == "<data key>"
