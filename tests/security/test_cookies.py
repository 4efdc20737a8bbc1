"""Every cookie that production sets: `__Host-`, Secure, HttpOnly, SameSite, for the whole host."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings as project
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.matrix.fingerprint import savepoint
from tests.security import fields
from tests.security.test_fuzz import pages

NAMES = ("SESSION", "CSRF", "LANGUAGE")
ASKED = """
import json
from config import settings
names = [n for n in dir(settings) if "_COOKIE_" in n]
print(json.dumps({n: getattr(settings, n) for n in names}))
"""


@pytest.fixture(scope="module")
def as_in_production(world):
    """Use the cookies' settings of a deployment on another address than this machine's."""
    found = of_production()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            patch.setattr(project, name, value)
        yield found


def of_production() -> dict:
    changes = {"BASE_URL": "https://handover.example.com", "ALLOWED_HOSTS": "handover.example.com"}
    command = [sys.executable, "-c", ASKED]
    said = subprocess.run(
        command, cwd=project.BASE_DIR, env=os.environ | changes, capture_output=True, check=True
    )
    return json.loads(said.stdout)


def wrong_in(answer: HttpResponse, where: str) -> list[str]:
    """Return what is wrong with the cookies that an answer sets."""
    wrong = []
    for name, cookie in answer.cookies.items():
        is_whole = cookie["path"] == "/" and not cookie["domain"]
        guarded = cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
        if not (name.startswith("__Host-") and is_whole and (guarded or not cookie.value)):
            wrong.append(f"{where}: {cookie.OutputString()}")
    return wrong


def at_home(browser) -> Client:
    """Return an actor's browser, with its session under the name that production gives it."""
    client = browser.client()
    if "session" in client.cookies:
        client.cookies["__Host-session"] = client.cookies.pop("session").value
    return client


def test_production_names_its_cookies_for_the_host(as_in_production):
    assert {as_in_production[f"{name}_COOKIE_NAME"][:7] for name in NAMES} == {"__Host-"}
    assert not [n for n, v in as_in_production.items() if n.endswith("_DOMAIN") and v]


def test_every_cookie_of_every_page_and_form_is_guarded(world, as_in_production):
    wrong, seen = [], set()
    tried = [(cell, "get") for cell in pages(world)]
    forms = [fields.allowed(url, world) for url in fields.posts()]
    tried += [(cell, "post") for cell in forms if cell]
    for cell, how in tried:
        with savepoint():
            sent = world.typed(cell) if how == "post" else {}
            answer = getattr(at_home(world.browsers[cell.actor]), how)(cell.path, sent, secure=True)
        b"".join(answer if answer.streaming else ())
        seen |= set(answer.cookies)
        wrong += wrong_in(answer, str(cell))
    assert wrong == []
    assert {as_in_production["SESSION_COOKIE_NAME"], as_in_production["CSRF_COOKIE_NAME"]} <= seen


@pytest.mark.parametrize("name", ["accounts:sign-in", "accounts:sign-out", "language"])
def test_signing_in_and_out_and_a_language_set_guarded_cookies(name, world, as_in_production):
    sent = {"email": "someone@example.com", "language": "nb", "next": "/"}
    with savepoint():
        client = at_home(world.browsers["claimant" if name.endswith("out") else "anonymous"])
        answer = client.post(reverse(name), sent, secure=True)
    assert answer.cookies and wrong_in(answer, name) == []
