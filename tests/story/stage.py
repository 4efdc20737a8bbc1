"""The stack that a story plays on: its clock, its mails, its print files, and a look at a state."""

import csv
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from celery import Celery
from psycopg.rows import dict_row

from deploy.local.servers import Stack
from tests.story import world
from tests.story.browser import Unexpected
from tests.story.mails import Mails

PATIENCE = 45.0
# The code in a letter stands in the PDF as plain text, four signs and four.
LETTER_CODE = re.compile(rb"\(([0-9A-Z]{4}-[0-9A-Z]{4})\)\s*Tj")
NOW = """
    SELECT clock_timestamp()
        + COALESCE((SELECT "offset" FROM records_clockoffset), INTERVAL '0') AS now
"""


@dataclass
class Letter:
    """One letter as the print house gets it."""

    lines: list[str]
    code: str


class Stage:
    """A running stack, from outside: only what people, clocks and print houses can do to it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.base_url, self.mails = stack.base_url, Mails(stack.mail_url)
        self.db = psycopg.connect(stack.env["DATABASE_URL"], autocommit=True, row_factory=dict_row)
        self.db.execute("SET default_transaction_read_only = on")
        self.beat = Celery(broker=stack.env["REDIS_URL"])

    def close(self) -> None:
        """Let go of the database and the broker."""
        self.db.close()
        self.beat.close()

    # --- looking ---

    def one(self, query: str, *values) -> dict:
        """Return one row; an empty one when there is none."""
        return self.db.execute(query, values).fetchone() or {}

    def ticket(self, code: str) -> dict:
        """Return a request's row."""
        return self.one("SELECT * FROM support_ticket WHERE request_code = %s", code)

    def reference(self, code: str) -> str:
        """Return the name by which owner and firm read of a request."""
        return f"h-{self.ticket(code)['uid'].hex[:8]}"

    def state(self, code: str) -> str:
        """Return a request's state."""
        return self.ticket(code).get("state", "")

    def now(self) -> datetime:
        """Return the moment by the clock of the deadlines."""
        return self.one(NOW)["now"]

    def wait(self, holds: Callable[[], object], what: Callable[[], str] | str) -> None:
        """Wait for the background until something holds. Raises Unexpected after a while."""
        until = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > until:
                words = what if isinstance(what, str) else what()
                raise Unexpected(f"after {PATIENCE:.0f} s: {words}")
            time.sleep(0.1)

    def reaches(self, code: str, *states: str) -> None:
        """Wait until a request is in one of the states."""
        wanted = " or ".join(states)
        self.wait(
            lambda: self.state(code) in states,
            lambda: f"expected {wanted}, saw {self.state(code)}",
        )

    def stays(self, code: str, state: str) -> None:
        """Have the deadlines run, and see that a request has not moved."""
        self.run_deadlines()
        time.sleep(1.5)
        if self.state(code) != state:
            raise Unexpected(f"expected to stay {state}, saw {self.state(code)}")

    def proofs_ready(self, code: str) -> None:
        """Wait until every file of a request has been checked and can be looked at."""
        unchecked = """
            SELECT 1 AS yes FROM support_evidenceitem i JOIN support_ticket t ON t.id = i.ticket_id
            WHERE t.request_code = %s AND i.state IN ('uploaded', 'checking')
        """
        self.wait(lambda: not self.one(unchecked, code), "a file is still being checked")

    # --- time ---

    def move(self, *, days: float = 0, hours: float = 0) -> None:
        """Move the clock of the deadlines ahead."""
        self.manage("move_clock", "--days", str(days), "--hours", str(hours))
        self.run_deadlines()

    def reach(self, moment: datetime) -> None:
        """Move the clock to just after a moment, if it lies ahead."""
        ahead = moment - self.now() + timedelta(minutes=1)
        if ahead > timedelta(0):
            self.move(hours=ahead.total_seconds() / 3600)

    def run_deadlines(self) -> None:
        """Have what beat starts every five seconds started now."""
        self.beat.send_task("support.deadlines", ignore_result=True)

    # --- commands and paper ---

    def manage(self, *arguments: str) -> str:
        """Run a management command; what it said. Raises Unexpected when it fails."""
        done = self.stack.manage(*arguments)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-1500:]
            raise Unexpected(f"manage.py {arguments[0]} failed: {said}")
        return done.stdout

    def import_places(self, ways: list[str]) -> str:
        """Have the registry import the stations of these ways."""
        path = self.stack.folder / f"registry-{'-'.join(ways)[:40]}.csv"
        path.write_text(world.registry(ways), encoding="utf-8")
        return self.manage("import_registry", str(path))

    def letter_to(self, line: str) -> Letter:
        """Have the day's letters printed, and return the one to an address.

        There is one print file a day, so this is tomorrow's.
        """
        self.move(days=1)
        found: list[Letter] = []

        def is_printed() -> bool:
            self.beat.send_task("support.daily", ignore_result=True)
            found[:] = [one for one in self._letters() if line in one.lines]
            time.sleep(0.4)
            return bool(found)

        self.wait(is_printed, f"no letter to {line} was printed")
        return found[-1]

    def _letters(self) -> list[Letter]:
        letters = []
        for table in sorted(Path(self.stack.env["LETTERS_DIR"]).rglob("*.csv")):
            pdf = table.with_suffix(".pdf").read_bytes()
            codes = [code.decode() for code in LETTER_CODE.findall(pdf)]
            with table.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                lines = [row[f"line{number}"] for number in range(1, 7)]
                letters.append(Letter(lines, codes[int(row["page"]) - 1]))
        return letters
