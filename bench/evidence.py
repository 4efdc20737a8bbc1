"""How long a file takes from upload to "ready", eight sent at once to the running product (P-14).

    python -m bench.evidence [--rounds 5]

Starts a private stack (web server, two workers, reading worker, beat, PostgreSQL, Redis, S3
store) and signs eight residents in, each with a request of their own. In every round each of them
sends a file over HTTP at the same moment: four photos of 12 megapixels, two agreements of 3 pages
and two of 12. A time counts from the first byte of the upload until the item is ready: opened, its
pictures made and kept. Meanwhile an agent opens the queue five times a second, as before that with
nobody sending. Optical reading has a queue of its own and runs behind it all the time. One JSON
line a figure; the last one says whether the budget was kept, the exit code too.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.papers import Album, agreement
from deploy.local import postgres, stack
from tests.story.desk import Staff
from tests.story.people import Resident
from tests.story.stage import Stage
from tests.story.world import KNOWN, PLACES

AT_ONCE = 8
P50_SECONDS, P95_SECONDS, WEB_TIMES = 3.0, 10.0, 2.0
PAUSE_SECONDS, IDLE_SECONDS, PATIENCE_SECONDS = 0.2, 15.0, 90.0
KINDS = ("photo", "agreement of 3", "photo", "agreement of 12")
_NEWEST = """
    SELECT i.id, i.state FROM support_evidenceitem i JOIN support_ticket t ON t.id = i.ticket_id
    WHERE t.request_code = %s AND i.sha256 <> '' ORDER BY i.id DESC LIMIT 1
