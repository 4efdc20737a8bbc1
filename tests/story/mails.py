"""The mail catcher as a mailbox: what came to whom since when, codes and links in it."""

import re
import time
from collections.abc import Callable

import requests

from tests.story.browser import Unexpected

CODE = re.compile(r"\b(\d{6})\b")
LINK = re.compile(r"https?://\S+/l/\S+")
PATIENCE = 30.0


class Mails:
    """Every mail of the stack, by its JSON."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def to(self, address: str, *, since: int = 0) -> list[dict]:
        """Return the mails to an address after a number, oldest first."""
        query = {"to": address, "since": str(since)}
        return requests.get(f"{self.url}/api/mails", params=query, timeout=10).json()

    def last(self, address: str) -> int:
        """Return the number of the newest mail to an address, 0 without any."""
        return max((mail["id"] for mail in self.to(address)), default=0)

    def wait(
        self, address: str, what: str, fits: Callable[[dict], bool], *, since: int = 0
    ) -> dict:
        """Wait for a mail that fits; ``what`` names it for the report."""
        until = time.monotonic() + PATIENCE
        while True:
            found = [mail for mail in self.to(address, since=since) if fits(mail)]
            if found:
                return found[-1]
            if time.monotonic() > until:
                seen = [mail["subject"] for mail in self.to(address, since=since)]
                raise Unexpected(f"no mail to {address} ({what}); there are {seen}")
            time.sleep(0.1)

    def code(self, address: str, *, since: int) -> str:
        """Wait for the next code and return its six digits."""
        mail = self.wait(address, "a code", lambda m: CODE.search(m["subject"]), since=since)
        return CODE.search(mail["subject"])[1]

    def link(self, address: str, name: str, *, since: int = 0) -> str:
        """Wait for a mail about a request that has a link to answer by; return the link.

        ``name`` is the request code, or the reference by which the other parties know it.
        """

        def fits(mail: dict) -> bool:
            return name in mail["subject"] and bool(LINK.search(mail["text"]))

        mail = self.wait(address, f"a link for {name}", fits, since=since)
        return LINK.search(mail["text"])[0]

    def about(self, address: str, request_code: str, *, words: str = "") -> dict:
        """Wait for a mail about a request whose subject has these words."""

        def fits(mail: dict) -> bool:
            return request_code in mail["subject"] and words in mail["subject"]

        return self.wait(address, f"{words} {request_code}", fits)
