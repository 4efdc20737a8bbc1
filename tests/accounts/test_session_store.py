"""Sessions as they are kept: what was ended elsewhere does not come back."""

import pytest
from django.contrib.sessions.backends.base import UpdateError

from accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_is_saved_by_one_statement(django_assert_num_queries):
    session = SessionStore()
    session["words"] = "first"
    session.create()
    session["words"] = "second"

    with django_assert_num_queries(1):
        session.save()

    assert SessionStore(session.session_key)["words"] == "second"


def test_a_session_that_was_ended_meanwhile_stays_so():
    session = SessionStore()
    session.create()
    here = SessionStore(session.session_key)
    here["words"] = "typed meanwhile"
    session.delete()

    with pytest.raises(UpdateError):
        here.save()
    assert not SessionStore().exists(here.session_key)
