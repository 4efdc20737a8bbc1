"""Signing in by a mailed code, signing out, and a person's own page."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, kept, network, sessions, throttles
from accounts.forms import AddressForm, CodeForm, ProfileForm
from accounts.models import Code

GET_OR_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_OR_POST)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an address and mail a code there; the same answer for every address."""
    again = request.user.is_authenticated
    target = sessions.own_path(request.POST.get("next") or request.GET.get("next"))
    if again and request.method != "POST" and "again" not in request.GET:
        return redirect(target)
    form = AddressForm({"email": request.user.email} if again else request.POST or None)
    if request.method == "POST" and form.is_valid():
        send_code(request, form.cleaned_data["email"])
        return redirect(f"{reverse('accounts:code')}?{urlencode({'next': target})}")
    return show(request, "accounts/sign_in.html", form=form, next=target, again=again)


def send_code(request: HttpRequest, email: str) -> None:
    """Mail a sign-in code to an address, for this browser; the page accounts:code takes it."""
    throttles.spend(throttles.CODES_BY_NETWORK, network.address_of(request))
    throttles.spend(throttles.CODES_IN_ALL, throttles.EVERYBODY)
    request.session["asked_email"] = email
    codes.request(
        email=email,
        purpose=Code.Purpose.SIGN_IN,
        browser=sessions.browser(request),
        language=get_language(),
    )


@require_http_methods(GET_OR_POST)
@sensitive_post_parameters("digits")
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the code from the mail and sign in, or mail another one."""
    email = request.session.get("asked_email")
    target = sessions.own_path(request.POST.get("next") or request.GET.get("next"))
    if email is None:
        return redirect(sessions.sign_in_url(target))
    if "resend" in request.POST:
        send_code(request, email)
        messages.info(request, _("If the address is right, a new code is on its way."))
        return redirect(f"{request.path}?{urlencode({'next': target})}")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _code_is_right(request, email, form):
        del request.session["asked_email"]
        return _on_to(request, target)
    return show(request, "accounts/code.html", form=form, next=target, email=email)


def _code_is_right(request: HttpRequest, email: str, form: CodeForm) -> bool:
    """Sign in if the code is right; if not, the form says why and what to do."""
    throttles.spend(throttles.TRIES_BY_NETWORK, network.address_of(request))
    try:
        code = codes.check(
            email=email,
            purpose=Code.Purpose.SIGN_IN,
            browser=sessions.browser(request),
            digits=form.cleaned_data["digits"],
        )
    except ValidationError as error:
        form.add_error("digits", error)
        return False
    sessions.sign_in(request, code)
    return True


def _on_to(request: HttpRequest, target: str) -> HttpResponse:
    """Go on to where the person wanted to be; staff by way of password and second factor."""
    on_the_way = (reverse("accounts:factors"), reverse("accounts:choose-password"))
    if sessions.needs_factor(request) and target not in on_the_way:
        target = sessions.staff_url(target)
    return speak(redirect(target), request.user.language)


@require_http_methods(GET_OR_POST)
def kept_form(request: HttpRequest) -> HttpResponse:
    """Show the form that came too late, to be sent on by a button; or let go of it."""
    waiting = kept.of(request)
    if waiting is None:
        return redirect(sessions.own_path(None))
    if request.method == "POST":
        kept.forget(request)
        messages.info(request, _("It was not sent."))
        return redirect(sessions.own_path(None))
    return render(request, "accounts/kept.html", {"kept": waiting})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and have the browser forget what it kept."""
    sessions.sign_out(request)
    page = render(request, "accounts/signed_out.html")
    page["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return page


@login_required
@require_http_methods(GET_OR_POST)
def profile(request: HttpRequest) -> HttpResponse:
    """Show a person's own page; let them change name and language."""
    first = {"language": request.user.language or get_language()}
    form = ProfileForm(request.POST or None, instance=request.user, initial=first)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        messages.success(request, _("Saved."))
        return speak(redirect("accounts:profile"), person.language)
    works_here = sessions.needs_factor(request) or sessions.is_staff_session(request)
    return show(request, "accounts/profile.html", form=form, works_here=works_here)


def show(
    request: HttpRequest, template: str, *, form: Form, status: int = 0, **page
) -> HttpResponse:
    """Show a page with a form; 422 when something in it is to be put right."""
    status = status or (422 if form.errors else 200)
    return render(request, template, {"form": form, **page}, status=status)


def speak(response: HttpResponse, language: str) -> HttpResponse:
    """Have the next pages in a person's own language."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
    return response
