"""Files go 30 days after the time for an appeal or a contest: to the day, killed or doubled.

R-F26 for files; the sealed originals, the pictures, what was read, the key, and the store itself.
"""

import signal
import subprocess
import sys
import threading
import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings as here
from django.db import connections
from django.test import override_settings

from config.stores import evidence_storage
from records import clock
from support import storage
from support.machine import State
from support.models import EvidenceItem, EvidenceKey, LooseFile, Opening, Picture, Ticket
from support.services import files, retention
from tests.factories import make_agent, make_ticket
from tests.fixtures import PLAIN

EDGE, MONTH = timedelta(hours=12), timedelta(days=30)
# Until an appeal or a contest is over, by the policy of the tests.
CLOSED = {State.REJECTED: 30, State.WITHDRAWN: 30, State.COMPLETED: 90}


@pytest.fixture(autouse=True)
def on_disk(transactional_db):
    """Keep files in a folder, where a process of its own finds them, too."""
    evidence = {"evidence": evidence_storage(here.STORAGE_URL)}
    with override_settings(STORAGES=here.STORAGES | evidence):
        yield


def with_file(ended, at, **changes):
    """A closed request with an accepted file, its picture, and what was read."""
    ticket = make_ticket(ended)
    Ticket.objects.filter(pk=ticket.pk).update(decided_at=at)
    about = {"state": "accepted", "decided_at": at, "decided_by": make_agent(), "made_at": at}
    item = EvidenceItem(ticket=ticket, kind="label", **(about | changes))
    item.sha256 = uuid.uuid4().hex * 2
    item.file_key = files.keep(item, BytesIO(PLAIN))
    item.save()
    kept = files.keep(item, BytesIO(PLAIN))
    picture = {"content_type": "image/jpeg", "width": 40, "height": 30, "phash": 7}
    Picture.objects.create(item=item, number=1, file_key=kept, **picture)
    sealed = files.data_key(ticket).seal_text(b"words", name="findings")
    Opening.objects.create(item=item, opened_at=item.made_at, findings=sealed)
    files.claim(item.file_key, kept)
    return item


@pytest.fixture
def seed():
    """For each way a request ends, a file that is due by half a day and one that is not yet."""
    now, due, kept = clock.now(), [], []
    for state, days in CLOSED.items():
        end = now - MONTH - timedelta(days=days)
        due.append(with_file(state, end - EDGE))
        kept.append(with_file(state, end + EDGE))
    week = now - timedelta(days=7)
    given_back = {"state": "returned", "reason": "unreadable"}
    due.append(
        with_file(State.COLLECTING, None, **given_back, decided_at=week - EDGE, made_at=week)
    )
    kept.append(
        with_file(State.COLLECTING, None, **given_back, decided_at=week + EDGE, made_at=week)
    )
    return due, kept


def is_gone(item):
    """Nothing of it is left but that it was, and its hashes."""
    now = EvidenceItem.objects.get(pk=item.pk)
    picture, opening = now.pictures.get(), now.opening
    gone = [not now.file_key, not picture.file_key, not bytes(opening.findings)]
    assert len(set(gone)) == 1, "never half of it"
    assert (now.sha256, picture.phash, now.state) == (item.sha256, 7, item.state)
    return gone[0]


def in_store(item):
    names, folder = [], f"evidence/{item.ticket.uid}/{item.uid}"
    if storage.store().exists(folder):
        names = storage.store().listdir(folder)[1]
    return len(names)


def sweep_all():
    while files.sweep():
        pass


def came_to_its_end(seed):
    due, kept = seed
    sweep_all()
    assert [is_gone(item) for item in due] == [True] * len(due)
    assert [is_gone(item) for item in kept] == [False] * len(kept)
    assert [in_store(item) for item in due] == [0] * len(due)
    assert [in_store(item) for item in kept] == [2] * len(kept)
    keyed = set(EvidenceKey.objects.values_list("ticket", flat=True))
    # A request that goes on keeps its key; of a closed one nothing can be read any more.
    assert keyed & {item.ticket_id for item in due} == {due[-1].ticket_id}
    assert {item.ticket_id for item in kept} <= keyed
    assert not LooseFile.objects.exists()


def test_exactly_the_files_that_are_due_go_and_a_dry_run_tells_them(seed):
    due, _kept = seed
    told = {result.rule.name: result.due for result in retention.run(dry_run=True)}
    assert (told["files"].count, told["returned files"].count) == (len(CLOSED), 1)
    assert not any(map(is_gone, due))

    done = {result.rule.name: result.done for result in retention.run()}
    assert (done["files"], done["returned files"]) == (len(CLOSED), 1)
    came_to_its_end(seed)

    assert sum(result.done for result in retention.run()) == 0
    came_to_its_end(seed)


def test_killed_in_the_middle_of_the_files_and_run_again(seed, tmp_path):
    for line in ("returned files", "files"):
        process = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-m", "tests.support.killed_retention", line, str(tmp_path)],
            capture_output=True,
            timeout=120,
        )
        assert process.returncode == -signal.SIGKILL, process.stderr.decode()[-2000:]
    assert not any(map(is_gone, seed[0][:-1])), "its transaction was not committed"

    list(retention.run())
    came_to_its_end(seed)


def test_two_runs_and_two_sweeps_at_once_come_to_the_same_end(seed):
    def one():
        try:
            list(retention.run())
            sweep_all()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    came_to_its_end(seed)


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(seed, monkeypatch):
    list(retention.run())
    before, real = LooseFile.objects.count(), storage.delete

    def once(name):
        monkeypatch.setattr(storage, "delete", away)
        real(name)

    def away(name):
        raise OSError("the store went away")

    monkeypatch.setattr(storage, "delete", once)
    with pytest.raises(OSError, match="went away"):
        files.sweep()
    assert 0 < LooseFile.objects.count() < before
    monkeypatch.setattr(storage, "delete", real)

    came_to_its_end(seed)
