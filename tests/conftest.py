"""What every test stands on: real servers of its own, a migrated database, clean-up."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test import TransactionTestCase

from tests import databases, servers

pytest_plugins = ["tests.browsers", "tests.fixtures"]


def pytest_unconfigure():
    servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Replace pytest-django's: copy the migrated template; clean up by deleting as the owner.

    ``default`` is the application's role and ``owner`` the owner's, both on the same database.
    """
    name = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        databases.make(name)
        clean_up = databases.CleanUp(name)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: clean_up.run())
        yield
        clean_up.close()
        connections.close_all()


@pytest.fixture
def pass_time(request):
    """Move the clock of the deadlines: ``pass_time(days=15)``; it is put back after the test.

    Works in tests with and without ``transaction=True``.
    """
    request.getfixturevalue("django_db_setup")
    name = connections["default"].settings_dict["NAME"]
    moved = []

    def move(**length):
        databases.move_clock(name, timedelta(**length))
        moved.append(timedelta(**length))

    yield move
    if moved:
        databases.move_clock(name, -sum(moved, timedelta()))
