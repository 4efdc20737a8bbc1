"""Fills an empty, migrated database with so many tickets as a desk of that size has. For the bench.

    DJANGO_SETTINGS_MODULE=config.settings python -m bench.tickets 100000

The rows are made inside PostgreSQL, table by table, over the owner's connection with triggers
asleep: a million tickets with their people, chargers, items, notices, events and words take
minutes, not hours. Everything is made from the ticket's number, so the same size is the same data.
Two in a hundred tickets have a rare word in a message: ``rareword<number>``. Nobody here is real.
"""

import sys
import time

import django
from django.db import connections
from django.db.models import NOT_PROVIDED, Model

# Of a hundred tickets so many are ...; the rest is completed. The open ones are the desk's work.
STATES = (
    ("in_review", 1.2),
    ("collecting", 0.8),
    ("awaiting_owner", 0.5),
    ("approved", 0.3),
    ("second_review", 0.12),
    ("disputed", 0.05),
    ("submitted", 0.03),
    ("rejected", 15.0),
    ("withdrawn", 7.0),
    ("expired", 5.0),
)
OPEN = ("in_review", "collecting", "awaiting_owner", "approved", "second_review", "disputed")
COUNTRIES = "(ARRAY['NO','NO','NO','SE','SE','DE','DE','DK','GB','FI'])"
STREETS = (
    "(ARRAY['Eksempelveien','Prøvegata','Exempelgatan','Musterweg','Demovej','Sample Street'])"
)
FIRST = "(ARRAY['Nina','Kari','Ola','Per','Anna','Lars','Eva','Jan','Ida','Tor','Mia','Nils'])"
LAST = "(ARRAY['Prøve','Demosen','Muster','Sample','Testrud','Eksempel','Provsson','Demoberg'])"
WORDS = (
    "(ARRAY['breaker','garage','label','photo','contract','keys','seller','lease','cable','wall',"
    "'moved','bought','house','flat','parking','board','meter','app','account','code'])"
)


def pick(array: str, factor: int, length: int) -> str:
    """Return SQL for one element of an array, spread by the ticket's number."""
    return f"{array}[(1 + (i * {factor} / 7 + i) % {length})::int]"


def fill(count: int, *, alias: str = "owner") -> None:
    """Make ``count`` tickets and all around them; the database must have none yet."""
    from support.models import Ticket

    if Ticket.objects.using(alias).exists():
        raise SystemExit("This database has tickets already: fill an empty one.")
    began = time.monotonic()
    with connections[alias].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for name, statement in statements(count):
            step = time.monotonic()
            cursor.execute(statement)
            print(f"{name:24} {cursor.rowcount:>10} rows {time.monotonic() - step:7.1f} s")
        for table in _tables():
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" GREATEST(1, (SELECT max(id) FROM {table})))"
            )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    print(f"{count} tickets in {time.monotonic() - began:.1f} s")


def _tables() -> list[str]:
    models = (model for model, _columns in _rows(1).values())
    keyed = (m for m in models if m._meta.pk.get_internal_type() == "BigAutoField")
    return [model._meta.db_table for model in keyed]


def statements(count: int) -> list[tuple[str, str]]:
    """Return a name and an INSERT ... SELECT for each table, in the order of their references."""
    found = []
    for name, (model, columns) in _rows(count).items():
        columns = dict(columns)
        source = columns.pop("from", f"generate_series(1::bigint, {count}) i")
        found.append((name, _insert(model, columns, source)))
    found.append(("words", _words()))
    return found


def _insert(model: type[Model], columns: dict[str, str], source: str) -> str:
    """Return the INSERT; a column that is not named gets what the model would give it."""
    values = dict(columns)
    for field in model._meta.concrete_fields:
        if field.column in values or field.null or field.generated:
            continue
        if field.has_default():
            values[field.column] = _literal(field)
        elif field.db_default is NOT_PROVIDED and not field.primary_key:
            values[field.column] = "''"
    names = ", ".join(f'"{name}"' for name in values)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values.values())} FROM {source}"


