"""The portal: my chargers, my installations, and the settings of a charger."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from chargers.models import Charger, Installation
from chargers.permissions import is_owner, right_of
from chargers.services import access, tenures
from chargers.services.exposure import open_shares
from chargers.services.standing import ready_at
from chargers.views import charger_of
from records import clock


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List the chargers that the person owns, uses or services."""
    now = clock.now()
    chargers = Charger.objects.visible_to(request.user, now).select_related("installation")
    return render(request, "chargers/mine.html", {"chargers": chargers.order_by("serial")})


@login_required
@require_safe
def own_settings(request: HttpRequest) -> HttpResponse:
    """Lead an owner straight to the Settings of their charger, or to the list of several."""
    owned = Charger.objects.owned_by(request.user, clock.now())[:2]
    if len(owned) == 1:
        return redirect("chargers:settings", owned[0].uid)
    return redirect("chargers:mine")


@login_required
@require_safe
def charger(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one charger and the way to its settings."""
    found, now = charger_of(request, uid), clock.now()
    page = {"charger": found, **_part(found, request.user, now)}
    return render(request, "chargers/charger.html", page)


@login_required
@require_safe
def settings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a charger's settings: where its PIN is, who may know it, who was let in."""
    return _settings_page(request, charger_of(request, uid), _("Settings"))


@login_required
@require_safe
def general(request: HttpRequest, uid: UUID, charger_uid: UUID) -> HttpResponse:
    """Show the same settings on the way by the installation, as the maker's app does."""
    found = charger_of(request, charger_uid)
    place = get_object_or_404(_installations(request), uid=uid, chargers=found)
    return _settings_page(request, found, _("General settings"), installation=place)


@login_required
@require_safe
def installations(request: HttpRequest) -> HttpResponse:
    """List the places where the person owns, uses or services a charger."""
    return render(request, "chargers/installations.html", {"places": _installations(request)})


@login_required
@require_safe
def installation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one place and those of its chargers that concern the person."""
    place = get_object_or_404(_installations(request), uid=uid)
    here = Charger.objects.visible_to(request.user, clock.now()).filter(installation=place)
    page = {"installation": place, "chargers": here.order_by("unit", "serial")}
    return render(request, "chargers/installation.html", page)


def _installations(request: HttpRequest):
    return Installation.objects.visible_to(request.user, clock.now()).order_by("city", "street")


def _part(found: Charger, user: User, at: datetime) -> dict:
    """Return as what a person sees a charger: its owner, or the installer with service access."""
    owns, right = is_owner(found, user, at), right_of(found, user, at)
    return {"owns": owns, "serves": bool(right and not right.is_owner)}


def _settings_page(request: HttpRequest, found: Charger, heading: str, **page) -> HttpResponse:
    now = clock.now()
    page |= {"charger": found, "heading": heading, **_part(found, request.user, now)}
    page["why_not"] = access.why_not(found, request.user, now)
    if page["owns"]:
        tenure = found.owner_tenure(now)
        page |= {
            "tenure": tenure,
            "ready_at": ready_at(found, tenure),
            "exposure": access.exposure(found).sentence(request.user),
            "shares": open_shares(found, now),
            "uses": tenures.uses_of(found, now),
            "lapsed_service": tenures.lapsed_firm(found, now) is not None,
        }
    return render(request, "chargers/settings.html", page)
