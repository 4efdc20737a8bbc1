"""A page is read at one moment: the clock is asked once, and so is each fact about a person.

Only what shows something may stand still. A command never does: it reads the clock and the facts
anew, behind its lock.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_known: ContextVar[dict | None] = ContextVar("known", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """Let everything inside be read at one moment; inside another one it is the same moment."""
    if _known.get() is not None:
        yield
        return
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def remembered(ask: Callable) -> Callable:
    """Let a question with hashable arguments be asked once in a moment; outside, every time."""

    @functools.wraps(ask)
    def answer(*args):
        known = _known.get()
        if known is None:
            return ask(*args)
        key = (ask, *args)
        if key not in known:
            known[key] = ask(*args)
        return known[key]

    return answer
