"""The owner's page of a tenant's use: until when it is, and the end of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chargers.models import Tenure
from chargers.permissions import is_owner
from records import clock
from support.models import Ticket
from support.services import uses
from support.views.once import once
from support.views.pages import GET_OR_POST


@login_required
@require_http_methods(GET_OR_POST)
@once
def use(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the owner a use of their charger; end it on POST. For anybody else there is none."""
    now = clock.now()
    rows = Tenure.objects.filter(role=Tenure.Role.CHARGING_USER).current(now)
    rows = rows.filter(source__startswith="ticket:", charger__isnull=False)
    found = get_object_or_404(rows.select_related("charger__installation"), uid=uid)
    if not is_owner(found.charger, request.user, now):
        raise Http404
    if request.method == "POST":
        uses.end_early(tenure_uid=str(uid), by=request.user)
        messages.success(request, _("The use has ended, and your tenant is told."))
        return redirect("chargers:settings", found.charger.uid)
    page = {"use": found, "charger": found.charger}
    page["ticket"] = Ticket.objects.filter(tenure=found).first()
    return render(request, "support/use.html", page)
