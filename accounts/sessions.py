"""Who sits at this browser, since when, and how well proved. Sessions live by the real clock."""

import functools
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import roles
from accounts.models import Code, User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
# How exactly idleness is measured: a session is written at most once in so long.
SEEN_EVERY = timedelta(minutes=1)
# How long after the password the second factor may be given, or the first one set up.
PATIENCE = timedelta(minutes=10)
# What a page asks by itself carries this header: it keeps no session alive.
QUIET = "X-Quiet"
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


def staff_url(target: str) -> str:
    """Return the sign-in page of staff that leads back to ``target``."""
    return f"{resolve_url('accounts:staff')}?{urlencode({'next': target})}"


def sign_in(request: HttpRequest, code: Code) -> User:
    """Sign in whoever has just proved an address; a new address becomes a new person.

    The session gets a new key. Raises PermissionDenied for someone who was disabled.
    """
    user = User.objects.by_email(code.email)
    if user is None:
        made = {"language": get_language(), "password": auth.hashers.make_password(None)}
        user, _made = User.objects.get_or_create(email=code.email, defaults=made)
    _require_active(user)
    if user.proved_at is None:
        user.proved_at = timezone.now()
        user.save(update_fields=["proved_at"])
    same = request.user.is_authenticated and request.user.pk == user.pk
    kept = ("staff_proved_at", "factor_at") if same else ()
    _begin(request, user, kept=kept, code_at=_stamp(), proof=str(code.uid))
    return user


def _require_active(user: User) -> None:
    if not user.is_active:
        raise PermissionDenied(_("This account is closed. Write to us and a person will look."))


def _begin(request: HttpRequest, user: User, *, kept: tuple[str, ...] = (), **proofs) -> None:
    """Let the person sit at this browser, under a new session key; ``kept`` outlives that."""
    kept = ("browser", "password_of", *kept)
    old = {name: request.session[name] for name in kept if name in request.session}
    auth.login(request, user, backend=_BACKEND)
    now = _stamp()
    fresh = {"authenticated_at": now, "seen_at": now, "began_at": now}
    request.session.update({**dict.fromkeys(("staff_proved_at", "factor_at")), **old, **fresh})
    request.session.update(proofs)


def password_given(request: HttpRequest, user: User) -> None:
    """Note that somebody knew this person's password; the second factor is awaited for a while."""
    _require_active(user)
    request.session.cycle_key()
    mark = {"user": user.pk, "at": _stamp(), "hash": user.get_session_auth_hash()}
    request.session["password_of"] = mark


def awaited(request: HttpRequest) -> User | None:
    """Return whose password was given here in the last ten minutes; None when nobody's."""
    mark = request.session.get("password_of")
    if not mark or _stamp() - mark["at"] > PATIENCE.total_seconds():
        return None
    user = User.objects.filter(pk=mark["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == mark["hash"] else None


def sign_in_staff(request: HttpRequest, user: User) -> None:
    """Let a person in who has given password and second factor. The session gets a new key."""
    _require_active(user)
    now = _stamp()
    same = request.user.is_authenticated and request.user.pk == user.pk
    kept = ("code_at", "proof") if same else ()
    _begin(request, user, kept=kept, staff_proved_at=now, factor_at=now)
    request.session.pop("password_of", None)


def renew(request: HttpRequest, *, by_factor: bool) -> None:
    """Note a fresh proof by the person who sits here. The session gets a new key."""
    request.session.cycle_key()
    request.session["factor_at" if by_factor else "code_at"] = _stamp()
    request.session["authenticated_at"] = _stamp()


def sign_out(request: HttpRequest) -> None:
    """End this browser's session."""
    auth.logout(request)


def signed_in(request: HttpRequest) -> bool:
    """Say whether somebody is signed in here."""
    return request.user.is_authenticated


def age(request: HttpRequest) -> timedelta | None:
    """Return how long ago a code or factor last proved who sits here; None when nothing did."""
    return _age(request, "authenticated_at")


def code_age(request: HttpRequest) -> timedelta | None:
    """Return how long ago a mailed code last proved who sits here; None when none did."""
    return _age(request, "code_at")


def factor_age(request: HttpRequest) -> timedelta | None:
    """Return how long ago the second factor last proved who sits here; None when none did."""
    ages = [_age(request, name) for name in ("factor_at", "staff_proved_at")]
    return min((age for age in ages if age is not None), default=None)


def _age(request: HttpRequest, name: str) -> timedelta | None:
    stamp = request.session.get(name)
    if stamp is None or not request.user.is_authenticated:
        return None
    return timedelta(seconds=max(0.0, _stamp() - stamp))


def _stamp() -> float:
    return timezone.now().timestamp()


def needs_factor(request: HttpRequest) -> bool:
    """Say whether a member of staff sits here who has not given password and second factor."""
    is_staff = request.user.is_authenticated and roles.is_staff(request.user, _now())
    return is_staff and not request.session.get("staff_proved_at")


def has_both_factors(request: HttpRequest) -> bool:
    """Say whether password and second factor were given here; nothing about the person's part."""
    session = getattr(request, "session", {})
    return request.user.is_authenticated and bool(session.get("staff_proved_at"))


def is_staff_session(request: HttpRequest) -> bool:
    """Say whether a member of staff sits here who has given password and second factor."""
    return has_both_factors(request) and roles.is_staff(request.user, _now())


def staff_only(view: Callable) -> Callable:
    """Let only staff with both factors into a view.

    Nobody signed in: to sign-in. No part in the house: 403. A factor still missing: asked for.
    """

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        target = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        if not request.user.is_authenticated:
            return redirect(staff_url(target))
        if not roles.is_staff(request.user, _now()):
            raise PermissionDenied(_("This page is for people who work here."))
        if not request.session.get("staff_proved_at"):
            return redirect(staff_url(target))
        return view(request, *args, **kwargs)

    return gate


def end_idle(get_response: Callable) -> Callable:
    """Middleware: a session left alone for 30 minutes, or older than 10 hours, is over."""

    def answer(request: HttpRequest) -> HttpResponse:
        if seen := request.session.get("seen_at"):
            now = timezone.now().timestamp()
            began = request.session.get("began_at", 0)
            if now - seen > IDLE.total_seconds() or now - began > LONGEST.total_seconds():
                # A form that comes too late is kept for this person (kept.py).
                request.ended_for = request.user.pk
                auth.logout(request)
            elif now - seen > SEEN_EVERY.total_seconds() and QUIET not in request.headers:
                request.session["seen_at"] = now
        return get_response(request)

    return answer


def _now():
    """Return the moment by the clock of the deadlines, which a room above keeps."""
    return import_string(settings.CLOCK)()
