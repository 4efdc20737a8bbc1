"""Staff in a real Chromium: the first factor, a passkey in a virtual key, and a fresh proof."""

import re

import pytest

from accounts import factors
from accounts.models import Factor, Role
from tests.accounts.people_at_work import PASSWORD, digits, forget_steps
from tests.factories import make_staff
from tests.journeys.test_main_story import make_sign_ins_older, prove
from tests.journeys.visitor import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agent():
    agent = make_staff(Role.AGENT)
    agent.set_password(PASSWORD)
    agent.save()
    return agent


def by_name(visitor):
    """Passkeys need a name, not a number, in the address."""
    visitor.base_url = visitor.base_url.replace("127.0.0.1", "localhost")
    return visitor


def plug_in_key(visitor) -> tuple:
    """Give the browser an authenticator that verifies its user; return its handle."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    return session, made["authenticatorId"]


def begin(visitor, agent):
    visitor.open("/desk/")
    visitor.fill("Your e-mail address", agent.email)
    visitor.fill("Your password", PASSWORD)
    visitor.press("Go on")


def sign_out(visitor) -> None:
    """Leave by the menu, which is shut on the public pages and lies open at the desk."""
    unfold = visitor.page.locator(".menu > summary")
    if unfold.is_visible():
        unfold.click()
    visitor.press("Sign out")


def set_up_app(visitor, agent, post) -> None:
    """The very first sign-in: password, mailed code, then the app with its picture."""
    begin(visitor, agent)
    prove(visitor, post, agent.email)
    visitor.press("Sign in")
    visitor.follow("Add an authenticator app")
    assert visitor.page.locator(".qr svg path").count() == 2
    visitor.fill("What you call it", "phone")
    secret = visitor.words_of(".facts code").replace(" ", "")
    visitor.fill("The six digits that the app shows now", digits(secret))
    visitor.press("Add it")
    assert visitor.page.locator(".recovery li").count() == 10
    visitor.follow("I have them")


def test_a_passkey_is_added_and_used_and_proves_afresh(agent, visit, post, aside):
    desk = by_name(visit(DESKTOP))
    session, key = plug_in_key(desk)
    set_up_app(desk, agent, post)
    desk.open("/me/factors/")
    desk.follow("Add a passkey")
    desk.fill("What you call it", "blue key")
    desk.press("Ask for the passkey")
    desk.sees("blue key")
    passkey = aside(lambda: factors.of(agent).get(kind=Factor.Kind.PASSKEY))

    sign_out(desk)
    begin(desk, agent)
    desk.press("Use your passkey")
    assert desk.page.url.endswith("/desk/")
    assert aside(lambda: Factor.objects.get(pk=passkey.pk).sign_count) > passkey.sign_count

    aside(make_sign_ins_older, minutes=10)
    desk.open("/me/factors/")
    # The page that asks is no success, which Chromium notes in its console.
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Make new recovery codes").click()
    desk.faults.clear()
    desk.press("Use your passkey")
    assert desk.page.locator(".recovery li").count() == 10

    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    desk.open("/")
    sign_out(desk)
    begin(desk, agent)
    desk.page.get_by_role("button", name="Use your passkey").click()
    desk.sees("That did not work, or was stopped.")


def test_the_app_needs_no_scripts(agent, visit, post, aside):
    phone = visit(PHONE, scripts=False)

    set_up_app(phone, agent, post)
    aside(forget_steps)
    phone.open("/me/factors/")
    assert not phone.page.get_by_role("link", name=re.compile("passkey")).count()
    assert phone.page.get_by_text("phone").first.is_visible()
