"""The way in by a link from a mail, and the quick way out."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept, network, throttles
from accounts.views import speak
from records import clock
from support.languages import ASKED_BY
from support.models import Link
from support.party_forms import LinkCodeForm
from support.services import links
from support.views import changes, visits
from support.views.pages import GET_OR_POST, blame, form_page, typed

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
    return _begin(request, link)


@require_http_methods(GET_OR_POST)
def type_code(request: HttpRequest) -> HttpResponse:
    """Take the code of a mail instead of its link. Not ``once``: a wrong try must count."""
    form = LinkCodeForm(typed(request))
    if form.is_valid() and (link := _named(request, form)):
        return _begin(request, link)
    return form_page(request, "support/link_code.html", form)


def _named(request: HttpRequest, form: LinkCodeForm) -> Link | None:
    throttles.spend(throttles.LINK_CODES_BY_NETWORK, network.address_of(request))
    try:
        return links.with_code(form.cleaned_data["link_code"], at=clock.now())
    except ValidationError as error:
        blame(form, error)
        return None


def _begin(request: HttpRequest, link: Link) -> HttpResponse:
    visits.begin(request, link)
    waits = kept.link_opened(request, str(link.uid))
    response = redirect("accounts:kept") if waits else redirect(PAGES[link.purpose], link.uid)
    response["Referrer-Policy"] = "no-referrer"  # the token goes nowhere, not even to ourselves
    return speak(response, _language_of(request, link))


def _language_of(request: HttpRequest, link: Link) -> str:
    """Return the mail's language, unless this browser has its own or the link asks for one."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or ASKED_BY in request.GET:
        return ""
    mail = link.notices.exclude(language="").order_by("-made_at").first()
    return mail.language if mail else ""


@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Leave at once: forget the links of this browser and go somewhere that says nothing."""
    visits.end_all(request)
    changes.forget(request)
    kept.forget(request)
    response = redirect(ELSEWHERE)
    response["Clear-Site-Data"] = '"cache"'
    return response
