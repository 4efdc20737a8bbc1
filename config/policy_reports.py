"""What browsers report of our content policy: a harmless line in the log each, nothing kept.

A report names the page by its address, which may hold a link's secret, and whatever was stopped:
written are the page's name, the directive, and what kind of thing or which host it was.
"""

import json
import logging
import re
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import network, throttles

log = logging.getLogger(__name__)

MOST_BYTES, MOST_REPORTS, LONGEST = 20_000, 10, 80
_UNSAFE = re.compile(r"[^A-Za-z0-9:_.-]")


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Write a line for each report. A browser sends them by itself: there is no form of ours."""
    throttles.spend(throttles.REPORTS_BY_NETWORK, network.address_of(request))
    for said in _reports(request):
        directive = said.get("effectiveDirective") or said.get("violated-directive")
        blocked = said.get("blockedURL") or said.get("blocked-uri")
        page = said.get("documentURL") or said.get("document-uri")
        log.warning(
            "policy broken directive=%s blocked=%s page=%s",
            *(_harmless(value) for value in (directive, _host_of(blocked), _name_of(page))),
        )
    return HttpResponse("", content_type="text/plain")


def _reports(request: HttpRequest) -> list[dict]:
    """Return what was reported, in either of the two shapes; nothing of what is neither."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return []
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return []
    sent = sent if isinstance(sent, list) else [sent]
    found = [each for each in sent[:MOST_REPORTS] if isinstance(each, dict)]
    bodies = [each.get("csp-report", each.get("body")) for each in found]
    return [body for body in bodies if isinstance(body, dict)]


def _host_of(blocked: object) -> str:
    """Return the host of what was stopped, or its kind: "inline", "eval", "data"."""
    try:
        return urlsplit(_text(blocked)).hostname or _text(blocked)
    except ValueError:
        return "none"


def _name_of(address: object) -> str:
    try:
        return resolve(urlsplit(_text(address)).path).view_name or "none"
    except (Resolver404, ValueError):
        return "none"


def _text(value: object) -> str:
    return value[:2_000] if isinstance(value, str) else ""


def _harmless(value: object) -> str:
    return _UNSAFE.sub("_", _text(value))[:LONGEST] or "none"