"""
_UNREAD = "SELECT count(*) AS n FROM records_outboxrow WHERE done_at IS NULL AND topic = %s"


@dataclass(frozen=True)
class Processors:
    """What the processors have done so far, in seconds: for us, for anybody, and the time itself.

    A time to "ready" says little when others had most of the machine, so that is said beside it.
    """

    ours: float
    all: float
    at: float

    @classmethod
    def now(cls) -> "Processors":
        tick = os.sysconf("SC_CLK_TCK")
        with open("/proc/stat", encoding="ascii") as stat:
            spent = [int(part) for part in stat.readline().split()[1:9]]
        idle = spent[3] + spent[4]
        return cls(_ours(tick), (sum(spent) - idle) / tick, time.monotonic())

    def since(self, before: "Processors", files: int) -> dict[str, float]:
        """Return parts of all that the processors could have done in between, and ours a file.

        The last says what a file costs however busy the machine is: opening, sending, the pages of
        all who look on, and as much optical reading as came in between.
        """
        could = (self.at - before.at) * (os.cpu_count() or 1)
        ours = (self.ours - before.ours) / could
        return {
            "seconds": round(self.at - before.at, 1),
            "ours": round(ours, 2),
            "computed_a_file_seconds": round((self.ours - before.ours) / files, 2),
            "others": round((self.all - before.all) / could - ours, 2),
        }


def _ours(tick: int) -> float:
    """Return what this process and all below it, those that have ended too, have computed."""
    spent, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            part = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(folder.name)
        parents[pid], spent[pid] = int(part[1]), sum(map(int, part[11:15])) / tick

    def is_ours(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return sum(seconds for pid, seconds in spent.items() if is_ours(pid))


class Onlooker:
    """An agent who opens the queue again and again, and how long each time took."""

    def __init__(self, agent: Staff) -> None:
        self.agent, self.seconds, self._ended = agent, [], threading.Event()

    def __enter__(self) -> "Onlooker":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            started = time.monotonic()
            self.agent.browser.get("/desk/")
            self.seconds.append(time.monotonic() - started)


class Sender:
    """A resident with a request, and the files to send."""

    def __init__(self, stage: Stage, way: str) -> None:
        self.stage = stage
        self.resident = Resident(stage, f"Nora Ny{way}", f"resident.{way}@story.example")
        self.code = self.resident.ask(PLACES[way])
        stage.proofs_ready(self.code)
        self.album = Album(PLACES[way].serial, self.code)
        self.files: list[tuple[str, tuple[str, bytes, str]]] = []

    def prepare(self, what: str, number: int) -> None:
        """Make the file of one round."""
        if what == "photo":
            file = ("label", ("IMG_1.jpg", self.album.photo(number), "image/jpeg"))
        else:
            pages = int(what.rpartition(" ")[2])
            content = agreement(pages, f"{self.code} {number}")
            file = ("purchase_agreement", ("agreement.pdf", content, "application/pdf"))
        self.files.append(file)

    def send(self, number: int, together: threading.Barrier) -> tuple[float, float]:
        """Send the file of a round with all others; seconds until it arrived and was ready."""
        kind, file = self.files[number]
        page = self.resident.browser.get(f"/requests/{self.code}/upload/?kind={kind}")
        before = self._newest()["id"]
        together.wait()
        started = time.monotonic()
        self.resident.browser.send(page.form(having="files"), files=[("files", file)])
        arrived = time.monotonic() - started
        while time.monotonic() - started < PATIENCE_SECONDS:
            item = self._newest()
            if item["id"] != before and item["state"] not in ("uploaded", "checking"):
                if item["state"] != "ready":
                    raise SystemExit(f"a file of the bench ended {item['state']}")
                return arrived, time.monotonic() - started
            time.sleep(0.1)
        raise SystemExit("a file of the bench was not ready after 90 seconds")

    def _newest(self) -> dict:
        with _ASKING:
            return self.stage.one(_NEWEST, self.code)


# One connection for all; asking more often than ten times a second would slow what is measured.
_ASKING = threading.Lock()


def main() -> int:
    """Run the rounds on a stack of its own and print the figures; 0 when the budget was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 9))
    rounds = parser.parse_args().rounds
    folder = Path(tempfile.mkdtemp(prefix="bench-evidence-"))
    product = {"DEMO": "1", "CLOCK_MAY_MOVE": "1"}
    try:
        with stack.running(folder=folder, extra=product, own_servers={}) as running:
            stage = Stage(running)
            kept = measure(stage, rounds)
            stage.close()
    finally:
        postgres.remove_data(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if kept else 1


def measure(stage: Stage, rounds: int) -> bool:
    """Send the files round by round, the queue open beside; say whether it was fast enough."""
    ways = [way for way, place in PLACES.items() if place.owner == KNOWN][:AT_ONCE]
    stage.import_places(ways)
    senders = [Sender(stage, way) for way in ways]
    for number in range(rounds):
        for at, sender in enumerate(senders):
            sender.prepare(KINDS[at % len(KINDS)], number)
    agent = an_agent(stage)
    wait_for_reading(stage)
    load = os.getloadavg()[0]
    with Onlooker(agent) as idle:
        time.sleep(IDLE_SECONDS)
    times, busy = [], []
    before = Processors.now()
    for number in range(rounds):
        with Onlooker(agent) as meanwhile:
            times += together(senders, number)
        busy += meanwhile.seconds
    print(
        json.dumps(
            {"what": "processors while they send"} | Processors.now().since(before, len(times))
        )
    )
    return told(times, idle.seconds, busy, load)


def an_agent(stage: Stage) -> Staff:
    """Return an agent of the demo, signed in, at the queue."""
    people = json.loads((stage.stack.folder / "people.json").read_text())
    one = next(person for person in people if person["part"] == "agent")
    agent = Staff(
        stage, one["name"], one["email"], password=one["password"], app_key=one["app_key"]
    )
    agent.sign_in()
    agent.browser.get("/desk/")
    return agent


def wait_for_reading(stage: Stage) -> None:
    """Wait until the first photos are read: what is measured with nobody sending is just that."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and stage.one(_UNREAD, "read_picture")["n"]:
        time.sleep(0.5)


def together(senders: list[Sender], number: int) -> list[tuple[str, float, float]]:
    """Have all send at the same moment; what each sent, and how long it took."""
    barrier = threading.Barrier(len(senders))
    with ThreadPoolExecutor(len(senders)) as pool:
        took = list(pool.map(lambda sender: sender.send(number, barrier), senders))
    return [(KINDS[at % len(KINDS)], *each) for at, each in enumerate(took)]


def told(times: list, idle: list[float], busy: list[float], load: float) -> bool:
    """Print the figures; say whether the budget was kept."""
    for kind in dict.fromkeys(KINDS):
        say(f"{kind}: ready", [ready for what, _arrived, ready in times if what == kind])
    say("all: arrived (the page answers)", [arrived for _what, arrived, _ready in times])
    ready = say("all: ready", [ready for _what, _arrived, ready in times])
    alone, beside = say("queue, nobody sends", idle), say("queue, eight send", busy)
    slower = beside["p50_seconds"] / alone["p50_seconds"]
    kept = ready["p50_seconds"] <= P50_SECONDS and ready["p95_seconds"] <= P95_SECONDS
    verdict = {
        "what": "P-14",
        "kept": kept and slower <= WEB_TIMES,
        "web_times_slower": round(slower, 2),
        "load_before": round(load, 2),
        "processors": os.cpu_count(),
    }
    print(json.dumps(verdict), flush=True)
    return verdict["kept"]


def say(what: str, seconds: list[float]) -> dict:
    """Print and return one figure."""
    ranked = sorted(seconds)
    figure = {
        "what": what,
        "count": len(ranked),
        "p50_seconds": round(statistics.median(ranked), 3),
        "p95_seconds": round(ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))], 3),
        "slowest_seconds": round(ranked[-1], 3),
    }
    print(json.dumps(figure), flush=True)
    return figure


if __name__ == "__main__":
    sys.exit(main())
