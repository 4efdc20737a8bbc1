"""The stop code of a letter: an objection by whoever really lives there, without a name."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import network, throttles
from support.party_forms import StopForm
from support.services import letters
from support.views.pages import GET_OR_POST, blame, form_page, typed

TRIES = 5


@require_http_methods(GET_OR_POST)
def stop(request: HttpRequest) -> HttpResponse:
    """Take a stop code. Five tries a visit; not ``once``, because a wrong try must count."""
    form = StopForm(typed(request))
    if form.is_valid() and _stopped(request, form):
        return redirect("support:stopped")
    return form_page(request, "support/stop.html", form)


def _stopped(request: HttpRequest, form: StopForm) -> bool:
    throttles.spend(throttles.STOPS_BY_NETWORK, network.address_of(request))
    tried = request.session.get("stop_tries", 0)
    if tried >= TRIES:
        form.add_error("stop_code", _("That was wrong five times. Write or call us instead."))
        return False
    try:
        letters.stop(stop_code=form.cleaned_data["stop_code"])
    except ValidationError as error:
        request.session["stop_tries"] = tried + 1
        blame(form, error)
        return False
    return True


@require_safe
def stopped(request: HttpRequest) -> HttpResponse:
    """Say that it is stopped, and what happens now."""
    return render(request, "support/stopped.html")
