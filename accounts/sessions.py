"""Who sits at this browser, since when, and how well proved. Sessions live by the real clock."""

import functools
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import codes, roles
from accounts.models import Code, User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
# How exactly idleness is measured: a session is written at most once in so long.
SEEN_EVERY = timedelta(minutes=1)
_BACKEND = "accounts.backends.PeopleBackend"


def browser(request: HttpRequest) -> str:
    """Return this browser's secret, which binds a code to it; made at the first need (on POST)."""
    return request.session.setdefault("browser", secrets.token_urlsafe(24))


def own_path(target: str | None) -> str:
    """Return where to go next if it is a path of ours, or else the start page."""
    safe = bool(target) and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if safe and target.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def sign_in_url(target: str, *, again: bool = False) -> str:
    """Return the sign-in page that leads back to ``target``; ``again`` asks for a fresh proof."""
    query = {"next": target} | ({"again": "1"} if again else {})
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}"


def sign_in(request: HttpRequest, code: Code) -> User:
    """Sign in whoever has just proved an address; a new address becomes a new person.

    The session gets a new key. Raises PermissionDenied for someone who was disabled.
    """
    now = timezone.now()
    user = User.objects.by_email(code.email)
    if user is None:
        made = {"language": get_language(), "password": auth.hashers.make_password(None)}
        user, _made = User.objects.get_or_create(email=code.email, defaults=made)
    if not user.is_active:
        raise PermissionDenied(_("This account is closed. Write to us and a person will look."))
    if user.proved_at is None:
        user.proved_at = now
        user.save(update_fields=["proved_at"])
    secret, was = browser(request), request.session.get("staff_proved_at")
    same = request.user.is_authenticated and request.user.pk == user.pk
    auth.login(request, user, backend=_BACKEND)
    stamp = now.timestamp()
    request.session.update(
        {
            "browser": secret,
            "authenticated_at": stamp,
            "seen_at": stamp,
            "began_at": stamp,
            "proof": str(code.uid),
            "staff_proved_at": was if same else None,
        }
    )
    return user


def prove_staff(request: HttpRequest, password: str) -> None:
    """Count this session as staff if the password is right: the second factor after the mailbox.

    Raises ValidationError when it is not; after five wrong ones the session ends.
    """
    tries = codes.count_try(uid=request.session.get("proof", ""))
    if tries is None:
        auth.logout(request)
        words = _("The password was wrong too often. Sign in with a new code and try again.")
        raise ValidationError(words, code="dead")
    if not request.user.check_password(password):
        raise ValidationError(_("That is not your password."), code="wrong")
    request.session.cycle_key()
    request.session["staff_proved_at"] = timezone.now().timestamp()


def sign_out(request: HttpRequest) -> None:
    """End this browser's session."""
    auth.logout(request)


def signed_in(request: HttpRequest) -> bool:
    """Say whether somebody is signed in here."""
    return request.user.is_authenticated


def age(request: HttpRequest) -> timedelta | None:
    """Return how long ago a mailed code last proved who sits here; None when nobody did."""
    stamp = request.session.get("authenticated_at")
    if stamp is None or not request.user.is_authenticated:
        return None
    return timedelta(seconds=max(0.0, timezone.now().timestamp() - stamp))


def needs_password(request: HttpRequest) -> bool:
    """Say whether a member of staff sits here whose password is still missing."""
    is_staff = request.user.is_authenticated and roles.is_staff(request.user, _now())
    return is_staff and not request.session.get("staff_proved_at")


def has_both_factors(request: HttpRequest) -> bool:
    """Say whether code and password were given here; it tells nothing about the person's part."""
    session = getattr(request, "session", {})
    return request.user.is_authenticated and bool(session.get("staff_proved_at"))


def is_staff_session(request: HttpRequest) -> bool:
    """Say whether a member of staff sits here who has given code and password."""
    return has_both_factors(request) and roles.is_staff(request.user, _now())


def staff_only(view: Callable) -> Callable:
    """Let only staff with both factors into a view.

    Nobody signed in: to sign-in. No part in the house: 403. Password still missing: asked for it.
    """

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        target = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        if not request.user.is_authenticated:
            return redirect(sign_in_url(target))
        if not roles.is_staff(request.user, _now()):
            raise PermissionDenied(_("This page is for people who work here."))
        if not request.session.get("staff_proved_at"):
            return redirect(f"{resolve_url('accounts:staff')}?{urlencode({'next': target})}")
        return view(request, *args, **kwargs)

    return gate


def end_idle(get_response: Callable) -> Callable:
    """Middleware: a session left alone for 30 minutes, or older than 10 hours, is over."""

    def answer(request: HttpRequest) -> HttpResponse:
        if seen := request.session.get("seen_at"):
            now = timezone.now().timestamp()
            began = request.session.get("began_at", 0)
            if now - seen > IDLE.total_seconds() or now - began > LONGEST.total_seconds():
                auth.logout(request)
            elif now - seen > SEEN_EVERY.total_seconds():
                request.session["seen_at"] = now
        return get_response(request)

    return answer


def _now():
    """Return the moment by the clock of the deadlines, which a room above keeps."""
    return import_string(settings.CLOCK)()
