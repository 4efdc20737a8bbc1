"""What was kept long enough goes, exactly that, however the run was cut off."""

import signal
import subprocess
import sys
import threading
import uuid
from datetime import UTC, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Code, ContactPoint, FailedProof, InstallerFirm, Throttle, User
from chargers.models import ImportBatch, ImportRow, Proposal, Reveal, Share
from records import chain, clock, events
from records.access import make_partitions, saw
from records.models import Access, Note, OutboxRow
from support.invariants import check_all
from support.machine import State
from support.models import (
    Decision,
    EvidenceItem,
    FormKey,
    Freeze,
    Link,
    Message,
    NamedCustomer,
    Notice,
    Ticket,
    Undo,
)
from support.services import files, retention
from support.services.retention import SCHEDULE
from tests.factories import (
    make_agent,
    make_charger,
    make_owner,
    make_person,
    make_ticket,
    place_charger,
    reload,
)

MONTH = timedelta(days=30.5)
KEPT = {rule.name: rule.keep for rule in SCHEDULE}
EDGE = timedelta(hours=12)


def run():
    results = list(retention.run())
    assert [result.error for result in results] == [""] * len(results)
    return {result.rule.name: result.done for result in results}


class Seed:
    """For each class of data one that is due and one that is not, a day apart."""

    def __init__(self):
        self.now = clock.now()
        self.agent = make_agent()
        self.charger = place_charger()
        self.owner = make_owner(self.charger)
        self.due, self.kept = {}, {}
        for make in (self._browsers, self._requests, self._words, self._registry, self._people):
            make()

    def pair(self, name, make, *, since=timedelta()):
        """Make a row whose term ended half a day ago and one whose term ends in half a day."""
        end = self.now - KEPT[name] - since
        self.due.setdefault(name, []).append(make(end - EDGE))
        self.kept.setdefault(name, []).append(make(end + EDGE))

    def _browsers(self):
        self.pair(
            "codes",
            lambda at: Code.objects.create(
                purpose="sign_in", email="a@b.example", browser="x", made_at=at, expires_at=at
            ),
        )
        self.pair(
            "sessions",
            lambda at: Session.objects.create(
                session_key=uuid.uuid4().hex, session_data="x", expire_date=at
            ),
        )

        def key(at):
            row = FormKey.objects.create(key=uuid.uuid4().hex, fingerprint="x", location="/")
            FormKey.objects.filter(pk=row.pk).update(made_at=at)
            return row

        self.pair("form keys", key)
        self.pair("limits", lambda at: Throttle.objects.create(subject="x", at=at))
        self.pair("undos", self._undo)
        self.pair("failed tries", lambda at: FailedProof.objects.create(subject="x", at=at))
        self.pair(
            "outbox",
            lambda at: OutboxRow.objects.create(
                topic="mail", key=uuid.uuid4().hex, made_at=at, due_at=at, done_at=at
            ),
        )
        self.pair(
            "links",
            lambda at: Link.objects.create(
                purpose="owner",
                charger=self.charger,
                party=self.owner,
                made_at=at - MONTH,
                expires_at=at,
            ),
        )

        firm = InstallerFirm.objects.create(name="Volt AS", lookup_key="volt")
        self.pair(
            "firms' customers",
            lambda at: NamedCustomer.objects.create(
                firm=firm,
                charger=make_charger(),
                by=self.agent,
                person=self.owner,
                surname_hash="x",
                made_at=at - MONTH,
                ends_at=at,
            ),
        )

    def _undo(self, at):
        ticket = Ticket.objects.first() or make_ticket(State.EXPIRED, charger=self.charger)
        taken = {"act": "noted", "at": at - EDGE, "until_at": at, "version": 1}
        return Undo.objects.create(ticket=ticket, by=self.agent, **taken)

    def _closed(self, state, at, **fields):
        ticket = make_ticket(state, charger=make_charger(installation=self.charger.installation))
        Ticket.objects.filter(pk=ticket.pk).update(decided_at=at, **fields)
        Message.objects.create(
            ticket=ticket, by=self.agent, from_desk=True, body="Kept words", at=at
        )
        Decision.objects.create(ticket=ticket, kind="rejected", by=self.agent, at=at, words="Why")
        return ticket

    def _requests(self):
        self.pair("drafts", lambda at: self._closed(State.EXPIRED, at, submitted_at=None))
        appeal = timedelta(days=30)
        self.pair("requests", lambda at: self._closed(State.REJECTED, at), since=appeal)
        contest = timedelta(days=90)
        self.pair("requests", lambda at: self._closed(State.COMPLETED, at), since=contest)
        self.kept["requests"].append(
            self._closed(State.COMPLETED, self.now - KEPT["requests"] - timedelta(days=60))
        )

        self.pair("returned files", self._returned)

    def _returned(self, at):
        ticket = make_ticket(
            State.COLLECTING, charger=make_charger(installation=self.charger.installation)
        )
        item = EvidenceItem.objects.create(
            ticket=ticket,
            kind="label",
            state="returned",
            made_at=at,
            uploaded_at=at,
            decided_at=at,
            decided_by=self.agent,
            reason="unreadable",
        )
        item.file_key = files.keep(item, BytesIO(b"A picture"))
        item.save()
        files.claim(item.file_key)
        return item

    def _words(self):
        def note(at):
            row = Note.objects.create(body="Words", salt="s", made_at=at)
            events.record("charger:x", "noted", at=at, by_what="system")
            return row

        self.pair("other notes", note)
        self.pair(
            "notices",
            lambda at: Notice.objects.create(
                kind="reveal_notice",
                charger=self.charger,
                email="x@y.example",
                made_at=at,
                failed_at=at,
                error="gave up",
            ),
        )
        self.pair(
            "freezes",
            lambda at: Freeze.objects.create(
                charger=self.charger, opened_at=at, lifted_at=at, lifted_by=self.agent, reason="Why"
            ),
        )

        def read(at):
            row = saw(actor=self.agent, what="ticket", subject="ticket:x")
            month = at.astimezone(UTC).replace(day=3)
            with connection.cursor() as cursor:
                cursor.execute("SELECT records_make_access_partitions(%s, 1)", [month.date()])
                cursor.execute(
                    "INSERT INTO records_access VALUES (%s, %s, 1, '', 'x', 'y')",
                    [month, uuid.uuid4()],
                )
            return row

        self.before = Access.objects.count()
        self.due["reads"] = [read(self.now - KEPT["reads"] - 2 * MONTH)]
        self.kept["reads"] = [read(self.now - KEPT["reads"] + MONTH)]

    def _registry(self):
        def row(at):
            batch = ImportBatch.objects.create(
                file_name="f", sha256="x", source="csv", made_at=at, state="applied"
            )
            return ImportRow.objects.create(batch=batch, number=1, reason="r", cure="c")

        self.pair("import rows", row)
        self.pair(
            "shares",
            lambda at: Share.objects.create(
                charger=self.charger,
                tenure=self.charger.tenures.first(),
                to_name="N",
                to_email="n@x.example",
                code_hash="h",
                made_at=at - MONTH,
                expires_at=at,
            ),
        )
        self.pair(
            "service jobs",
            lambda at: Reveal.objects.create(
                charger=self.charger,
                person=self.owner,
                at=at,
                tenure=self.charger.tenures.first(),
                job="A job",
            ),
        )
        self.pair(
            "proposals",
            lambda at: Proposal.objects.create(
                kind="owner_contact",
                state="dropped",
                fingerprint=uuid.uuid4().hex,
                made_at=at,
                closed_at=at,
                person=self.owner,
                new={"email": "x"},
            ),
        )
        self.pair(
            "old contacts",
            lambda at: ContactPoint.objects.create(
                user=self.owner,
                kind="email",
                value="old@x.example",
                source="import",
                valid_from=at - MONTH,
                valid_to=at,
            ),
        )

    def _people(self):
        def person(at):
            made = make_person()
            User.objects.filter(pk=made.pk).update(joined_at=at)
            return made

        self.pair("people", person)
        folder = Path(settings.LETTERS_DIR)
        for name, at in (("due", -EDGE * 4), ("kept", EDGE * 4)):
            day = folder / f"{self.now - KEPT['print files'] + at:%Y-%m-%d}"
            day.mkdir(parents=True, exist_ok=True)
            (day / "letters.pdf").write_text(name)
            getattr(self, name)["print files"] = [day]


