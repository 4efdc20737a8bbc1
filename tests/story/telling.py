"""Telling what happens: one JSON object a step, on standard output."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.story.browser import Unexpected


class WayEnded(Exception):
    """A step did not hold: its way ends here, the others go on."""


class Telling:
    """Counts and prints the steps; ``state_of`` looks a request's state up."""

    def __init__(self, state_of: Callable[[str], str], out: Callable[[str], None] = print) -> None:
        self.state_of, self.out = state_of, out
        self.steps, self.failed = 0, []
        self.began = time.monotonic()

    @contextmanager
    def step(
        self, what: str, who: str, *, way: str, code: Callable[[], str] = str
    ) -> Iterator[None]:
        """Carry out one step and print it; one that fails is printed too, and ends the way.

        ``code`` returns the request's code once there is one: its state is told.
        """
        began = time.monotonic()
        try:
            yield
        except WayEnded:
            raise
        except Exception as error:
            self._tell(way, what, who, code, began, ok=False, why=_why(error))
            raise WayEnded from error
        self._tell(way, what, who, code, began, ok=True)

    def _tell(self, way, what, who, code, began, *, ok: bool, **more) -> None:
        self.steps += 1
        if not ok:
            self.failed.append(f"{way}: {what}")
        line = {
            "step": f"{way}: {what}",
            "who": who,
            "state": self.state_of(code()) if code() else "",
            "ok": ok,
            "seconds": round(time.monotonic() - began, 2),
            **more,
        }
        self.out(json.dumps(line, ensure_ascii=False))

    def end(self) -> bool:
        """Print the last line; return whether everything held."""
        line = {
            "story": "failed" if self.failed else "passed",
            "steps": self.steps,
            "seconds": round(time.monotonic() - self.began, 1),
        }
        if self.failed:
            line["failed"] = self.failed
        self.out(json.dumps(line, ensure_ascii=False))
        return not self.failed


def _why(error: Exception) -> str:
    kind = "" if isinstance(error, Unexpected) else f"{type(error).__name__}: "
    return f"{kind}{error}"[:2000]
