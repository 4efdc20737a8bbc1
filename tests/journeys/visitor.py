"""A person at a real browser of their own. Every page they come to is looked over."""

import re
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, expect

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
NARROWEST = 320
# What a browser asks for inside a page, without a server.
INSIDE = ("data:", "blob:", "about:")
PATIENCE_MS = 20_000


def beginning(words: str) -> re.Pattern:
    """Return what fits a name that begins with these whole words."""
    return re.compile(rf"^\s*{re.escape(words)}(?!\w)")


class Visitor:
    """Sees pages as people do: by the words of links, buttons and labels.

    On every page: nothing in the console, no answer above 399, nothing from elsewhere, no
    scrolling sideways; on a phone not at 320 px either.
    """

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        device: dict,
        *,
        scripts: bool,
        locale: str = "en-GB",
    ) -> None:
        self.base_url = base_url
        self.scripts = scripts
        self.context = browser.new_context(
            **device, java_script_enabled=scripts, locale=locale, timezone_id="Europe/Oslo"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.size = device["viewport"]
        self.is_phone = device is PHONE
        self.pages_seen = 0
        # What U-01 counts: pages by their path, fields answered, characters typed, things pressed.
        self.paths: list[str] = []
        self.fields, self.typed, self.taps = 0, 0, 0
        self.faults: list[str] = []
        self._listen()

    def _listen(self) -> None:
        self.page.on("console", lambda said: self._note(said.type in ("error", "warning"), said))
        self.page.on("pageerror", lambda error: self._note(True, error))
        self.page.on("response", lambda answer: self._note(answer.status > 399, answer))
        self.page.on("request", lambda asked: self._note(not self._is_ours(asked.url), asked))

    def _note(self, is_wrong: bool, what: object) -> None:
        if is_wrong:
            self.faults.append(f"{self.page.url}: {what}")

    def _is_ours(self, address: str) -> bool:
        return address.startswith((f"{self.base_url}/", *INSIDE))

    def open(self, address: str) -> None:
        """Open an address: a path of ours, or a link from a mail."""
        self.page.goto(urljoin(self.base_url, address))
        self._look_over()

    def follow(self, words: str) -> None:
        """Click the one link that begins with these words."""
        with self.goes_on():
            self.page.get_by_role("link", name=beginning(words)).click()

    def press(self, words: str) -> None:
        """Press the one button that begins with these words."""
        with self.goes_on():
            self.page.get_by_role("button", name=beginning(words)).click()

    @contextmanager
    def goes_on(self):
        """Wait for the page to which this leads, and look it over."""
        self.taps += 1
        with self.page.expect_navigation():
            yield
        self._look_over()

    def fill(self, label: str, words: str) -> None:
        """Type into the field with this label."""
        self.fields += 1
        self.taps += 1
        self.typed += len(words)
        self.page.get_by_label(label).fill(words)

    def choose(self, *labels: str) -> None:
        """Choose or tick what begins with these words."""
        for label in labels:
            self.fields += 1
            self.taps += 1
            self.page.get_by_label(beginning(label)).check()

    def sees(self, words: str) -> None:
        """Wait until the page shows these words."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def words_of(self, selector: str) -> str:
        """Return what the one element says."""
        return self.page.locator(selector).inner_text().strip()

    def brief(self) -> str:
        """Say where this visitor is, for a report."""
        words = " ".join(self.page.locator("body").inner_text().split())
        return f"after {self.pages_seen} pages at {self.page.url}: {words[:1500]}"

    def _look_over(self) -> None:
        self.pages_seen += 1
        path = urlsplit(self.page.url).path
        if path not in self.paths:
            self.paths.append(path)
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        for width in (NARROWEST, self.size["width"]) if self.is_phone else (self.size["width"],):
            self.page.set_viewport_size(self.size | {"width": width})
            needed = self.page.evaluate("document.documentElement.scrollWidth")
            self._note(needed > width, f"scrolls sideways: {needed} px at {width}")
        assert not self.faults, "\n".join(self.faults)
