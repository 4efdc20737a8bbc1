"""A page is read at one moment: the clock is asked once, and so is each fact about a person.

A command does not stand still: a lock ends its moment, and the clock and the facts are read anew
behind it, once.
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


@contextmanager
def apart() -> Iterator[None]:
    """Leave the moment: inside, everything is asked each time."""
    token = _known.set(None)
    try:
        yield
    finally:
        _known.reset(token)


def renew() -> None:
    """Begin another moment in place of this one: what was known may have changed while we waited.

    Called behind a lock; outside a moment there is nothing to forget.
    """
    if (known := _known.get()) is not None:
        known.clear()


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
