"""How fast "who saw what" answers, and how much memory verify_audit takes, at a given size.

    python -m bench.audit [--reads 1000000] [--events 1000000]

Starts the tests' own PostgreSQL, fills a database of its own and prints one line of JSON. The reads
lie in twelve months, by 200 members of staff, about 50,000 chargers; nobody here is real.
"""

import argparse
import json
import os
import resource
import time
from datetime import UTC, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from accounts.models import User  # noqa: E402
from chargers.models import Charger  # noqa: E402
from records import access, chain  # noqa: E402
from records.models import Event  # noqa: E402
from support.reading.reads import Question, read  # noqa: E402
from tests import databases  # noqa: E402

STAFF, CHARGERS = 200, 50_000
LIMIT_SECONDS = 5.0
_READS = """
    INSERT INTO records_access (at, uid, actor_id, by_link, what, subject)
    SELECT now() - (g %% 31536000) * interval '1 second', gen_random_uuid(),
           %(first)s + g %% %(staff)s, '', 'exposure', 'charger:' || c.uid
    FROM generate_series(1, %(reads)s) g
    JOIN (SELECT uid, row_number() OVER (ORDER BY id) - 1 AS n FROM chargers_charger) c
      ON c.n = g %% %(chargers)s
"""


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    arguments = parser.parse_args()
    databases.make(connections["default"].settings_dict["NAME"])
    people, chargers = make_world()
    make_reads(people[0], arguments.reads)
    make_events(arguments.events)
    found = {"reads": arguments.reads, "events": arguments.events}
    found["seconds"] = {name: timed(question) for name, question in questions(people, chargers)}
    before = peak_bytes()
    began = time.monotonic()
    found["problems"] = len(chain.verify())
    found["verify_seconds"] = round(time.monotonic() - began, 1)
    found["verify_peak_grew_bytes"] = peak_bytes() - before
    found["passed"] = not found["problems"] and max(found["seconds"].values()) < LIMIT_SECONDS
    print(json.dumps(found))
    raise SystemExit(0 if found["passed"] else 1)


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def make_world() -> tuple[list[User], list[Charger]]:
    people = User.objects.bulk_create(
        User(email=f"staff{n}@bench.example", name=f"Bench {n}") for n in range(STAFF)
    )
    now = datetime.now(UTC)
    rows = (
        Charger(vendor="maker", serial=f"B{n:08d}", lookup_key=f"B{n:08d}", made_at=now)
        for n in range(CHARGERS)
    )
    chargers = Charger.objects.bulk_create(rows, batch_size=5_000)
    return people, chargers


def make_reads(first: User, reads: int) -> None:
    access.make_partitions(first_day=(datetime.now(UTC) - timedelta(days=370)).date(), months=16)
    about = {"first": first.pk, "staff": STAFF, "reads": reads, "chargers": CHARGERS}
    with connections["owner"].cursor() as cursor:
        cursor.execute(_READS, about)
        cursor.execute("ANALYZE records_access")


def make_events(count: int) -> None:
    """Make chained events as the owner with triggers asleep: 20 to a stream."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    now, last, rows = datetime.now(UTC), None, []
    for number in range(count):
        place = number % 20
        event = Event(
            pk=number + 1, stream=f"bench:{number // 20}", number=place + 1, kind="made", at=now,
            by_what="system", data={"n": number}, previous=last.hash if place else "",
        )  # fmt: skip
        event.hash = chain.hash_of(event)
        last = event
        rows.append(event)
        if len(rows) == 5_000 or number + 1 == count:
            Event.objects.using("owner").bulk_create(rows)
            rows = []


def questions(people: list[User], chargers: list[Charger]):
    day = datetime.now(UTC) - timedelta(days=100)
    yield "by charger", Question(charger=chargers[1234])
    yield "by person who looked", Question(by=people[17])
    yield "by charger and person", Question(charger=chargers[7], by=people[7])
    yield "a day", Question(since=day, until=day + timedelta(days=1))
    yield "a year of one person", Question(by=people[3], since=day - timedelta(days=250))
    yield "about a person", Question(person=people[5])


def timed(question: Question) -> float:
    """Return the slowest of: the first page, the page after 20 others."""
    slowest, after = 0.0, None
    for _page in range(20):
        began = time.monotonic()
        rows = read(question, after=after)
        slowest = max(slowest, time.monotonic() - began)
        if len(rows) < 50:
            break
        after = rows[-1].place
    return round(slowest, 3)


if __name__ == "__main__":
    call_command("check", verbosity=0)
    main()
