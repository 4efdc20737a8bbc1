"""What every test stands on: real servers of its own, a migrated database, clean-up."""

import pytest
from django.db import connections
from django.test import TransactionTestCase

from tests import databases, servers

pytest_plugins = ["tests.fixtures"]

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
        connections.close_all()
