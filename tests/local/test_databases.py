"""A test finds the database as the migrations left it, whatever the test before it did."""

from datetime import timedelta

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.utils import ProgrammingError

from records import clock, events
from records.models import Event
from support.models import Policy
from tests import databases, servers

pytestmark = pytest.mark.django_db(transaction=True)


def database() -> str:
    return connection.settings_dict["NAME"]


@pytest.fixture
def clean_up():
    clean_up = databases.CleanUp(database())
    yield clean_up
    clean_up.close()


@pytest.fixture
def superuser():
    with psycopg.connect(
        servers.url_of(databases.SUPERUSER, database()), autocommit=True
    ) as connection:
        yield connection


def test_tests_run_as_the_role_that_may_not_truncate_or_sleep_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("handover_app",)
        for forbidden in ("TRUNCATE records_event", "SET session_replication_role = replica"):
            with pytest.raises(ProgrammingError, match="permission denied|must be owner"):
                cursor.execute(forbidden)


def test_clean_up_deletes_even_what_triggers_protect(clean_up):
    events.record("test:1", "tried", at=clock.now())

    clean_up.run()

    assert not Event.objects.exists()


def test_clean_up_puts_back_what_migrations_made(clean_up, superuser):
    before = list(ContentType.objects.order_by("pk").values_list())
    policies = list(Policy.objects.order_by("pk").values_list())
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE django_content_type SET model = 'x' WHERE id = 1")
    superuser.execute("DELETE FROM django_content_type WHERE id = 2")
    superuser.execute("DELETE FROM support_policy")

    clean_up.run()

    assert list(ContentType.objects.order_by("pk").values_list()) == before
    assert list(Policy.objects.order_by("pk").values_list()) == policies


@pytest.mark.django_db
@pytest.mark.parametrize("round_", [1, 2])
def test_time_passes_within_a_transaction_and_goes_back(pass_time, round_):
    assert clock.offset() == timedelta(0)
    pass_time(days=2)
    pass_time(hours=1)
    assert clock.offset() == timedelta(days=2, hours=1)


@pytest.mark.parametrize("round_", [1, 2])
def test_time_passes_between_transactions_and_goes_back(pass_time, round_):
    assert clock.offset() == timedelta(0)
    pass_time(days=2)
    assert clock.offset() == timedelta(days=2)


def test_clean_up_survives_a_test_that_ends_every_connection(clean_up, superuser):
    events.record("test:1", "tried", at=clock.now())
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'handover_owner'"
    )

    clean_up.run()

    assert not Event.objects.exists()
