"""What the public pages share: whose request it is, forms that say what is wrong, refusals kept."""

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from support.models import Ticket

GET_OR_POST = ["GET", "HEAD", "POST"]


def typed(request: HttpRequest):
    """Return what was sent, even if that is an empty form; None when nothing was."""
    return request.POST if request.method == "POST" else None


def own_ticket(user: User | AnonymousUser, request_code: str) -> Ticket:
    """Return the person's own request; anybody else's does not exist (404)."""
    rows = Ticket.objects.select_related("policy", "charger", "claimant")
    return get_object_or_404(rows, request_code=request_code, claimant=user)


def blame(form: forms.Form, error: ValidationError) -> None:
    """Put a service's refusal beside the fields that it names; the rest above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def form_page(
    request: HttpRequest, template: str, form: forms.Form, *, status: int = 422, **page
) -> HttpResponse:
    """Show a form; with errors, what was typed beside what is wrong with it (422)."""
    wrong = form.is_bound and bool(form.errors)
    return render(request, template, {"form": form, **page}, status=status if wrong else 200)
