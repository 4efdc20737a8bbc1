"""The start page: it helps without a request where that is possible."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from support.models import Ticket


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is for, where a PIN is found, whom to ask first, and how to ask us."""
    return render(request, "support/start.html", {"ticket": _latest(request)})


def _latest(request: HttpRequest) -> Ticket | None:
    """Return the person's latest request that is under way: its code belongs in the message."""
    if not request.user.is_authenticated:
        return None
    mine = Ticket.objects.filter(claimant=request.user, decided_at=None, offered_by=None)
    return mine.order_by("-pk").first()
