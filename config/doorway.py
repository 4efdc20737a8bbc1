"""What every answer carries, and what is turned away before anything of ours runs.

Stands outside everything else, so that static files, redirects and our own mistakes have it, too.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST")
# Whoever came from another site may come in by a link, and by nothing else.
ELSEWHERE = ("cross-site", "same-site")


def stand(get_response: Callable) -> Callable:
    """Middleware: refuse other methods (405) and other sites' requests that are no visit (403)."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            response = HttpResponseNotAllowed(METHODS)
        elif is_used_by_another_site(request):
            response = HttpResponseForbidden("Open this page itself.\n", content_type="text/plain")
        else:
            response = get_response(request)
        for name, value in settings.EVERY_ANSWER.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def is_used_by_another_site(request: HttpRequest) -> bool:
    """Say whether another site embeds, fetches or posts to us (Fetch Metadata); a link is fine.

    Browsers that do not say so are stopped by cookies, CSRF tokens and frame-ancestors alone.
    """
    if request.headers.get("Sec-Fetch-Site") not in ELSEWHERE:
        return False
    is_visit = request.headers.get("Sec-Fetch-Mode") == "navigate"
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return not (is_visit and is_page and request.method in ("GET", "HEAD"))
