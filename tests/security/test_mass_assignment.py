"""T-20: every field of every model, sent with every form, changes only what the form is for."""

import json

import pytest
from django.db import connection

from tests.matrix.cells import Cell
from tests.matrix.fingerprint import counters, savepoint
from tests.matrix.world import World
from tests.security import fields

pytestmark = pytest.mark.security
REFUSED = (404, 409, 422)
POSTS = fields.posts()
NUMBER = "424242"
# What the form itself takes under the name of a column, address by address.
MEANT = {
    "accounts:profile": {"name"},
    "support:message": {"body"},
    "support:desk-write": {"body", "internal", "waits"},
    "support:desk-reject": {"words", "note", "reason"},
    "support:desk-approve": {"note"},
    "support:desk-decide": {"words", "note", "reason", "words_to_objector"},
    "support:desk-vote": {"note"},
    "support:desk-second-look": {"note"},
    "support:desk-send-back": {"note"},
    "support:desk-object": {"words"},
    "support:desk-contest": {"words"},
    "support:desk-lift": {"reason"},
    "support:desk-return": {"words"},
}
# Where a wrong value would be power: who one is, where a ticket stands, what a right is.
POWER = {
    "accounts_user": ("is_staff", "is_superuser", "is_active", "email", "uid", "proved_at"),
    "accounts_staffrole": ("role", "user_id"),
    "support_ticket": ("state", "tier", "claimant_id", "charger_id", "outcome", "by_owner"),
    "support_evidenceitem": ("state", "kind", "ticket_id", "file_key"),
    "support_approval": ("by_id", "ticket_id"),
    "support_decision": ("by_id", "ticket_id", "kind"),
    "support_answer": ("kind", "party_id", "charger_id"),
    "support_freeze": ("charger_id", "ticket_id", "by_id"),
    "chargers_tenure": ("person_id", "charger_id", "role"),
    "chargers_grant": ("person_id", "charger_id"),
    "chargers_share": ("charger_id", "tenure_id"),
    "chargers_proposal": ("state", "made_by_id", "agreed_by_id"),
}


def evil(name: str) -> str:
    """Return a value that names the field it was sent for, as far as its kind allows."""
    if name.endswith(("_id", "version", "tries", "number")) or name in ("tier", "by", "id"):
        return NUMBER
    if name.startswith("is_") or name in ("by_owner", "restore", "needs_confirmation"):
        return "on"
    return f"q7evil-{name}"


def written(world: World, cell: Cell, more: dict) -> tuple[int, dict]:
    """Send the good form with more fields; return the answer's status and the rows it changed."""
    sent = more | world.typed(cell)
    with savepoint():
        before = counters()
        answer = world.browsers[cell.actor].client().post(cell.path, sent)
        moved = [name for name, n in counters().items() if n != before.get(name, 0)]
        return answer.status_code, {table: rows(table) for table in moved}


def rows(table: str) -> list[dict]:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(table)
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {name} t")
        return [json.loads(text) for (text,) in cursor.fetchall()]


def power_in(changed: dict) -> dict:
    """Return what matters of the changed rows, in an order of its own."""
    found = {}
    for table, columns in POWER.items():
        if table in changed:
            lines = [tuple(str(row.get(name)) for name in columns) for row in changed[table]]
            found[table] = sorted(lines)
    return found


@pytest.mark.parametrize("url", POSTS, ids=lambda url: url.name)
def test_fields_that_a_form_does_not_have_change_nothing(url, world):
    cell = fields.allowed(url, world)
    good = set(world.typed(cell))
    more = {name: evil(name) for name in fields.columns() if name not in good}
    meant = MEANT.get(url.name, set())

    status, changed = written(world, cell, {k: v for k, v in more.items() if k not in meant})
    plain_status, plain = written(world, cell, {})

    text = json.dumps(changed)
    leaked = {name for name in more if f'q7evil-{name}"' in text} - meant
    if cell.expected in ("done", "go"):
        assert status == plain_status
        assert leaked == set()
        assert f": {NUMBER}" not in text and f'"{NUMBER}"' not in text
        assert power_in(changed) == power_in(plain)
    else:
        # What was missing may have come with the rest: it is the form's own, and checked as such.
        assert status in (plain_status, 200, 302, *REFUSED)
        assert leaked <= set(fields.names())
