"""A fresh proof before an act with power, asked for on the spot; what was typed goes along.

Put ``@stepup.fresh`` on the view of an act, inside the gate that says who may come in and outside
``once``::

    @sessions.staff_only        # or login_required
    @require_POST
    @stepup.fresh
    @once
    def approve(request, ...): ...

A POST whose person was proved more than five minutes ago is answered with a page that asks for the
proof and carries every field of the form; sent from there, proof and form arrive together and the
view runs at once. Nothing that was typed is stored. Staff prove themselves by authenticator app,
recovery code or passkey, everybody else by a mailed code. A GET passes; ``@stepup.fresh_to_look``
is for pages that already show what must not be seen by whoever passes by. Files cannot be carried.
"""

import functools
from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from accounts import codes, factors, network, passkeys, sessions, tries
from accounts.forms import MailedProofForm, StaffProofForm
from accounts.models import Code, User

FRESH = timedelta(minutes=5)
SAFE = ("GET", "HEAD", "OPTIONS")
PREFIX = "proof-"


def fresh(view: Callable) -> Callable:
    """Let a POST through only within five minutes of a proof; ask for one where it is older."""

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        page = None if request.method in SAFE else ask(request)
        return page or view(request, *args, **kwargs)

    return gate


def fresh_to_look(view: Callable) -> Callable:
    """Let nobody even look without a proof from the last five minutes."""

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method in SAFE and not is_fresh(request):
            target = urlencode({"next": request.get_full_path()})
            return redirect(f"{resolve_url('accounts:again')}?{target}")
        page = None if request.method in SAFE else ask(request)
        return page or view(request, *args, **kwargs)

    return gate


def is_fresh(request: HttpRequest) -> bool:
    """Say whether who sits here was proved in the last five minutes; staff by second factor."""
    by_factor = sessions.is_staff_session(request)
    age = sessions.factor_age(request) if by_factor else sessions.age(request)
    return age is not None and age <= FRESH


def ask(request: HttpRequest) -> HttpResponse | None:
    """Return None when the proof is fresh, or came along and is right; else the page that asks."""
    if not request.user.is_authenticated:
        return redirect(sessions.sign_in_url("/"))
    given, request.POST = _take_apart(request.POST)
    if is_fresh(request):
        return None
    by_factor = sessions.is_staff_session(request)
    wants_code = f"{PREFIX}resend" in given or not given
    form = _form(by_factor, None if wants_code else given)
    if form.is_bound and form.is_valid() and _proves(request, by_factor, form):
        return None
    if wants_code and not by_factor:
        _mail_code(request)
    return page(request, form)


def page(request: HttpRequest, form: Form | None = None, **more) -> HttpResponse:
    """Show the page that asks for a proof, with everything that was sent in hidden fields."""
    by_factor = sessions.is_staff_session(request)
    options = passkeys.begin(request, request.user) if by_factor else ""
    about = {
        "form": form or _form(by_factor, None),
        "by_factor": by_factor,
        "passkey_options": options,
        "kept": [(name, value) for name, values in request.POST.lists() for value in values],
        "action": request.get_full_path(),
        "is_asked": request.method == "POST",
    }
    status = 200 if request.method in SAFE else 403
    if form is not None and form.errors:
        status = 422
    return render(request, "accounts/again.html", about | more, status=status)


def _form(by_factor: bool, given: QueryDict | None) -> Form:
    return (StaffProofForm if by_factor else MailedProofForm)(given, prefix=PREFIX.rstrip("-"))


def _take_apart(sent: QueryDict) -> tuple[QueryDict, QueryDict]:
    """Part what was sent into the proof and the form that it goes along with."""
    given, rest = QueryDict(mutable=True), QueryDict(mutable=True)
    for name, values in sent.lists():
        if name != "csrfmiddlewaretoken":
            (given if name.startswith(PREFIX) else rest).setlist(name, values)
    return given, rest


@sensitive_variables()
def _proves(request: HttpRequest, by_factor: bool, form: Form) -> bool:
    try:
        if by_factor:
            check_factor(request, request.user, form.cleaned_data)
        else:
            _check_code(request, form.cleaned_data["digits"])
    except ValidationError as error:
        form.add_error("digits", error)
        return False
    sessions.renew(request, by_factor=by_factor)
    return True


@sensitive_variables()
def check_factor(request: HttpRequest, user: User, proof: dict) -> None:
    """Check a second factor: ``passkey`` (a browser's answer), else ``digits``.

    Raises ValidationError when it is wrong; after five wrong ones in a quarter of an hour, or
    fifty from one network, also when it is right.
    """
    vouched_by = vouched(request, user)
    network_address = network.address_of(request)
    tries.spend(email=user.email, network=network_address, vouched_by=vouched_by)
    if proof.get("passkey"):
        passkeys.check(request, user=user, answer=proof["passkey"])
    else:
        factors.check(user=user, text=proof.get("digits", ""))
    tries.succeed(email=user.email)


def vouched(request: HttpRequest, user: User) -> str:
    """Return the uid of the mailed code by which this person signed in here; "" if by none."""
    is_theirs = request.user.is_authenticated and request.user.pk == user.pk
    return request.session.get("proof", "") if is_theirs else ""


def _mail_code(request: HttpRequest) -> None:
    codes.request(
        email=request.user.email,
        purpose=Code.Purpose.SIGN_IN,
        browser=sessions.browser(request),
        language=get_language(),
    )


@sensitive_variables()
def _check_code(request: HttpRequest, digits: str) -> None:
    codes.check(
        email=request.user.email,
        purpose=Code.Purpose.SIGN_IN,
        browser=sessions.browser(request),
        digits=digits,
    )
