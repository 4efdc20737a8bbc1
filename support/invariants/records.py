"""The chains of events, who may touch them, and the guards in the database: I10."""

import re

from django.conf import settings
from django.db import connection

import accounts.guards
import chargers.guards
import records.guards
import support.duties
import support.guards
from records import chain
from records.models import Event
from records.rights import APP_ROLE
from support.invariants.finding import Finding

# What the application may not do, table by table.
_FORBIDDEN = {
    "records_event": ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"),
    "records_access": ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"),
    "chargers_reveal": ("DELETE", "TRUNCATE", "TRIGGER"),
    "records_chainhead": ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"),
    "records_clockoffset": ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"),
    "support_ticket": ("DELETE", "TRUNCATE", "TRIGGER"),
}
_RIGHT = """
    SELECT has_table_privilege(%(role)s, %(table)s, %(right)s)
        OR (%(right)s IN ('INSERT', 'UPDATE')
            AND has_any_column_privilege(%(role)s, %(table)s, %(right)s))
"""
_AWAKE = """
    SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal AND tgenabled IN ('O', 'A')
"""


def chains() -> Finding:
    """I10: the chains verify against the daily heads; the application cannot change them."""
    finding = Finding("I10", "chains verify; guards stand; the application cannot change them")
    finding.looked_at = Event.objects.count()
    finding.wrong += [str(problem) for problem in chain.verify()]
    with connection.cursor() as cursor:
        cursor.execute(_AWAKE)
        awake = {name for (name,) in cursor.fetchall()}
        expected = guards()
        finding.looked_at += len(expected)
        missing = sorted(expected - awake)
        finding.wrong += [f"guard {name} is missing or asleep" for name in missing]
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN (%s, current_user)", [APP_ROLE]
        )
        roles = sorted(name for (name,) in cursor.fetchall())
        for role in roles:
            finding.wrong += _rights_too_many(cursor, role)
    return finding


def guards() -> set[str]:
    """Return the names of the triggers that the code puts up, but those that tests let sleep."""
    rooms = (accounts.guards, chargers.guards, records.guards, support.guards, support.duties)
    found = {name for room in rooms for name in re.findall(r"CREATE TRIGGER (\w+)", room.sql())}
    return found - settings.GUARDS_ASLEEP


def _rights_too_many(cursor, role: str) -> list[str]:
    wrong = []
    for table, rights in _FORBIDDEN.items():
        for right in rights:
            cursor.execute(_RIGHT, {"role": role, "table": table, "right": right})
            if cursor.fetchone()[0]:
                wrong.append(f"role {role} may {right} {table}")
    return wrong
