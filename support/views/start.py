"""The start page: it helps without a request where that is possible, and counts how often."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from records import clock
from support.models import Helped, Ticket
from support.services import helping
from support.services.retention.schedule import MONTH, SCHEDULE
from support.staff_pages import pages_of
from support.views.once import once
from support.views.pages import GET_OR_POST


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is for, where a PIN is found, whom to ask first, and how to ask us.

    Staff with both factors start on their own page.
    """
    if sessions.has_both_factors(request):
        for page in pages_of(request.user, clock.now()):
            return redirect(page.url)
    return render(request, "support/start.html", {"ticket": _latest(request)})


@require_safe
def what_we_keep(request: HttpRequest) -> HttpResponse:
    """Say what is kept of whom and for how long, by the schedule that the nightly run follows."""
    keep = {rule.name: rule.keep for rule in SCHEDULE}
    page = {"drafts": keep["drafts"].days, "returned": keep["returned files"].days}
    page |= {"files": keep["files"].days, "requests": round(keep["requests"] / MONTH)}
    return render(request, "support/what_we_keep.html", page)


def _latest(request: HttpRequest) -> Ticket | None:
    """Return the person's latest request that is under way: its code belongs in the message."""
    if not request.user.is_authenticated:
        return None
    mine = Ticket.objects.filter(claimant=request.user, decided_at=None, offered_by=None)
    return mine.order_by("-pk").first()


@require_http_methods(GET_OR_POST)
@once
def helped(request: HttpRequest) -> HttpResponse:
    """Count that somebody needed no request, and nothing else about them; say thanks."""
    if request.method != "POST":
        return render(request, "support/helped.html")
    way = request.POST.get("way", "")
    if way not in Helped.Way.values:
        raise ValidationError(_("Use one of the buttons on the start page."))
    helping.count(way=way)
    return redirect("support:helped")
