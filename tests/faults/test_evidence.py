"""A file whose checking is killed, hangs, or is sent many times at once: nothing lost, one item.

Real worker, Redis and disposable processes; R-F23. The long forms are marked (`make faults`).
"""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import requests
from django.test import override_settings

from config.stores import evidence_storage
from records import clock, wakeup
from records.models import Event, OutboxRow
from support import storage
from support.models import EvidenceItem, EvidenceKey, LooseFile, Notice, Picture
from support.services import files, taking, tickets
from support.services.kinds import REASONS
from tests.chargers.world import PIN
from tests.factories import asked, place_charger
from tests.faults import parts
from tests.faults.parts import wait_for
from tests.faults.test_background import BACK_AGAIN, background, base_url, started
from tests.faults.test_same_post import signed_in
from tests.support.label_photos import label_photo
from tests.support.public_world import at_browser, text, url

__all__ = ["background", "base_url", "started"]

pytestmark = pytest.mark.django_db(transaction=True)
OPENER = b"from inside.splitting import main"
READY, UNOPENED = EvidenceItem.State.READY, EvidenceItem.State.UNOPENED
LEASE_SECONDS, PUT_OFF_SECONDS = 51, (11, 41, 161, 641)


@pytest.fixture(autouse=True)
def on_disk(settings):
    """Keep files where the worker finds them."""
    evidence = {"evidence": evidence_storage(settings.STORAGE_URL)}
    with override_settings(STORAGES=settings.STORAGES | evidence):
        yield


def send(ticket=None, kind="label", **photo):
    ticket = ticket or asked(place_charger(), items=())
    upload = label_photo(serial="ZAP123456", code=ticket.request_code, **photo)
    return taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)


def again(item):
    return EvidenceItem.objects.get(pk=item.pk)


def openers(worker):
    """The disposable processes of this worker that have shut themselves in and see their file."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if OPENER in (folder / "cmdline").read_bytes() and worker in ancestors(folder.name):
                if "Seccomp:\t2" in (folder / "status").read_text():
                    found.append(int(folder.name))
    return found


def is_over(pid):
    """It is gone, or waits for nothing but to be counted."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def ancestors(pid):
    seen = []
    while int(pid) > 1:
        pid = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        seen.append(int(pid))
    return seen


def held(background):
    """Wait for a disposable process to begin, and let it go no further."""
    worker, until = background.worker.popen.pid, time.monotonic() + BACK_AGAIN
    while time.monotonic() < until:
        for pid in openers(worker):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                return pid
        time.sleep(0.01)
    raise AssertionError("no file was opened")


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def put_off(item, *, times):
    """Wait until the worker has given the file back; only from then on is its wait running.

    False when it is not tried again.
    """
    given_back = OutboxRow.objects.filter(
        payload__item_uid=str(item.uid), attempts=times, leased_until=None
    )
    is_over = EvidenceItem.objects.filter(pk=item.pk, state=UNOPENED)
    what = f"try {times} to be put off"
    wait_for(lambda: given_back.exists() or is_over.exists(), seconds=BACK_AGAIN, what=what)
    return not is_over.exists()


def reaches(item, state):
    wait_for(lambda: again(item).state == state, seconds=BACK_AGAIN, what=f"the item to be {state}")
    return again(item)


def is_whole(item):
    """It was checked once, and its picture is in the store and opens."""
    [picture] = item.pictures.all()
    with files.read(item, picture.file_key) as content:
        assert content.read(2) == b"\xff\xd8"
    return Event.objects.filter(kind="evidence_checked", data__item=str(item.uid)).count() == 1


def test_a_file_whose_worker_was_killed_is_opened_by_the_next(background, pass_time):
    item = send()
    child = held(background)
    background.kill_worker()
    wait_for(lambda: is_over(child), seconds=5, what="the child to end, too")
    assert (again(item).state, again(item).tries) == ("checking", 1)
    background.worker = background.start_worker()
    pass_time(seconds=LEASE_SECONDS)

    assert reaches(item, READY).tries == 2
    assert is_whole(again(item))
    assert not LooseFile.objects.exists()


def test_a_file_whose_process_was_killed_is_opened_again(background, pass_time):
    item = send()
    kill(held(background))
    put_off(item, times=1)
    other = send()
    assert is_whole(reaches(other, READY)), "it costs nobody else anything"
    pass_time(seconds=PUT_OFF_SECONDS[0])

    assert reaches(item, READY).tries == 2
    assert is_whole(again(item))
    assert background.worker.is_running()


def test_a_file_whose_process_dies_each_time_is_asked_for_again_with_a_cure(background, pass_time):
    item = send()
    for times, wait in enumerate(PUT_OFF_SECONDS, start=1):
        kill(held(background))
        if not put_off(item, times=times):
            break
        pass_time(seconds=wait)  # one that died while it was handed the file was no try

    item = reaches(item, UNOPENED)
    assert (item.tries, item.reason, item.decided_by) == (3, "could_not_open", None)
    assert Notice.objects.filter(kind="items_returned", data__item=str(item.uid)).count() == 1
    shown = text(at_browser(item.ticket.claimant, proved=False).get(url("evidence", item.uid)))
    assert all(str(words) in shown for words in REASONS["could_not_open"])
    with files.read(item, item.file_key) as kept:
        assert kept.read(2) == b"\xff\xd8", "nothing is lost"
    assert is_whole(reaches(send(item.ticket), READY))
    assert again(item).replaced_by_id


