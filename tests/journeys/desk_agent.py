"""An agent at the desk who uses the keyboard alone, and takes as long as people take.

What is counted: every key, a chord as two; pages that were loaded between opening and decision.
What a person needs beside the machine's own time (KLM, and our estimate for looking):
"""

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

KEY_S = 0.28  # a key, by somebody who types all day (Card, Moran, Newell)
THINK_S = 1.35  # before each act
LINE_S = 1.0  # a line of the comparison, or of what a machine read
PICTURE_S = 4.0  # a picture of evidence
POLICY_S = 3.0
# Which ticks each kind of evidence takes where nobody is on record as the owner, by their number.
TICKS = (("1", "2"), ("1", "2", "4"))


@dataclass
class Decision:
    """What one ticket took."""

    request_code: str
    did: str
    keys: int
    pages: int
    human_s: float
    machine_s: float

    @property
    def seconds(self) -> float:
        return self.human_s + self.machine_s


@dataclass
class Agent:
    """Sits at a browser that is signed in; decides what the page shows, and nothing else."""

    page: Page
    keys: int = 0
    human_s: float = 0.0
    machine_s: float = 0.0
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("load", lambda page: self.loads.append(page.url))

    def draw(self) -> str:
        """Draw the next ticket; return its request code."""
        with self._machine(), self.page.expect_navigation():
            self.page.keyboard.press("n")
        self.page.wait_for_load_state()
        return urlsplit(self.page.url).path.strip("/").split("/")[-1]

    def decide(self) -> Decision:
        """Decide the ticket that is open, by what its page says."""
        self.keys, self.human_s, self.machine_s, self.loads = 0, 0.0, 0.0, []
        code = urlsplit(self.page.url).path.strip("/").split("/")[-1]
        wrong = self._look()
        did = self._ask_again(*wrong) if wrong else self._approve()
        return Decision(code, did, self.keys, len(self.loads), self.human_s, self.machine_s)

    def _look(self) -> tuple[str, str] | None:
        """Read the page from the left; return the kind that is wrong and the words that say why."""
        lines = self.page.locator(".compare tbody").count()
        items = self.page.locator("[data-item]")
        read = self.page.locator(".read-by-machine li").count()
        self.human_s += LINE_S * (lines + read) + PICTURE_S * items.count() + POLICY_S
        # The comparison says in words that something differs; the evidence, what of it.
        if not self.page.locator(".compare tbody.differs").count():
            return None
        for number in range(items.count()):
            late = items.nth(number).locator(".read-by-machine li.late")
            if late.count():
                kind = "label" if number == 0 else "purchase_agreement"
                return kind, late.first.inner_text()
        return None

    def _approve(self) -> str:
        for number, ticks in enumerate(TICKS):
            self._think()
            self._press(*ticks)
            self._send(f"[data-item] >> nth={number} >> .state-go")
        self._think()
        self._press("a", "Space")
        # Two photos drawn by chance may be nearly the same: then two people decide.
        self._send(".marks >> text=/approved|in second review/")
        return "approve"

    def _ask_again(self, kind: str, why: str) -> str:
        self._think()
        self._press("m")
        self._go_to(f"{kind}_reason")
        self._think()
        self._choose(_reason(why))
        self._send(".marks >> text=collecting evidence", chord=True)
        return kind

    def _go_to(self, name: str) -> None:
        while self.page.evaluate("document.activeElement.name") != name:
            assert self.keys < 30, f"the keyboard does not reach {name}"
            self._press("Tab")

    def _choose(self, reason: str) -> None:
        while self.page.evaluate("document.activeElement.value") != reason:
            assert self.keys < 30, f"the keyboard does not choose {reason}"
            self._press("ArrowDown")

    def _think(self) -> None:
        self.human_s += THINK_S

    def _press(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)
            self.keys += 1
            self.human_s += KEY_S

    def _send(self, until: str, *, chord: bool = False) -> None:
        """Send the form in which the keyboard is, and wait until the page shows what came of it."""
        self.keys += 1 + chord
        self.human_s += KEY_S * (1 + chord)
        with self._machine():
            self.page.keyboard.press("Control+Enter" if chord else "Enter")
            expect(self.page.locator(until).first).to_be_visible()

    def _machine(self):
        return _Stopwatch(self)


def _reason(why: str) -> str:
    """Return the reason in the list that fits what the page says."""
    words = why.casefold()
    if "buyer" in words:
        return "other_person"
    return "other_serial" if "serial" in words else "other_address"


class _Stopwatch:
    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_error) -> None:
        self.agent.machine_s += time.monotonic() - self.began
