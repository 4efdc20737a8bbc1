"""A charger's PIN: the one page that shows it, and who was let in to see it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import sessions, stepup
from accounts.models import normalise_email
from chargers.forms import JobForm, ShareCodeForm, ShareForm
from chargers.models import Charger, Share
from chargers.permissions import is_owner, right_of
from chargers.pins import PinValue
from chargers.refusals import Refused
from chargers.services import access, tenures
from records import clock
from records.access import saw

GET_OR_POST = ["GET", "HEAD", "POST"]
SHOWN_SECONDS = 30


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@sensitive_variables()
def reveal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say first what seeing a PIN means; show it on POST, for 30 seconds."""
    found, now = charger_of(request, uid), clock.now()
    right = right_of(found, request.user, now)
    form = (JobForm if right and not right.is_owner else Form)(_typed(request))
    if form.is_valid():
        proof = {"by": request.user, "authenticated_at": _proved_at(request)}
        with _refusals_on_record(request, found):
            pin = access.reveal(charger=found, job=form.cleaned_data.get("job", ""), **proof)
        return _pin_page(request, found, pin, again=True)
    why_not = access.why_not(found, request.user, now)
    owns = right is not None and right.is_owner
    page = {"charger": found, "form": form, "why_not": why_not, "owns": owns}
    return _form_page(request, "chargers/reveal.html", page)


@login_required
@require_POST
def establish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send the notice after which an owner known only from an import may look."""
    found = charger_of(request, uid)
    access.begin_establishing(charger=found, by=request.user)
    messages.success(request, _("The notice is on its way. Come back in 72 hours."))
    return redirect("chargers:settings", found.uid)


@login_required
@require_POST
@stepup.fresh
def renew_service(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let the installer on record see this PIN again."""
    found = charger_of(request, uid)
    tenures.renew_service(charger=found, by=request.user)
    messages.success(request, _("The installer on record has service access again."))
    return redirect("chargers:settings", found.uid)


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@sensitive_variables("code")
def share(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let the owner name a person; show the code to pass on, once."""
    found, now = charger_of(request, uid), clock.now()
    form = ShareForm(_typed(request))
    if form.is_valid():
        try:
            made, code = access.share(charger=found, by=request.user, **form.cleaned_data)
            page = {"charger": found, "share": made, "code": code}
            return _kept_nowhere(render(request, "chargers/shared.html", page))
        except ValidationError as error:
            form.add_error(None, error)
    why_not = access.why_not_share(found, request.user, now)
    page = {"charger": found, "form": form, "why_not": why_not}
    return _form_page(request, "chargers/share.html", page)


@login_required
@require_safe
def shares(request: HttpRequest) -> HttpResponse:
    """List what owners let the person see once."""
    return render(request, "chargers/shares.html", {"shares": _shares_for(request)})


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@sensitive_post_parameters("code")
@sensitive_variables()
def open_share(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the code that the owner passed on, and show the PIN once."""
    found = get_object_or_404(_shares_to(request), uid=uid)
    form = ShareCodeForm(_typed(request))
    if form.is_valid():
        proof = {"by": request.user, "authenticated_at": _proved_at(request)}
        try:
            with _refusals_on_record(request, found.charger):
                pin = access.open_share(share=found, code=form.cleaned_data["code"], **proof)
            return _pin_page(request, found.charger, pin, again=False)
        except ValidationError as error:
            form.add_error(None, error)
    return _form_page(request, "chargers/open_share.html", {"share": found, "form": form})


@login_required
@require_POST
def cancel_share(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a share back before it is opened."""
    mine = Charger.objects.owned_by(request.user, clock.now())
    found = get_object_or_404(Share, uid=uid, charger__in=mine)
    access.cancel_share(share=found, by=request.user)
    messages.success(request, _("It is cancelled: nobody can open it any more."))
    return redirect("chargers:settings", found.charger.uid)


def charger_of(request: HttpRequest, uid: UUID) -> Charger:
    """Return the charger if it concerns the person: what they may not see does not exist."""
    visible = Charger.objects.visible_to(request.user, clock.now())
    return get_object_or_404(visible.select_related("installation"), uid=uid)


def _shares_to(request: HttpRequest):
    mail = normalise_email(request.user.email)
    return Share.objects.filter(to_email=mail).exclude(to_email="").select_related("charger")


def _shares_for(request: HttpRequest):
    waiting = _shares_to(request).filter(opened_at=None, cancelled_at=None)
    return waiting.filter(expires_at__gt=clock.now()).order_by("expires_at")


@contextmanager
def _refusals_on_record(request: HttpRequest, found: Charger) -> Iterator[None]:
    """Put it on record that somebody was refused a PIN, outside the change that was rolled back."""
    try:
        yield
    except (PermissionDenied, Refused, ValidationError):
        saw(actor=request.user, what="pin_refused", subject=found.stream)
        raise


@sensitive_variables()
def _pin_page(request: HttpRequest, found: Charger, pin: PinValue, *, again: bool) -> HttpResponse:
    """Show the PIN: the only page that has it. Without JavaScript it leaves by itself as well.

    The page is drawn with places for it, and the PIN is put in last: an error while a page is
    drawn, and the report of it, have no PIN to tell.
    """
    shown, spelled = secrets.token_hex(8), secrets.token_hex(8)
    back = reverse("chargers:reveal", args=[found.uid]) if again else reverse("chargers:shares")
    page = {"charger": found, "shown": shown, "spelled": spelled}
    page |= {"again": again, "back": back, "seconds": SHOWN_SECONDS}
    if is_owner(found, request.user, clock.now()):
        page["exposure"] = access.exposure(found).sentence(request.user)
    response = render(request, "chargers/pin.html", page)
    digits = pin.digits()
    size = 4 if len(digits) % 4 == 0 and len(digits) > 4 else 2 if len(digits) % 2 == 0 else 3
    groups = [digits[start : start + size] for start in range(0, len(digits), size)]
    content = response.content.replace(shown.encode(), " ".join(groups).encode())
    response.content = content.replace(spelled.encode(), ", ".join(digits).encode())
    response["Refresh"] = f"{SHOWN_SECONDS}; url={back}"
    return _kept_nowhere(response)


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Pragma"] = "no-cache"
    return response


def _proved_at(request: HttpRequest) -> datetime | None:
    """Return when a mailed code last proved who sits here, by the sessions' clock."""
    age = sessions.age(request)
    return None if age is None else timezone.now() - age


def _to_proof(request: HttpRequest) -> str:
    """Return where somebody proves anew who they are: by second factor, or by a mailed code."""
    if sessions.is_staff_session(request):
        return f"{reverse('accounts:again')}?{urlencode({'next': request.path})}"
    return sessions.sign_in_url(request.path, again=True)


def _typed(request: HttpRequest):
    """Return what was sent, even if that is an empty form; None when nothing was."""
    return request.POST if request.method == "POST" else None


def _form_page(request: HttpRequest, template: str, page: dict) -> HttpResponse:
    """Show a form that needs a fresh sign-in, or the way to one; 422 beside what is wrong."""
    page["fresh"] = stepup.is_fresh(request)
    page["sign_in"] = _to_proof(request)
    status = 422 if page["form"].errors else 200
    return _kept_nowhere(render(request, template, page, status=status))