def _literal(field) -> str:
    if field.get_internal_type() == "UUIDField":
        return "gen_random_uuid()"
    value = field.get_default()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list | dict):
        return "'[]'::jsonb" if isinstance(value, list) else "'{}'::jsonb"
    return str(value) if isinstance(value, int) else f"'{value}'"


def _state() -> str:
    """Return SQL for a ticket's state: spread evenly by a number between 0 and 100."""
    spread = "((i * 7919) % 10000) / 100.0"
    edge, cases = 0.0, []
    for state, share in STATES:
        edge += share
        cases.append(f"WHEN {spread} < {edge:.2f} THEN '{state}'")
    return f"CASE {' '.join(cases)} ELSE 'completed' END"


def _uid(kind: str, number: str = "i") -> str:
    return f"md5('{kind}' || {number})::uuid"


def _rows(count: int) -> dict[str, tuple[type[Model], dict[str, str]]]:
    """Return what is made: a name, the model, and SQL for its columns by the ticket's number i."""
    from accounts.models import User
    from chargers.models import Charger, Installation, Tenure
    from records.models import Event
    from support.models import EvidenceItem, Message, Notice, Ticket

    name = f"{pick(FIRST, 3, 12)} || ' ' || {pick(LAST, 5, 8)} || (i % 997)"
    sent = "now() - make_interval(days => (i * 31 % 900)::int, mins => (i % 1440)::int)"
    here = f"generate_series(1::bigint, {count}) i CROSS JOIN LATERAL (SELECT {_state()} AS state, {sent} AS sent) s"
    is_open = f"state IN {OPEN}"
    recent = f"CASE WHEN {is_open} THEN now() - make_interval(hours => (i * 13 % 200)::int) ELSE sent END"
    ours = "state IN ('in_review', 'second_review', 'disputed')"
    serial = "'ZAP' || lpad(i::text, 7, '0')"
    street, place = pick(STREETS, 11, 6), pick(COUNTRIES, 3, 10)
    owner = f"{count} + 1 + i % {max(1, count // 4)}"
    policy = "(SELECT id FROM support_policy ORDER BY version DESC LIMIT 1)"
    people = {
        "id": "i", "uid": _uid("person"), "email": "'person' || i || '@bench.example'",
        "name": name, "language": "CASE WHEN i % 3 = 0 THEN 'nb' ELSE 'en' END",
        "password": "'!'", "joined_at": "now()", "proved_at": "now()",
        "from": f"generate_series(1, {count + count // 4 + 1}) i",
    }  # fmt: skip
    return {
        "people": (User, people),
        "places": (Installation, {
            "id": "i", "uid": _uid("place"), "vendor": "'bench'", "external_id": "'place' || i",
            "street": street, "house_number": "(1 + i % 250)::text",
            "postal_code": "lpad((i % 9999)::text, 4, '0')", "city": "'Oslo'", "country": place,
            "time_zone": "'Europe/Oslo'", "updated_at": "now()",
        }),
        "chargers": (Charger, {
            "id": "i", "uid": _uid("charger"), "vendor": "'bench'", "serial": serial,
            "lookup_key": serial, "model": "CASE WHEN i % 2 = 0 THEN 'Go' ELSE 'Pro' END",
            "installation_id": "i", "registered_at": "now() - interval '1000 days'",
            "owner_state": "'known'", "made_at": "now() - interval '1000 days'",
        }),
        "tenures": (Tenure, {
            "id": "i", "uid": _uid("tenure"), "role": "'owner'", "charger_id": "i",
            "person_id": owner, "starts_at": "now() - interval '950 days'", "source": "'bench'",
        }),
        "tickets": (Ticket, {
            "id": "i", "uid": _uid("ticket"), "request_code": "'bench-ticket-' || lpad(i::text, 7, '0')",
            "kind": "CASE WHEN i % 3 = 0 THEN 'transfer' ELSE 'verification' END", "state": "state",
            "version": "6", "facts_version": "4", "claimant_id": "i", "charger_id": "i",
            "policy_id": policy, "serial_typed": serial, "serial": serial, "lookup_key": serial,
            "address_line": f"{street} || ' ' || (1 + i % 250)",
            "postal_code": "lpad((i % 9999)::text, 4, '0')", "city": "'Oslo'", "country": place,
            "claimant_name": name, "made_at": recent, "submitted_at": recent, "routed_at": recent,
            "next_word_at": f"({recent}) + interval '9 days'",
            "due_at": f"CASE WHEN {ours} THEN ({recent}) + interval '16 hours' END",
            "tier": "CASE WHEN state IN ('approved', 'completed') THEN 3 END",
            "queue_tier": "CASE WHEN state = 'in_review' THEN 2 + i % 4 WHEN state = 'second_review' THEN 4 END",
            "approved_at": "CASE WHEN state IN ('approved', 'completed') THEN now() END",
            "release_at": "CASE WHEN state IN ('approved', 'completed') THEN now() + interval '3 days' END",
            "decided_at": f"CASE WHEN NOT ({is_open}) AND state <> 'submitted' THEN sent + interval '8 days' END",
            "reject_reason": "CASE WHEN state = 'rejected' THEN 'not_shown' ELSE '' END",
            "lost_notice_at": "CASE WHEN i % 97 = 0 THEN now() END",
            "bought_recently": "i % 2 = 0", "from": here,
        }),
        "items": (EvidenceItem, {
            "id": "i * 2 + n", "uid": _uid("item", "i || '-' || n"), "ticket_id": "i",
            "kind": "CASE n WHEN 0 THEN 'label' ELSE 'purchase_agreement' END", "state": "'ready'",
            "made_at": recent, "uploaded_at": recent, "content_type": "'image/jpeg'",
            "size_bytes": "180000", "sha256": "md5(i || '-' || n) || md5(n || '-' || i)",
            "file_key": "'bench/' || i || '/' || n", "from": f"{here} CROSS JOIN generate_series(0, 1) n",
        }),
        "notices": (Notice, {
            "id": "i * 2 + n", "uid": _uid("notice", "i || '-' || n"), "ticket_id": "i", "charger_id": "i",
            "kind": "CASE n WHEN 0 THEN 'request_received' ELSE 'owner_asked' END",
            "person_id": f"CASE n WHEN 0 THEN i ELSE {owner} END", "starts_clock": "n = 1",
            "email": "'person' || i || '@bench.example'", "language": "'en'", "made_at": recent,
            "accepted_at": f"CASE WHEN NOT (n = 1 AND i % 97 = 0) THEN {recent} END",
            "failed_at": f"CASE WHEN n = 1 AND i % 97 = 0 THEN {recent} END",
            "from": f"{here} CROSS JOIN generate_series(0, 1) n",
        }),
        "messages": (Message, {
            "id": "i", "uid": _uid("message"), "ticket_id": "i", "by_id": "i", "from_desk": "FALSE",
            "at": recent,
            "body": f"{pick(WORDS, 3, 20)} || ' ' || {pick(WORDS, 7, 20)} || ' ' || {pick(WORDS, 13, 20)}"
            " || CASE WHEN i % 50 = 0 THEN ' rareword' || i ELSE '' END",
            "from": f"{here} WHERE i % 2 = 0",
        }),
        "events": (Event, {
            "id": "i * 6 + n", "stream": f"'ticket:' || {_uid('ticket')}", "number": "n + 1",
            "kind": "(ARRAY['claim_saved','evidence_added','evidence_added','submitted','routed','evidence_complete'])[n + 1]",
            "at": f"({recent}) + make_interval(mins => n)",
            "actor_id": "CASE WHEN n < 4 THEN i END", "by_what": "CASE WHEN n < 4 THEN 'person' ELSE 'clock' END",
            "data": "jsonb_build_object('from', 'draft', 'to', 'draft', 'facts', n)",
            "hash": "md5(i || '-' || n) || md5(n || '-' || i)",
            "from": f"{here} CROSS JOIN generate_series(0, 5) n",
        }),
    }  # fmt: skip


def _words() -> str:
    """Return the statement by which the product itself makes what tickets are found by."""
    from support.services import search

    return search.INDEX_ALL


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
