from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from records import rights

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def tables():
    return [t for t in connection.introspection.table_names() if not t.startswith("pg_")]


def may(table, right):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [rights.APP_ROLE, table, right])
        return cursor.fetchone()[0]


def test_the_application_has_on_every_table_what_is_written_down():
    for table in tables():
        wanted = rights.rights_on(table).split(", ")
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert may(table, right) is (right in wanted), f"{right} on {table}"


@pytest.mark.parametrize("right", ["TRUNCATE", "TRIGGER", "REFERENCES"])
def test_the_application_never_empties_or_reshapes_a_table(right):
    assert [table for table in tables() if may(table, right)] == []


def test_every_table_with_rights_of_its_own_is_there():
    assert set(rights.RIGHTS) <= set(tables())


def test_granting_again_changes_nothing():
    out = StringIO()
    call_command("grant_rights", database="owner", stdout=out)

    assert f"{len(tables())} tables" in out.getvalue()
    test_the_application_has_on_every_table_what_is_written_down()


@pytest.mark.parametrize(
    ("role", "words"), [("nobody_here", "There is no role"), ("handover_owner", "owns these")]
)
def test_a_role_that_cannot_be_granted_to_is_said(role, words):
    out = StringIO()
    call_command("grant_rights", database="owner", role=role, stdout=out)

    assert words in out.getvalue() and "nothing was granted" in out.getvalue()
