"""One line in the log for each request that was refused: who, what, which status. No paths.

An address may hold a link's secret, and what was typed may hold anything: neither is written. The
page is told by its name, the person by a pseudonym, and every value is of a few harmless signs.
"""

import logging
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

DENIED = frozenset({401, 403, 404, 405, 429})
_UNSAFE = re.compile(r"[^A-Za-z0-9:_.-]")
LONGEST = 80


def record_denials(get_response: Callable) -> Callable:
    """Middleware: write one record for each refused request, whoever refused it."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in DENIED:
            said = {
                "status": response.status_code,
                "method": request.method,
                "page": _page(request),
                "who": _who(request),
            }
            words = " ".join(f"{name}={_harmless(value)}" for name, value in said.items())
            log.warning("denied %s", words, extra={"denied": said})
        return response

    return answer


class WithoutPaths(logging.Filter):
    """Lets no address into Django's own records of requests: refusals are told above, once."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop what is told elsewhere; of our own mistakes tell the page's name, not its path."""
        if getattr(record, "status_code", 500) < 500:
            return False
        request = getattr(record, "request", None)
        record.msg, record.args = "error on %s", (_harmless(_page(request)) if request else "",)
        record.request = None
        return True


def _page(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return match.view_name if match and match.view_name else "none"


def _who(request: HttpRequest) -> str:
    """Return the person's or the link's uid; "nobody" for whoever has neither."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"person:{user.uid}"
    match = getattr(request, "resolver_match", None)
    uid = str(match.kwargs.get("uid", "")) if match else ""
    session = getattr(request, "session", {})
    return f"link:{uid}" if uid and uid in session.get("links", {}) else "nobody"


def _harmless(value: object) -> str:
    return _UNSAFE.sub("_", str(value))[:LONGEST]
