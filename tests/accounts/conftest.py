import pytest

from accounts import codes
from tests.accounts import postbox


@pytest.fixture
def posted(settings):
    """Return the codes that were mailed, the newest last."""
    settings.CODE_SENDER = "tests.accounts.postbox.post"
    postbox.codes.clear()
    return postbox.codes


@pytest.fixture
def newest(posted):
    """Return a function for the digits of the newest code."""
    return lambda: codes.digits(posted[-1])


@pytest.fixture
def sign_in(client, newest):
    """Return a function that signs the test's browser in by mailed code."""

    def go(email="kari@example.com", browser=client, target="/"):
        browser.post("/sign-in/", {"email": email, "next": target})
        return browser.post("/sign-in/code/", {"digits": newest(), "next": target})

    return go