def test_the_same_bytes_sent_twenty_times_at_once_are_one_item(background, base_url):
    ticket = asked(place_charger(), items=())
    content = label_photo(serial="ZAP123456", code=ticket.request_code).read()
    browser = signed_in(base_url, ticket.claimant)
    page = browser.get(url("upload", ticket.request_code) + "?kind=label")
    form, together = page.form(having="files"), Barrier(20)
    data = {name: values[-1] for name, values in form.values.items()}
    cookies = requests.utils.dict_from_cookiejar(browser.session.cookies)

    def post(number):
        together.wait(timeout=60)
        answer = requests.post(
            form.action,
            data=data,
            files=[("files", (f"IMG_{number}.jpg", content, "image/jpeg"))],
            cookies=cookies,
            headers={"Referer": page.url},
            allow_redirects=False,
            timeout=60,
        )
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(post, range(20))) == {302}

    [item] = ticket.items.filter(kind="label")
    assert is_whole(reaches(item, READY))
    assert Event.objects.filter(kind="evidence_added", stream=ticket.stream).count() == 1
    LooseFile.objects.update(made_at=clock.now() - timedelta(hours=2))
    files.sweep()
    assert stored_for(ticket) == named_by_rows(ticket)


def test_the_reading_worker_covers_the_pin_and_nobody_else_reads(background, tmp_path):
    charger = place_charger()
    ticket = asked(charger, items=())
    upload = label_photo(serial=charger.serial, code=ticket.request_code, pin=PIN)
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind="label", upload=upload)
    picture = reaches(item, READY).pictures.get()
    assert picture.is_veiled and picture.read_at is None, "the quick worker leaves it alone"
    options = ["--queues", "reading", "--concurrency", "1", "--hostname", "reading@%h"]
    reader = parts.celery(tmp_path, "reading", "worker", *options, **background.where)
    try:
        read = lambda: Picture.objects.get(pk=picture.pk).read_at  # noqa: E731
        wait_for(read, seconds=2 * BACK_AGAIN, what="the picture to be read")
    finally:
        reader.stop()

    picture.refresh_from_db()
    assert not picture.is_veiled
    assert [cover["why"] for cover in picture.covers] == ["pin"]
    assert {"presence", "serial", "code"} == set(again(item).signs)


def test_beat_s_own_task_erases_files_a_month_after_the_time_for_an_appeal(background, pass_time):
    item = reaches(send(), READY)
    tickets.withdraw(ticket_id=item.ticket_id, by=item.ticket.claimant)
    assert len(stored_for(item.ticket)) == 3

    def run(task):
        wakeup.current_app.send_task(task)
        return True

    pass_time(days=59)
    run("support.retention")
    time.sleep(5)
    assert again(item).file_key and len(stored_for(item.ticket)) == 3
    pass_time(days=2)
    run("support.retention")
    wait_for(lambda: not again(item).file_key, seconds=BACK_AGAIN, what="the file to be erased")
    swept = lambda: run("support.daily") and not stored_for(item.ticket)  # noqa: E731
    wait_for(swept, seconds=BACK_AGAIN, what="the store to be swept")

    assert not EvidenceKey.objects.filter(ticket=item.ticket).exists()


def stored_for(ticket):
    """Return the names in the store of everything of a ticket."""
    names, folders = set(), [f"evidence/{ticket.uid}"]
    while folders:
        folder = folders.pop()
        below, here = storage.store().listdir(folder)
        folders += [f"{folder}/{name}" for name in below]
        names |= {f"{folder}/{name}" for name in here}
    return names


def named_by_rows(ticket):
    """Return the names of everything that a row of the ticket refers to."""
    names = set(ticket.items.values_list("file_key", flat=True))
    for keys in Picture.objects.filter(item__ticket=ticket).values_list("file_key", "veiled_key"):
        names |= set(keys)
    return names - {""}


@pytest.mark.long
def test_a_hung_process_is_killed_in_time_and_others_do_not_wait_for_it(background, pass_time):
    hung, started = send(), time.monotonic()
    child = held(background)
    took = []
    for shade in range(60, 140, 10):
        before = time.monotonic()
        reaches(send(shade=shade), READY)
        took.append(time.monotonic() - before)
    wait_for(lambda: is_over(child), seconds=16, what="it to be killed")
    killed_after = time.monotonic() - started
    print(f"killed after {killed_after:.1f} s; others took {min(took):.1f} to {max(took):.1f} s")

    assert sorted(took)[int(len(took) * 0.95)] <= 30
    assert background.worker.is_running()
    put_off(hung, times=1)
    pass_time(seconds=PUT_OFF_SECONDS[0])
    assert is_whole(reaches(hung, READY))


@pytest.mark.long
def test_workers_killed_at_any_moment_lose_no_file(background, pass_time):
    dice = random.Random(23)
    ticket = asked(place_charger(), items=())
    items = [send(ticket, kind="other", shade=60 + 8 * number) for number in range(9)]
    for _kill in range(6):
        time.sleep(dice.uniform(0.5, 5))
        background.kill_worker()
        background.worker = background.start_worker()
        pass_time(seconds=LEASE_SECONDS)
    for _wait in range(8):
        with suppress(AssertionError):
            wait_for(lambda: not waiting(items), seconds=15, what="all to be done")
            break
        pass_time(seconds=LEASE_SECONDS)

    assert not waiting(items)
    ended = [again(item) for item in items]
    print({state: sum(item.state == state for item in ended) for state in (READY, UNOPENED)})
    assert all(item.state == READY and is_whole(item) or item.reason for item in ended)
    LooseFile.objects.update(made_at=clock.now() - timedelta(hours=2))
    files.sweep()
    assert stored_for(ticket) == named_by_rows(ticket)


def waiting(items):
    keys = [item.pk for item in items]
    return EvidenceItem.objects.filter(pk__in=keys, state__in=("uploaded", "checking")).exists()