GONE = {
    "drafts": lambda t: (lambda r: not (r.claimant_name or r.address_line or r.serial))(reload(t)),
    "requests": lambda t: (
        not reload(t).claimant_name
        and not Message.objects.filter(ticket=t).exclude(body="").exists()
        and not Decision.objects.filter(ticket=t).exclude(words="").exists()
    ),
    "returned files": lambda i: EvidenceItem.objects.get(pk=i.pk).file_key == "",
    "other notes": lambda n: Note.objects.get(pk=n.pk).body == "",
    "notices": lambda n: Notice.objects.get(pk=n.pk).email == "",
    "freezes": lambda f: Freeze.objects.get(pk=f.pk).reason == "erased",
    "proposals": lambda p: Proposal.objects.get(pk=p.pk).new == {},
    "shares": lambda s: Share.objects.get(pk=s.pk).to_email == "",
    "service jobs": lambda r: Reveal.objects.get(pk=r.pk).job == "",
    "people": lambda p: User.objects.get(pk=p.pk).email == "",
    "print files": lambda day: not day.exists(),
}


def is_gone(name, thing):
    check = GONE.get(name, lambda row: not type(row)._default_manager.filter(pk=row.pk).exists())
    return check(thing)


def table_sums():
    """Return a fingerprint of every table."""
    sums = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            sums[table] = cursor.fetchone()[0]
    return sums


