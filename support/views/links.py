"""The way in by a link from a mail, and the quick way out."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.views import speak
from records import clock
from support.models import Link
from support.services import links
from support.views import visits

PAGES = {
    Link.Purpose.OWNER: "support:answer",
    Link.Purpose.FIRM: "support:firm-answer",
    Link.Purpose.OFFER: "support:offer",
}
# Somewhere that says nothing of us, which many people open every day.
ELSEWHERE = "https://www.wikipedia.org/"


@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open a link in this browser and go to its page, whose address gives nothing away."""
    try:
        link = links.open(token, at=clock.now())
    except ValidationError as error:
        page = {"problem": error.messages[0]}
        return render(request, "support/link_problem.html", page, status=404)
    visits.begin(request, link)
    response = redirect(PAGES[link.purpose], link.uid)
    response["Referrer-Policy"] = "no-referrer"  # the token goes nowhere, not even to ourselves
    return speak(response, _language_of(request, link))


def _language_of(request: HttpRequest, link: Link) -> str:
    """Return the language that the mail was in, unless this browser was told another before."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return ""
    mail = link.notices.exclude(language="").order_by("-made_at").first()
    return mail.language if mail else ""


@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Leave at once: forget the links of this browser and go somewhere that says nothing."""
    visits.end_all(request)
    response = redirect(ELSEWHERE)
    response["Clear-Site-Data"] = '"cache"'
    return response
