"""Staff with a password and a second factor, and what they type."""

import pyotp
from django.utils import timezone

from accounts import factors, roles
from accounts.models import Factor, Role, User
from records import clock

PASSWORD = "a long pass phrase of mine"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_staff(email="agent@example.com", role=Role.AGENT, *, has_app=True, **fields) -> User:
    user = User.objects.create_user(email, PASSWORD, **fields)
    roles.begin(user=user, role=role, at=clock.now())
    if has_app:
        give_app(user)
    return user


def give_app(user: User, secret: str = SECRET) -> Factor:
    """Give a person an authenticator app whose digits have not been used yet."""
    return factors.set_up(user=user, secret=secret, name="phone")


def digits(secret: str = SECRET, steps: int = 0) -> str:
    """Return what the app shows now, or some steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(int(timezone.now().timestamp()) + 30 * steps)


def forget_steps() -> None:
    """Let digits that were used be good again: tests do not wait 30 seconds."""
    Factor.objects.update(last_step=None)


def give_password(browser, email="agent@example.com", password=PASSWORD, target="/"):
    sent = {"email": email, "password": password, "next": target}
    return browser.post("/sign-in/staff/", sent)


def give_digits(browser, text=None, target="/"):
    sent = {"proof-digits": digits() if text is None else text, "next": target}
    return browser.post("/sign-in/second/", sent)


def go_to_work(browser, email="agent@example.com", target="/"):
    """Sign in as staff do, by password and app."""
    forget_steps()
    give_password(browser, email, target=target)
    return give_digits(browser, target=target)


def grow_old(browser, minutes=6):
    """Let every proof of this browser be longer ago."""
    session = browser.session
    for name in ("authenticated_at", "code_at", "factor_at", "staff_proved_at"):
        if session.get(name):
            session[name] -= minutes * 60
    session.save()
