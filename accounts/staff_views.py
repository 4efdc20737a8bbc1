"""How staff sign in: password, then second factor; and how they choose a password."""

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import factors, network, passkeys, passwords, sessions, stepup
from accounts.forms import NewPasswordForm, PasswordForm, StaffProofForm
from accounts.models import User
from accounts.views import GET_OR_POST, send_code, show, speak


@require_http_methods(GET_OR_POST)
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """Ask who it is, and for the password."""
    target = sessions.own_path(request.POST.get("next") or request.GET.get("next"))
    if sessions.has_both_factors(request):
        return redirect(target)
    first = {"email": request.user.email} if request.user.is_authenticated else {}
    form = PasswordForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and (user := _known_by(request, form)):
        sessions.password_given(request, user)
        if factors.of(user).exists():
            return redirect(f"{reverse('accounts:second')}?{urlencode({'next': target})}")
        return _to_set_up(request, user)
    return show(request, "accounts/staff.html", form=form, next=target)


def _known_by(request: HttpRequest, form: PasswordForm) -> User | None:
    mine = User.objects.by_email(form.cleaned_data["email"])
    try:
        return passwords.check(
            **form.cleaned_data,
            network=network.address_of(request),
            vouched_by=stepup.vouched(request, mine) if mine else "",
        )
    except ValidationError as error:
        form.add_error("password" if error.code == "wrong" else None, error)
        return None


def _to_set_up(request: HttpRequest, user: User) -> HttpResponse:
    """Lead to the first factor, by way of a mailed code: the password alone is no fresh proof."""
    target = reverse("accounts:factors")
    send_code(request, user.email)
    return redirect(f"{reverse('accounts:code')}?{urlencode({'next': target})}")


@require_http_methods(GET_OR_POST)
@sensitive_post_parameters("proof-digits", "proof-passkey")
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; with the right one the person is at work."""
    target = sessions.own_path(request.POST.get("next") or request.GET.get("next"))
    user = sessions.awaited(request)
    if user is None:
        return redirect(sessions.staff_url(target))
    if not factors.of(user).exists():
        return redirect("accounts:factors")
    form = StaffProofForm(request.POST if request.method == "POST" else None, prefix="proof")
    if form.is_valid() and _is_right(request, user, form):
        sessions.sign_in_staff(request, user)
        return speak(redirect(target), user.language)
    page = {"next": target, "email": user.email, "passkey_options": passkeys.begin(request, user)}
    return show(request, "accounts/second.html", form=form, **page)


def _is_right(request: HttpRequest, user: User, form: StaffProofForm) -> bool:
    try:
        stepup.check_factor(request, user, form.cleaned_data)
    except ValidationError as error:
        form.add_error("digits", error)
        return False
    return True


@login_required
@require_http_methods(GET_OR_POST)
def again(request: HttpRequest) -> HttpResponse:
    """Ask for a fresh proof and lead on to a page that shows itself only after one."""
    target = redirect(sessions.own_path(request.GET.get("next")))
    if request.method == "POST":
        return stepup.ask(request) or target
    return target if stepup.is_fresh(request) else stepup.page(request)


@login_required
@require_http_methods(GET_OR_POST)
@sensitive_post_parameters()
def choose_password(request: HttpRequest) -> HttpResponse:
    """Let a member of staff choose a password, after a fresh mailed code and any second factor."""
    if not (sessions.needs_factor(request) or sessions.is_staff_session(request)):
        raise PermissionDenied(_("This page is for people who work here."))
    age = sessions.code_age(request)
    if age is None or age > stepup.FRESH:
        return redirect(sessions.sign_in_url(request.path, again=True))
    user, sent = request.user, request.POST if request.method == "POST" else None
    form = NewPasswordForm(sent, user=user)
    proof = StaffProofForm(sent, prefix="proof") if factors.of(user).exists() else None
    is_proved = form.is_valid() and (
        proof is None or (proof.is_valid() and _is_right(request, user, proof))
    )
    if is_proved:
        return _changed(request, user, form.cleaned_data["password"])
    page = {"proof": proof, "passkey_options": passkeys.begin(request, user) if proof else ""}
    status = 422 if form.errors or (proof and proof.errors) else 200
    return show(request, "accounts/choose_password.html", form=form, status=status, **page)


def _changed(request: HttpRequest, user: User, new: str) -> HttpResponse:
    passwords.change(user=user, password=new)
    auth.update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    if sessions.has_both_factors(request):
        return redirect("accounts:factors")
    if not factors.of(user).exists():
        sessions.password_given(request, user)
        return redirect("accounts:factors")
    sessions.sign_in_staff(request, user)
    return redirect("home")
