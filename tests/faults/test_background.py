"""Redis stopped, a worker killed, a row published twice: nothing lost, nothing twice.

Real Redis, worker, beat, web server and mail server; the long forms are in test_long.py.
"""

import os
import signal
from urllib.parse import urlsplit

import pytest

from accounts.models import Role
from deploy.local import redis
from records import clock, wakeup
from records.models import OutboxRow
from support.machine import State
from support.models import Notice, Ticket
from support.notifications import notify
from support.services import links, tickets
from tests.factories import (
    draw,
    make_person,
    make_staff,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.faults import parts
from tests.faults.parts import wait_for
from tests.faults.sink import Sink
from tests.faults.test_same_post import signed_in
from tests.story.browser import Browser
from tests.support.desk_world import page
from tests.support.public_world import PLACE, link_to, url

pytestmark = pytest.mark.django_db(transaction=True)
BACK_AGAIN = 40  # seconds: what was put off goes out


class Background:
    """Redis, worker, beat and mail server of this module's own."""

    def __init__(self, folder):
        self.folder = folder
        self.sink = Sink()
        self.sink.controller.start()
        self.redis = self.start_redis()
        self.worker = self.start_worker()
        schedule = ["--schedule", folder / "beat-schedule", "--pidfile", ""]
        self.beat = parts.celery(folder, "beat", "beat", *schedule, **self.where)

    @property
    def where(self):
        return {"REDIS_URL": self.redis.url(), "MAIL_URL": self.sink.url}

    def start_redis(self, port=None):
        folder, log = self.folder / "redis", self.folder / "redis.log"
        return redis.start(folder=folder, log=log, password="faults", port=port)

    def start_worker(self):
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
        return parts.celery(self.folder, "worker", "worker", *options, **self.where)

    def stand_up(self):
        """Put back what a test that failed half-way left lying."""
        self.sink.clear()
        if not self.redis.process.is_running():
            self.redis = self.start_redis(self.redis.port)
        if not self.worker.is_running():
            self.worker = self.start_worker()

    def kill_worker(self):
        """Kill the worker and its children as the kernel does when memory is short."""
        os.killpg(self.worker.popen.pid, signal.SIGKILL)
        self.worker.stop()

    def stop(self):
        self.sink.clear()
        for process in (self.beat, self.worker, self.redis.process):
            process.stop()
        self.sink.controller.stop()


@pytest.fixture(scope="module")
def started(django_db_setup, tmp_path_factory):
    background = Background(tmp_path_factory.mktemp("background"))
    yield background
    background.stop()


@pytest.fixture
def background(started, monkeypatch):
    """The background with an empty sink; this process publishes to its Redis, too."""
    monkeypatch.setattr(wakeup.current_app.conf, "broker_url", started.redis.url())
    started.stand_up()
    yield started
    started.sink.clear()


@pytest.fixture(scope="module")
def base_url(started, tmp_path_factory):
    with parts.web(tmp_path_factory.mktemp("web"), **started.where) as address:
        yield address


def make_notice(**fields):
    """Write a mail to somebody, as a service would."""
    ticket = tickets.start(by=make_person())
    return notify("expired", at=clock.now(), ticket=ticket, person=ticket.claimant, **fields)


def is_accepted(notice):
    return lambda: Notice.objects.get(pk=notice.pk).accepted_at


def times_taken(background, notice):
    """How often the mail server was given this mail; others may come in between."""
    return lambda: background.sink.message_ids.count(notice.message_id)


def row_of(notice):
    return OutboxRow.objects.get(payload__notice_uid=str(notice.uid))


def all_done():
    return not OutboxRow.objects.filter(done_at=None, due_at__lte=clock.now()).exists()


def ask_over_http(base_url, charger):
    """Make a request page by page, as a resident does; return the browser and the request."""
    browser = signed_in(base_url, make_person(name="Nina Nyinnflyttet"))
    form = browser.get(url("new")).form(having="situation")
    browser.send(form, situation="bought", fears_owner="no")
    code = urlsplit(browser.page.url).path.split("/")[2]
    browser.send(browser.page.form(having="serial_typed"), serial_typed=charger.serial)
    place = PLACE | {"address_line": f"Storgata {charger.installation.house_number}"}
    browser.send(browser.page.form(having="address_line"), **place)
    form = browser.get(url("claim-check", code)).form(having="claimant_name")
    browser.send(form, claimant_name="Nina Nyinnflyttet")
    browser.get(url("ticket", code))
    return Ticket.objects.get(request_code=code)


def approve_over_http(base_url, ticket):
    person = make_staff(Role.AGENT)
    draw(ticket, person)
    agent = signed_in(base_url, person, proved=True)
    agent.get(url("desk"))
    agent.get(page(ticket))
    agent.send(agent.page.form(to="/approve"), note="All of it fits.")


def object_over_http(base_url, ticket):
    owner = ticket.charger.owner(clock.now())
    browser = Browser(base_url)
    browser.get(url("link", links.token(link_to(ticket.charger, owner))))
    browser.send(browser.page.form(having="still_mine"), answer="still_mine")


def stop_redis_under_a_delivery(background):
    """Stop Redis while the worker has a message that it has not acknowledged yet."""
    background.sink.holds = True
    notice = make_notice()
    wait_for(times_taken(background, notice), seconds=BACK_AGAIN, what="a delivery")
    background.redis.process.stop()
    background.sink.holds = False
    wait_for(is_accepted(notice), seconds=BACK_AGAIN, what="the mail to be accepted")
    return notice


def test_without_redis_every_page_works_and_the_mail_goes_out_when_it_is_back(background, base_url):
    ready, disputed = ready_for_approval(), ready_for_approval()
    charger = place_charger()
    owner = own(charger)
    wait_for(all_done, seconds=BACK_AGAIN, what="the outbox to be empty")
    background.sink.clear()
    under_way = stop_redis_under_a_delivery(background)

    ticket = ask_over_http(base_url, charger)
    approve_over_http(base_url, ready)
    object_over_http(base_url, disputed)

    assert reload(ticket).state == State.SUBMITTED
    assert reload(ready).state in (State.APPROVED, State.SECOND_REVIEW)
    assert reload(disputed).state == State.DISPUTED
    received = Notice.objects.get(kind="request_received", ticket=ticket)
    assert row_of(received).done_at is None
    assert times_taken(background, under_way)() == 1
    assert times_taken(background, received)() == 0

    background.redis = background.start_redis(background.redis.port)
    wait_for(lambda: owner.email in background.sink.to, seconds=BACK_AGAIN, what="the owner's mail")
    wait_for(all_done, seconds=BACK_AGAIN, what="the outbox to be empty")
    assert reload(ticket).state == State.AWAITING_OWNER
    assert times_taken(background, received)() == 1
    assert times_taken(background, under_way)() == 1
    assert background.worker.is_running()


def test_a_mail_whose_worker_was_killed_is_sent_again_under_the_same_id(background, pass_time):
    background.sink.holds = True
    notice = make_notice(starts_clock=True)
    wait_for(times_taken(background, notice), seconds=BACK_AGAIN, what="the mail to be taken")

    background.kill_worker()
    background.sink.holds = False
    background.worker = background.start_worker()
    pass_time(seconds=51)
    wait_for(is_accepted(notice), seconds=BACK_AGAIN, what="the mail to be accepted")
    wait_for(all_done, seconds=BACK_AGAIN, what="what follows from it")

    assert times_taken(background, notice)() == 2
    assert row_of(notice).attempts == 2
    follows = OutboxRow.objects.filter(topic="reconsider", key__contains=str(notice.uid))
    assert follows.count() == 1


def test_a_row_that_is_published_twice_is_delivered_once(background):
    background.sink.slow_seconds = 1.0
    notice = make_notice()
    row = row_of(notice)
    for _n in range(3):
        assert wakeup.publish(row.pk)

    wait_for(is_accepted(notice), seconds=BACK_AGAIN, what="the mail to be accepted")
    queue = wakeup.current_app.conf.task_default_queue
    with wakeup.current_app.connection_for_read(background.redis.url()) as broker:
        wait_for(
            lambda: broker.default_channel.client.llen(queue) == 0, seconds=20, what="the queue"
        )

    assert times_taken(background, notice)() == 1
    assert row_of(notice).attempts == 1