@pytest.fixture
def seed(transactional_db, tmp_path, settings):
    settings.LETTERS_DIR = str(tmp_path / "letters")
    return Seed()


def test_exactly_what_is_due_goes_and_a_second_run_changes_nothing(seed):
    found = {result.rule.name: result.due for result in retention.run(dry_run=True)}
    before = table_sums()
    list(retention.run(dry_run=True))
    assert table_sums() == before, "a dry run changes nothing"

    done = run()

    for name, things in seed.due.items():
        if name == "reads":
            continue
        assert all(is_gone(name, thing) for thing in things), name
        assert not any(is_gone(name, thing) for thing in seed.kept[name]), name
        assert found[name].count == len(things) == done[name], name
    assert Access.objects.filter(at__lt=seed.now - KEPT["reads"] - MONTH).count() == 0
    assert Access.objects.filter(at__lt=seed.now - KEPT["reads"] + 2 * MONTH).count() == 1
    after = table_sums()
    assert set(run().values()) == {0}
    assert table_sums() == after
    assert chain.verify() == []
    wrong = {f.name: f.wrong for f in check_all() if f.name not in ("I1", "I2", "I3", "I4", "I5")}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_every_line_of_the_schedule_is_seeded(seed):
    worked = {rule.name for rule in SCHEDULE if rule.work}

    assert worked - set(seed.due) <= {"copies", "files"}


def test_two_runs_at_once_come_to_the_same_end(seed):
    errors = []

    def one():
        try:
            errors.extend(result.error for result in retention.run() if result.error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    for name, things in seed.due.items():
        if name != "reads":
            assert all(is_gone(name, thing) for thing in things), name
            assert not any(is_gone(name, thing) for thing in seed.kept[name]), name


def test_nobody_shortens_the_record_of_reads(seed):
    make_partitions(first_day=(seed.now - 20 * MONTH).date())
    with pytest.raises(Exception, match="35 months"), connection.cursor() as cursor:
        cursor.execute("SELECT records_drop_access_before(%s)", [(seed.now - 30 * MONTH).date()])


def test_a_request_that_is_held_keeps_its_words(seed):
    held = seed.due["requests"][0]
    held.charger.holds.create(kind="dispute", placed_at=seed.now)

    run()

    assert reload(held).claimant_name


def test_killed_anywhere_and_run_again_it_comes_to_the_same_end(seed, tmp_path):
    """R-F26: kill -9 in the middle of a batch's transaction, and between two lines."""
    for line in ("requests", "proposals", "people"):
        process = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-m", "tests.support.killed_retention", line, settings.LETTERS_DIR],
            capture_output=True,
            timeout=120,
        )
        assert process.returncode == -signal.SIGKILL, process.stderr.decode()[-2000:]

    run()

    for name, things in seed.due.items():
        if name != "reads":
            assert all(is_gone(name, thing) for thing in things), name
            assert not any(is_gone(name, thing) for thing in seed.kept[name]), name


@pytest.mark.django_db
def test_the_command_tells_counts_and_ids_and_no_person(capsys):
    person = make_person(name="Canary Person", email="canary@x.example")
    User.objects.filter(pk=person.pk).update(joined_at=timezone.now() - 60 * MONTH)

    call_command("retention", dry_run=True)

    told = capsys.readouterr().out
    assert f"people: 1 due, e.g. {person.uid}" in told
    assert "anary" not in told
