"""The world of the matrix: one for a module, in a transaction that is never committed."""

import pytest
from django.db import connection

from accounts import throttles
from config import views
from support.services import tickets
from tests.matrix import fingerprint, table
from tests.matrix.world import World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        fingerprint.savepoint(),
    ):
        # Limits of how often are tried elsewhere; here one person has many of everything.
        patch.setattr(throttles, "spend", lambda *args, **kwargs: None)
        patch.setattr(tickets, "MOST_OPEN", 10_000)
        # What the world queued is old by the time that /readyz looks at it.
        patch.setattr(views, "LAG_SECONDS", 86_400)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield World(table.read())
