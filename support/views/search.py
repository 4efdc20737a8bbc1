"""Finding a ticket; each search is on record."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from records import clock
from support.services import search as service
from support.views.gate import desk_only


@desk_only
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what a text finds."""
    text = request.GET.get("q", "").strip()[: service.LONGEST]
    rows = service.find(text=text, by=request.user) if text else []
    page = {"text": text, "rows": rows, "now": clock.now(), "most": service.MOST}
    return render(request, "support/desk/search.html", page)
