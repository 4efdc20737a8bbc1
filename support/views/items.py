"""The desk looks at one item: its pictures, what was read where, and what a machine noticed."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import stepup
from records import clock
from support import permissions
from support.desk_forms import UncoverForm
from support.models import EvidenceItem, Picture
from support.reading import found
from support.services import pictures
from support.views.desk import desk_only, find_ticket
from support.views.once import once


@desk_only
@require_safe
def item(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one item; each picture that is shown puts its own look on record."""
    return _page(request, uid)


@desk_only
@require_POST
@stepup.fresh
@once
def uncover(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show this person a blurred picture as it is, for a reason that stays on record."""
    seen = _item(request, uid)
    number = request.POST.get("page", "1")[:3]
    rows = Picture.objects.filter(item=seen).exclude(file_key="")
    if not (number.isascii() and number.isdecimal()):
        raise Http404
    picture = get_object_or_404(rows, number=int(number))
    form = UncoverForm(request.POST, verb=f"uncover-{number}")
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            pictures.uncover(picture_uid=picture.uid, by=request.user, reason=reason)
            messages.warning(request, _("You see it as it is now. That and your reason are kept."))
            return redirect("support:desk-item", uid)
        except ValidationError as error:
            form.add_error("reason", error.message_dict["reason"])
    return _page(request, uid, bound={picture.number: form}, status=422)


def _item(request: HttpRequest, uid: UUID) -> EvidenceItem:
    seen = get_object_or_404(EvidenceItem.every.exclude(sha256=""), uid=uid)
    seen.ticket = find_ticket(request, pk=seen.ticket_id)
    return seen


def _page(
    request: HttpRequest, uid: UUID, *, bound: dict[int, UncoverForm] | None = None, status=200
) -> HttpResponse:
    seen = _item(request, uid)
    read = found.of_item(seen, at=clock.now(), user=request.user)
    for page in read.pages:
        number = page.picture.number
        page.form = (bound or {}).get(number) or UncoverForm(verb=f"uncover-{number}")
    works = permissions.may_work(seen.ticket, request.user)
    context = {"item": seen, "ticket": seen.ticket, "found": read, "works": works}
    return render(request, "support/desk/item_page.html", context, status=status)
