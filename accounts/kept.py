"""What was typed into a form whose session had ended: kept sealed, and given back after sign-in.

A form that is sent half an hour after the last page finds nobody signed in, or the link of a mail
closed. Its fields are kept in this browser's new session, sealed, for an hour, and shown once the
same person has signed in, or the same link was opened again: one button sends them on to the page
they were for, which checks everything as always. Nothing of it stands in an address, and nothing
happens without that button. Files cannot be kept, and secrets (codes, passwords) are not.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts import network, sessions, throttles

KEY, FIELD = "kept_form", "kept-form"
LASTS = timedelta(hours=1)
MOST_SIGNS = 100_000
NEVER_KEPT = {"csrfmiddlewaretoken", "digits", "password", "password_again", "next", FIELD}
NOT_SHOWN = {"form_key", "facts_version"}
BY_PERSON, BY_LINK, BY_BROWSER = "person", "link", "browser"
_NONCE = 12


@dataclass(frozen=True)
class Kept:
    """A form that waits: where it was sent, its fields in order, whether files were with it."""

    uid: str
    action: str
    fields: list[tuple[str, str]]
    had_files: bool

    @property
    def words(self) -> list[str]:
        """What a person typed or chose, to be shown; not what a page put in by itself."""
        return [value for name, value in self.fields if name not in NOT_SHOWN and value.strip()]


def keep_typed(get_response: Callable) -> Callable:
    """Middleware: keep a form that came too late, and let go of one that was sent again."""

    def answer(request: HttpRequest) -> HttpResponse:
        _let_go(request)
        response = get_response(request)
        return _kept(request, response) or response

    return answer


def _let_go(request: HttpRequest) -> None:
    """Forget what is sent again now, and take our own field out of the form."""
    if request.method == "POST" and (waiting := request.session.get(KEY)):
        if request.POST.get(FIELD) == waiting["uid"]:
            del request.session[KEY]
            request.POST = request.POST.copy()
            del request.POST[FIELD]


def _kept(request: HttpRequest, response: HttpResponse) -> HttpResponse | None:
    """Keep a lost form and return where to go for it; None for any other answer."""
    by_hand = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if request.method != "POST" or not by_hand or sessions.QUIET in request.headers:
        return None
    refusal = getattr(request, "refusal", None)
    if getattr(request, "form_expired", False) and _is_from_us(request):
        person = request.user.pk if request.user.is_authenticated else None
        owner = (BY_PERSON, person) if person else (BY_BROWSER, "")
        return _keep(request, *owner) and redirect("accounts:kept")
    if link := getattr(refusal, "link_uid", None):
        _keep(request, BY_LINK, str(link))
        return None
    door = response.get("Location", "").partition("?")[0]
    if request.user.is_authenticated or response.status_code != 302:
        return None
    for page, address in ((settings.LOGIN_URL, sessions.sign_in_url), ("accounts:staff", staff)):
        if door == resolve_url(page) and request.path != door:
            person = getattr(request, "ended_for", None)
            target = resolve_url("accounts:kept")
            return redirect(address(target)) if _keep(request, BY_PERSON, person) else None
    return None


def staff(target: str) -> str:
    return sessions.staff_url(target)


def _is_from_us(request: HttpRequest) -> bool:
    """Say whether the form was on a page of ours, by what a browser alone can say."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


@sensitive_variables()
def _keep(request: HttpRequest, by: str, whose: Any) -> bool:
    """Seal the fields into the session; False when there are none, or more than we keep."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in NEVER_KEPT and not name.startswith("proof-")
    ]
    text = json.dumps(fields)
    if not any(value.strip() for _name, value in fields) or len(text) > MOST_SIGNS:
        return False
    with contextlib.suppress(throttles.Throttled):
        throttles.spend(throttles.KEPT_BY_NETWORK, network.address_of(request))
        uid = secrets.token_urlsafe(16)
        request.session[KEY] = {
            "uid": uid,
            "at": timezone.now().timestamp(),
            "by": by,
            "whose": whose,
            "action": request.path,
            "files": bool(request.FILES),
            "sealed": _seal(text, uid),
        }
        return True
    return False


def link_opened(request: HttpRequest, link_uid: str) -> bool:
    """Say whether a form waits for this link, which has just been opened here; it shows itself."""
    waiting = _waiting(request)
    if waiting and (waiting["by"], waiting["whose"]) == (BY_LINK, link_uid):
        request.session[KEY] = waiting | {"by": BY_BROWSER}
        return True
    return False


@sensitive_variables()
def of(request: HttpRequest) -> Kept | None:
    """Return what waits for whoever sits here; None for anybody else, or after an hour."""
    waiting = _waiting(request)
    if waiting is None or not _is_theirs(request, waiting):
        return None
    try:
        fields = json.loads(_open(waiting["sealed"], waiting["uid"]))
    except InvalidTag:
        return None
    rows = [(name, value) for name, value in fields]
    return Kept(waiting["uid"], waiting["action"], rows, waiting["files"])


def forget(request: HttpRequest) -> None:
    """Let go of what waits."""
    request.session.pop(KEY, None)


def _waiting(request: HttpRequest) -> dict | None:
    waiting = request.session.get(KEY)
    if waiting and timezone.now().timestamp() - waiting["at"] <= LASTS.total_seconds():
        return waiting
    return None


def _is_theirs(request: HttpRequest, waiting: dict) -> bool:
    if waiting["by"] == BY_BROWSER:
        return True
    is_person = waiting["by"] == BY_PERSON and request.user.is_authenticated
    return is_person and waiting["whose"] in (None, request.user.pk)


def _seal(text: str, uid: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return (nonce + _cipher().encrypt(nonce, text.encode(), uid.encode())).hex()


def _open(sealed: str, uid: str) -> str:
    raw = bytes.fromhex(sealed)
    return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], uid.encode()).decode()


def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(b"accounts.kept:" + settings.SECRET_KEY.encode()).digest())
