"""The page on which staff manage how they sign in: apps, passkeys, recovery codes, sessions."""

import base64
import functools
from collections.abc import Callable
from uuid import UUID

from django.contrib import auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import factors, passkeys, passwords, sealing, sessions, stepup
from accounts.forms import AppForm, PasskeyForm
from accounts.models import User
from accounts.views import GET_OR_POST, show


def of_staff(view: Callable) -> Callable:
    """Let staff in who are signed in wholly, or are setting up their very first factor.

    That takes the password and a mailed code, both given here in the last ten minutes.
    """
    guarded = sessions.staff_only(view)

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if is_first_time(request):
            return view(request, *args, **kwargs)
        return guarded(request, *args, **kwargs)

    return gate


def is_first_time(request: HttpRequest) -> bool:
    """Say whether a member of staff without any factor sits here, freshly proved otherwise."""
    if not sessions.needs_factor(request) or sessions.awaited(request) != request.user:
        return False
    age = sessions.code_age(request)
    return age is not None and age <= sessions.PATIENCE and not factors.of(request.user).exists()


def fresh_or_first(view: Callable) -> Callable:
    """Ask for a fresh second factor, save from who is setting the first one up."""
    guarded = stepup.fresh_to_look(view)

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return (view if is_first_time(request) else guarded)(request, *args, **kwargs)

    return gate


@of_staff
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show how the person signs in, and what can be changed about it."""
    page = {
        "factors": list(factors.of(request.user)),
        "codes_left": factors.recovery_codes_left(request.user),
        "is_first": is_first_time(request),
        "has_passkeys": passkeys.can_be_used(request),
    }
    return render(request, "accounts/factors.html", page)


@of_staff
@require_http_methods(GET_OR_POST)
@fresh_or_first
@sensitive_post_parameters("digits")
@sensitive_variables("secret")
def add_app(request: HttpRequest) -> HttpResponse:
    """Show a new key as a picture and in letters, and take the digits that it makes."""
    secret = _kept_secret(request)
    form = AppForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            factors.add_app(user=request.user, secret=secret, **form.cleaned_data)
            del request.session["new_app"]
            return _added(request)
        except ValidationError as error:
            form.add_error("digits", error)
    picture = mark_safe(factors.picture_of(factors.address_of(request.user, secret)))  # noqa: S308
    letters = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return show(request, "accounts/add_app.html", form=form, picture=picture, letters=letters)


@sensitive_variables()
def _kept_secret(request: HttpRequest) -> str:
    """Return the key that is being set up here: in the session, sealed, until it is proved."""
    bound_to = f"new:{request.user.uid}"
    if kept := request.session.get("new_app"):
        try:
            return sealing.open_sealed(base64.b64decode(kept), bound_to=bound_to).decode()
        except ValueError:
            pass  # somebody else's, or its key is gone: a new one does no harm
    secret = factors.new_secret()
    sealed = sealing.seal(secret.encode(), bound_to=bound_to)
    request.session["new_app"] = base64.b64encode(sealed).decode()
    return secret


@of_staff
@require_http_methods(GET_OR_POST)
@fresh_or_first
@sensitive_post_parameters("passkey")
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Have the browser make a passkey and keep its public half."""
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = {"answer": form.cleaned_data["passkey"], "name": form.cleaned_data["name"]}
        try:
            passkeys.add(request, user=request.user, **said)
            return _added(request)
        except ValidationError as error:
            form.add_error("name", error)
    can = passkeys.can_be_used(request)
    options = passkeys.begin_adding(request, request.user) if can else ""
    return show(request, "accounts/add_passkey.html", form=form, passkey_options=options)


def _added(request: HttpRequest) -> HttpResponse:
    """After the first factor the person is at work, and is given recovery codes."""
    if sessions.has_both_factors(request):
        messages.success(request, _("Added. We have told you by mail as well."))
        return redirect("accounts:factors")
    sessions.sign_in_staff(request, request.user)
    return _codes_page(request, factors.make_recovery_codes(user=request.user))


@sessions.staff_only
@require_POST
@stepup.fresh
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Remove one of the person's factors, but never the last."""
    try:
        factors.end(user=request.user, uid=str(uid))
        messages.success(request, _("Removed. We have told you by mail as well."))
    except ValidationError as error:
        messages.error(request, error.message)
    return redirect("accounts:factors")


@sessions.staff_only
@require_POST
@stepup.fresh
def new_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them, this once."""
    return _codes_page(request, factors.make_recovery_codes(user=request.user))


@sensitive_variables()
def _codes_page(request: HttpRequest, made: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery.html", {"codes": made})


@sessions.staff_only
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere but here."""
    user = User.objects.get(pk=request.user.pk)
    passwords.end_sessions(user=user)
    auth.update_session_auth_hash(request, user)
    messages.success(request, _("Every other browser is signed out."))
    return redirect("accounts:factors")
