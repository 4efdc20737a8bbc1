"""The page for the code of a letter to an owner who is known only from an import."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_fsm import TransitionNotAllowed

from chargers.models import Charger
from records import clock
from support.forms import LetterCodeForm
from support.services import letters
from support.views.pages import GET_OR_POST, form_page, typed


@login_required
@require_http_methods(GET_OR_POST)
def code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the code. Not ``once``: a wrong try must count."""
    own = Charger.objects.owned_by(request.user, clock.now())
    charger = get_object_or_404(own, uid=uid)
    form = LetterCodeForm(typed(request))
    if form.is_valid():
        try:
            letters.establish(
                charger_id=charger.pk, by=request.user, code=form.cleaned_data["code"]
            )
        except (ValidationError, TransitionNotAllowed) as error:
            words = error.messages if isinstance(error, ValidationError) else [str(error)]
            form.add_error("code", words)
        else:
            messages.success(request, _("The code is right: you can see the PIN now."))
            return redirect("chargers:settings", charger.uid)
    return form_page(request, "support/establish_code.html", form, charger=charger)
