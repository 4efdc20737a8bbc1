"""What the application's role may do with each table. The owner's role, which migrates, may all."""

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections, transaction

APP_ROLE = "handover_app"

_ALL = "SELECT, INSERT, UPDATE, DELETE"
# Tables that the application may not write to as it likes. What is not named here it may.
RIGHTS = {
    "records_event": "SELECT, INSERT",
    "records_access": "SELECT, INSERT",
    "records_chainhead": "SELECT, INSERT",
    "chargers_reveal": "SELECT, INSERT, UPDATE (job)",  # the words of a job can be erased
    "records_alert": "SELECT, INSERT, UPDATE",
    "records_clockoffset": "SELECT",
    "django_migrations": "SELECT",
    "accounts_staffrole": "SELECT, INSERT, UPDATE",
    "accounts_firmmember": "SELECT, INSERT, UPDATE",
    "accounts_powerchange": "SELECT, INSERT, UPDATE",
    "accounts_factor": "SELECT, INSERT, UPDATE",
    "support_ticket": "SELECT, INSERT, UPDATE",
}

_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND pg_has_role(current_user, c.relowner, 'MEMBER') ORDER BY 1
"""
_SEQUENCES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'S'
        AND pg_has_role(current_user, c.relowner, 'MEMBER') ORDER BY 1
"""


@dataclass(frozen=True)
class Outcome:
    """How many tables and sequences were granted, or why none were."""

    tables: int = 0
    sequences: int = 0
    why_not: str = ""


def rights_on(table: str) -> str:
    """Return what the application's role may do with a table."""
    return RIGHTS.get(table, _ALL)


def grant(*, database: str = DEFAULT_DB_ALIAS, role: str = APP_ROLE) -> Outcome:
    """Give the application's role its rights, as the owner; run again after each migration."""
    connection = connections[database]
    with transaction.atomic(using=database), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
        )
        owner, exists = cursor.fetchone()
        if not exists:
            return Outcome(why_not=f"There is no role {role} in this server: nothing was granted.")
        if owner == role:
            return Outcome(why_not=f"{role} owns these tables itself: nothing was granted.")
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_SEQUENCES)
        sequences = [name for (name,) in cursor.fetchall()]
        name_of = connection.ops.quote_name
        for statement in _statements(tables, sequences, name_of, name_of(role)):
            cursor.execute(statement)
    return Outcome(len(tables), len(sequences))


def _statements(tables: list[str], sequences: list[str], name_of, role: str) -> list[str]:
    """Return the statements, as names come from the catalogue and are quoted."""
    statements = [f"GRANT USAGE ON SCHEMA public TO {role}"]
    for table in tables:
        statements.append(f"REVOKE ALL ON {name_of(table)} FROM {role}")
        statements.append(f"GRANT {rights_on(table)} ON {name_of(table)} TO {role}")
    statements += [f"GRANT USAGE, SELECT ON SEQUENCE {name_of(s)} TO {role}" for s in sequences]
    return statements
