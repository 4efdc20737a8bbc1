"""Safe methods change nothing: held while a page is made, not only by tests.

Mail scanners fetch, and some run, every link before the person does (trust.md T-11). While a GET,
HEAD or OPTIONS is answered no event can be recorded and no effect be put in the outbox.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_method: ContextVar[str] = ContextVar("method", default="")


class ChangedBySafeMethod(RuntimeError):
    """Our own mistake: a page that only shows tried to change something."""


@contextmanager
def answering(method: str) -> Iterator[None]:
    """Mark the time in which a request of this method is answered."""
    token = _method.set(method.upper())
    try:
        yield
    finally:
        _method.reset(token)


def require_unsafe(what: str) -> None:
    """Raise ChangedBySafeMethod when the request being answered may change nothing."""
    if _method.get() in SAFE:
        raise ChangedBySafeMethod(f"{what} during {_method.get()}")
