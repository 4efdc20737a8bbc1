"""The desk's pages at one size, timed from outside against a running web server.

    python -m bench.desk BASE_URL REFERENCE_URL [--quick] [--memory PID] [--deep]

Runs in the environment of the database to be measured, makes a few whole requests there through the
services (files opened, facts read), and prints one line of JSON: seconds by name. Every figure is a
median, and lies beside the reference's, taken in between.
"""

import argparse
import itertools
import json
import secrets
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402

from accounts.models import Role, User  # noqa: E402
from bench.client import Answer, Client  # noqa: E402
from bench.papers import Album, agreement  # noqa: E402
from bench.stack import THREADS, WORKERS  # noqa: E402
from support.models import Ticket  # noqa: E402
from support.rules import EvidenceKind  # noqa: E402
from support.services import checking, claims, routing, taking, tickets  # noqa: E402
from tests import factories  # noqa: E402
from tests.chargers import world  # noqa: E402
from tests.support.desk_world import at_browser  # noqa: E402

ROUNDS, REFERENCES = 5, 60
WARM = 3 * WORKERS * THREADS
RARE = "rareword5000"


class Timer:
    """Medians by name, each with the reference's median of the same minutes."""

    def __init__(self, reference_url: str) -> None:
        self.reference = Client(reference_url)
        self.found: dict[str, dict[str, float]] = {}

    def time(
        self,
        name: str,
        act: Callable[[], Answer],
        *,
        times: int,
        expect: int = 200,
        warm: int = WARM,
    ) -> None:
        """Call ``act`` so many times in ``ROUNDS`` rounds with the reference before each.

        Before that often enough that every thread of the server has answered: its first answer
        opens a connection and plans what it asks, which users meet once after a deployment.
        """
        for _n in range(warm):
            self._once(act, expect, name)
        seconds, beside = [], []
        for _round in range(ROUNDS):
            beside += [self.reference.get("/").seconds for _n in range(REFERENCES)]
            for _n in range(max(1, times // ROUNDS)):
                seconds.append(self._once(act, expect, name))
        self.found[name] = {
            "seconds": statistics.median(seconds),
            "reference": statistics.median(beside),
            "times": len(seconds),
        }

    @staticmethod
    def _once(act: Callable[[], Answer], expect: int, name: str) -> float:
        answer = act()
        if answer.status != expect:
            raise SystemExit(f"{name}: {answer.status} instead of {expect}: {answer.body[-300:]}")
        return answer.seconds


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    world.numbers = itertools.count(secrets.randbelow(10**9))
    timer = Timer(asked.reference)
    agent = seat(asked.base_url, world.make_staff(Role.AGENT))
    found: dict = {"size": Ticket.objects.count()}
    if asked.deep:
        turn_deep_pages(timer, agent)
    else:
        look(timer, asked.base_url, agent, times=20 if asked.quick else 60)
        decide(timer, asked.base_url, times=10 if asked.quick else 40)
    if asked.memory:
        found["memory"] = memory_over(asked.memory, agent, 1_000 if asked.quick else 10_000)
    print(json.dumps(found | {"medians": timer.found}), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("reference")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    return parser.parse_args()


def seat(base_url: str, person: User) -> Client:
    """Return a browser in which the person is signed in with both factors, just now."""
    cookies = at_browser(person).cookies
    return Client(base_url, {"session": cookies["session"].value})


def look(timer: Timer, base_url: str, agent: Client, *, times: int) -> None:
    """Time the pages that an agent has open all day: queue, figures, ticket, search."""
    supervisor = seat(base_url, world.make_staff(Role.SENIOR))
    ticket = request_with_files()
    timer.time("queue", lambda: agent.get("/desk/?view=review"), times=times)
    timer.time("queue_all", lambda: agent.get("/desk/?view=all"), times=times)
    timer.time("dashboard", lambda: supervisor.get("/desk/reports/"), times=times)
    timer.time("ticket", lambda: agent.get(f"/desk/tickets/{ticket.request_code}/"), times=times)
    timer.time("search", lambda: agent.get(f"/desk/search/?q={RARE}"), times=times)


def decide(timer: Timer, base_url: str, *, times: int) -> None:
    """Time an approval and a reply, each on a ticket of its own, from the page that offers it."""
    person = world.make_staff(Role.AGENT)
    agent = seat(base_url, person)
    made = iter([factories.ready_for_approval() for _n in range(2 * (times + THREADS))])

    def send(verb: str, **typed: str) -> Answer:
        ticket = next(made)
        factories.draw(ticket, person)
        form = agent.get(f"/desk/tickets/{ticket.request_code}/").form(f"/{verb}")
        values = {**form.values, **{name: [text] for name, text in typed.items()}}
        return agent.post(form.action, [(k, v) for k, each in values.items() for v in each])

    options = {"times": times, "expect": 302, "warm": THREADS}
    timer.time("approve", lambda: send("approve", note="It fits."), **options)
    timer.time("reply", lambda: send("write", body="Thank you."), **options)


def request_with_files() -> Ticket:
    """Make a request with a photo and a purchase agreement, opened and read, in review."""
    charger, claimant = factories.place_charger(), world.make_person(name="Nina Nyinnflyttet")
    factories.own(charger)
    ticket = tickets.start(by=claimant)
    claim = factories.claim_of(charger, bought_recently=True)
    claims.save_claim(ticket_id=ticket.pk, by=claimant, **claim)
    for kind, name, content in (
        (EvidenceKind.LABEL, "label.jpg", Album(charger.serial, ticket.request_code).photo(1)),
        (EvidenceKind.PURCHASE_AGREEMENT, "agreement.pdf", agreement(3, charger.serial)),
    ):
        upload = SimpleUploadedFile(name, content)
        item = taking.add_file(ticket_id=ticket.pk, by=claimant, kind=kind, upload=upload)
        checking.check_from_outbox(key="", item_uid=str(item.uid))
    tickets.submit(ticket_id=ticket.pk, by=claimant)
    routing.route(ticket_id=ticket.pk)
    return factories.reload(ticket)


def turn_deep_pages(timer: Timer, agent: Client) -> None:
    """Time the first page of a very long queue, and one from its middle."""
    waiting = Ticket.objects.filter(state="in_review")
    first, last = (
        waiting.order_by(order).values_list("due_at", flat=True)[0]
        for order in ("due_at", "-due_at")
    )
    middle = waiting.filter(due_at__gte=first + (last - first) / 2).order_by("due_at", "pk")[0]
    deep = f"/desk/?view=review&after={middle.request_code}"
    timer.time("first_page", lambda: agent.get("/desk/?view=review"), times=60)
    timer.time("deep_page", lambda: agent.get(deep), times=60)
    if "1,000+" not in agent.get(deep).body:
        raise SystemExit("the count of a queue this long is not capped")


def memory_over(pid: int, agent: Client, requests: int) -> dict[str, float]:
    """Return the largest web worker's memory in MB before and after so many requests."""
    codes = (
        Ticket.objects.exclude(state="draft")
        .order_by("pk")[:500]
        .values_list("request_code", flat=True)
    )
    pages = ["/desk/?view=review", f"/desk/search/?q={RARE}"]
    pages += [f"/desk/tickets/{code}/" for code in codes]
    found = {"requests": requests}
    began = time.monotonic()
    for number, page in enumerate(itertools.islice(itertools.cycle(pages), requests)):
        agent.get(page)
        if number == requests // 10:
            found["after_a_tenth"] = _largest(pid)
    return found | {"at_the_end": _largest(pid), "seconds": round(time.monotonic() - began)}


def _largest(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = [Path(f"/proc/{child}/status").read_text() for child in children]
    kilobytes = [int(text.split("VmRSS:")[1].split()[0]) for text in sizes]
    return round(max(kilobytes) / 1000, 1)


if __name__ == "__main__":
    main()
