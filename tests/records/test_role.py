"""What the application's own database role is refused by PostgreSQL: direct SQL."""

import pytest
from django.db import ProgrammingError, connection

from records import access, clock, events

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

RECORDED = ["records_event", "records_access", "chargers_reveal", "records_chainhead"]
CHANGES = ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"]
RESHAPES = [
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} DISABLE TRIGGER USER",
    "ALTER TABLE {} ADD COLUMN extra integer",
    "ALTER TABLE {} RENAME TO elsewhere",
    "ALTER TABLE {} OWNER TO handover_app",
    "DROP TABLE {} CASCADE",
    "CREATE RULE quiet AS ON INSERT TO {} DO INSTEAD NOTHING",
    "CREATE TRIGGER quiet BEFORE INSERT ON {} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE POLICY all_of_it ON {} USING (true)",
]
RISES = [
    "SET session_replication_role = replica",
    "SET LOCAL session_replication_role = replica",
    "SET ROLE handover_owner",
    "SET SESSION AUTHORIZATION handover_owner",
    "GRANT handover_owner TO handover_app",
    "ALTER ROLE handover_app SUPERUSER",
    "ALTER ROLE handover_app SET session_replication_role = replica",
    "REASSIGN OWNED BY handover_owner TO handover_app",
    "ALTER DATABASE postgres OWNER TO handover_app",
    "CREATE TABLE public.mine (id integer)",
    "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION records_event_refuse_change() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION records_event_refuse_change() CASCADE",
    "DROP TRIGGER records_event_refuse_change ON records_event",
    "COPY records_event TO PROGRAM 'cat'",
    "UPDATE records_clockoffset SET \"offset\" = '1 day'",
    "UPDATE records_chainhead SET digest = ''",
    "DELETE FROM records_alert",
    "UPDATE chargers_reveal SET person_id = NULL",
]


def partition() -> str:
    row = access.saw(actor=None, what="ticket", subject="ticket:1")
    access.make_partitions(first_day=row.at.date(), months=2)
    return f"records_access_{row.at:%Y_%m}"


@pytest.mark.parametrize("table", RECORDED)
@pytest.mark.parametrize("statement", CHANGES + RESHAPES)
def test_what_is_recorded_is_neither_changed_nor_reshaped(table, statement):
    if table == "records_chainhead":
        statement = statement.replace("SET at = now()", "SET digest = ''")
    refused(statement.format(table))


@pytest.mark.parametrize("statement", CHANGES + RESHAPES + ["INSERT INTO {} DEFAULT VALUES"])
def test_a_month_of_reads_is_not_reached_on_its_own(statement):
    refused(statement.format(partition()))


@pytest.mark.parametrize("statement", RISES)
def test_the_application_does_not_become_more_than_it_is(statement):
    refused(statement)


def refused(statement: str) -> None:
    """Carry out a statement as the application, that has an event to change; PostgreSQL refuses."""
    events.record("ticket:1", "made", at=clock.now())
    words = "permission denied|must be owner|must be able to SET ROLE|must have|Only roles"
    with pytest.raises(ProgrammingError, match=words), connection.cursor() as cursor:
        cursor.execute(statement)
