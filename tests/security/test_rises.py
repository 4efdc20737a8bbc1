"""Each rise of what a session may do gives it a new key; the old one is worth nothing (T-16)."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import codes
from accounts.models import Code
from tests.accounts.people_at_work import (
    digits,
    forget_steps,
    give_digits,
    give_password,
    go_to_work,
    grow_old,
    make_staff,
)
from tests.factories import asked, make_person, own, place_charger
from tests.support.public_world import at_browser, link_to, opened, type_code, url

pytestmark = pytest.mark.django_db(transaction=True)


def key(client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_old_key(old: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = old
    return client


def started() -> Client:
    """Return a browser that has a session already, as an attacker would have planted it."""
    client = Client()
    client.post(reverse("accounts:sign-in"), {"email": "someone@example.com"})
    return client


def rise_by_code(client):
    code = codes.digits(Code.objects.latest("made_at"))
    client.post(reverse("accounts:code"), {"digits": code})
    return reverse("accounts:profile")


def rise_by_second_factor(client):
    make_staff()
    give_password(client)
    forget_steps()
    give_digits(client)
    return reverse("support:desk")


def rise_by_link(client):
    charger = place_charger()
    link = link_to(charger, own(charger))
    asked(charger)
    opened(link, client)
    return url("answer", link.uid)


@pytest.mark.parametrize("rise", [rise_by_code, rise_by_second_factor, rise_by_link])
def test_a_planted_session_key_gains_nothing(rise):
    client = started()
    old = key(client)

    page = rise(client)

    assert key(client) != old
    assert client.get(page).status_code == 200
    assert with_old_key(old).get(page).status_code != 200


def test_a_password_alone_changes_the_key_too():
    client, _staff = started(), make_staff()
    old = key(client)

    give_password(client)

    assert key(client) != old


def test_the_code_to_a_link_changes_the_key_and_the_old_one_says_no_yes():
    charger = place_charger()
    link = link_to(charger, own(charger))
    asked(charger)
    client = opened(link)
    client.post(url("answer", link.uid), {"answer": "no_longer"})
    old = key(client)

    confirm = type_code(client, link).url

    assert key(client) != old
    assert client.get(confirm).status_code == 200
    assert with_old_key(old).post(confirm).status_code == 403
    assert not charger.answers.exists()


def test_a_fresh_proof_changes_the_key():
    client, _staff = Client(), make_staff()
    go_to_work(client)
    grow_old(client)
    old = key(client)
    again = reverse("accounts:again")
    forget_steps()

    client.post(again, {"proof-digits": digits()})

    assert key(client) != old
    assert with_old_key(old).get(reverse("support:desk")).status_code == 302


def test_signing_out_ends_the_session_for_whoever_has_its_key():
    client = at_browser(make_person())
    old = key(client)

    client.post(reverse("accounts:sign-out"))

    assert with_old_key(old).get(reverse("accounts:profile")).status_code == 302
