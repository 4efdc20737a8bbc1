"""The rows of the bench's tickets: SQL for each column by the ticket's number ``i``.

Everything is made from the number, so the same size is the same data. Nobody here is real.
"""

from django.db.models import Model

from accounts.models import User
from chargers.models import Charger, Installation, Tenure
from records.models import Event
from support.models import EvidenceItem, Message, Notice, Ticket
from support.services import search

Table = tuple[str, type[Model], dict[str, str]]
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


NAME = f"{pick(FIRST, 3, 12)} || ' ' || {pick(LAST, 5, 8)} || (i % 997)"
SENT = "now() - make_interval(days => (i * 31 % 900)::int, mins => (i % 1440)::int)"
SERIAL = "'ZAP' || lpad(i::text, 7, '0')"
POSTCODE = "lpad((i % 9999)::text, 4, '0')"
STREET, COUNTRY = pick(STREETS, 11, 6), pick(COUNTRIES, 3, 10)
IS_OPEN = f"state IN {OPEN}"
RECENT = (
    f"CASE WHEN {IS_OPEN} THEN now() - make_interval(hours => (i * 13 % 200)::int) ELSE sent END"
)
OURS = "state IN ('in_review', 'second_review', 'disputed')"
PASSED = "state IN ('approved', 'completed')"
POLICY = "(SELECT id FROM support_policy ORDER BY version DESC LIMIT 1)"


def numbers(count: int) -> str:
    """Return SQL for the numbers of all tickets."""
    return f"generate_series(1::bigint, {count}) i"


def with_state(count: int, state: str) -> str:
    """Return SQL for the numbers with each ticket's state and when it was sent."""
    return f"{numbers(count)} CROSS JOIN LATERAL (SELECT {state} AS state, {SENT} AS sent) s"


def desk_of(count: int) -> list[Table]:
    """Return a desk's tickets with people, chargers, items, notices, messages and events."""
    here = with_state(count, _state())
    owner = f"{count} + 1 + i % {max(1, count // 4)}"
    return [
        ("people", User, _people(count + count // 4 + 1)),
        ("places", Installation, _places(count)),
        ("chargers", Charger, _chargers(count)),
        ("tenures", Tenure, _tenures(count, owner)),
        ("tickets", Ticket, _tickets() | {"from": here}),
        ("items", EvidenceItem, _items() | {"from": f"{here} CROSS JOIN generate_series(0, 1) n"}),
        (
            "notices",
            Notice,
            _notices(owner) | {"from": f"{here} CROSS JOIN generate_series(0, 1) n"},
        ),
        ("messages", Message, _messages() | {"from": f"{here} WHERE i % 2 = 0"}),
        ("events", Event, _events() | {"from": f"{here} CROSS JOIN generate_series(0, 5) n"}),
    ]


def deep_queue_of(count: int) -> list[Table]:
    """Return tickets alone that all wait for a first decision, of a thousand people."""
    row = _tickets() | {
        "claimant_id": "1 + i % 1000",
        "charger_id": "NULL",
        "from": with_state(count, "'in_review'"),
    }
    return [("people", User, _people(1000)), ("tickets", Ticket, row)]


def words_of_tickets() -> str:
    """Return the statement by which the product itself makes what tickets are found by."""
    return search.INDEX_ALL


def _people(count: int) -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("person"), "email": "'person' || i || '@bench.example'",
        "name": NAME, "language": "CASE WHEN i % 3 = 0 THEN 'nb' ELSE 'en' END",
        "password": "'!'", "joined_at": "now()", "proved_at": "now()", "from": numbers(count),
    }  # fmt: skip


def _places(count: int) -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("place"), "vendor": "'bench'", "external_id": "'place' || i",
        "street": STREET, "house_number": "(1 + i % 250)::text", "postal_code": POSTCODE,
        "city": "'Oslo'", "country": COUNTRY, "time_zone": "'Europe/Oslo'",
        "updated_at": "now()", "from": numbers(count),
    }  # fmt: skip


def _chargers(count: int) -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("charger"), "vendor": "'bench'", "serial": SERIAL,
        "lookup_key": SERIAL, "model": "CASE WHEN i % 2 = 0 THEN 'Go' ELSE 'Pro' END",
        "installation_id": "i", "registered_at": "now() - interval '1000 days'",
        "owner_state": "'known'", "made_at": "now() - interval '1000 days'",
        "from": numbers(count),
    }  # fmt: skip


def _tenures(count: int, owner: str) -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("tenure"), "role": "'owner'", "charger_id": "i",
        "person_id": owner, "starts_at": "now() - interval '950 days'", "source": "'bench'",
        "from": numbers(count),
    }  # fmt: skip


def _tickets() -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("ticket"), "request_code": "'bench-ticket-' || lpad(i::text, 7, '0')",
        "kind": "CASE WHEN i % 3 = 0 THEN 'transfer' ELSE 'verification' END", "state": "state",
        "version": "6", "facts_version": "4", "claimant_id": "i", "charger_id": "i",
        "policy_id": POLICY, "serial_typed": SERIAL, "serial": SERIAL, "lookup_key": SERIAL,
        "address_line": f"{STREET} || ' ' || (1 + i % 250)",
        "postal_code": POSTCODE, "city": "'Oslo'", "country": COUNTRY,
        "claimant_name": NAME, "made_at": RECENT, "submitted_at": RECENT, "routed_at": RECENT,
        "next_word_at": f"({RECENT}) + interval '9 days'",
        "due_at": f"CASE WHEN {OURS} THEN ({RECENT}) + interval '16 hours' END",
        "tier": "CASE WHEN state IN ('approved', 'completed') THEN 3 END",
        "queue_tier": "CASE WHEN state = 'in_review' THEN 2 + i % 4 WHEN state = 'second_review' THEN 4 END",
        "approved_at": "CASE WHEN state IN ('approved', 'completed') THEN now() END",
        "release_at": "CASE WHEN state IN ('approved', 'completed') THEN now() + interval '3 days' END",
        "decided_at": f"CASE WHEN NOT ({IS_OPEN}) AND state <> 'submitted' THEN sent + interval '8 days' END",
        "reject_reason": "CASE WHEN state = 'rejected' THEN 'not_shown' ELSE '' END",
        "lost_notice_at": "CASE WHEN i % 97 = 0 THEN now() END",
        "bought_recently": "i % 2 = 0"
    }  # fmt: skip


def _items() -> dict[str, str]:
    return {
        "id": "i * 2 + n", "uid": _uid("item", "i || '-' || n"), "ticket_id": "i",
        "kind": "CASE n WHEN 0 THEN 'label' ELSE 'purchase_agreement' END", "state": "'ready'",
        "made_at": RECENT, "uploaded_at": RECENT, "content_type": "'image/jpeg'",
        "size_bytes": "180000", "sha256": "md5(i || '-' || n) || md5(n || '-' || i)",
        "file_key": "'bench/' || i || '/' || n"
    }  # fmt: skip


def _notices(owner: str) -> dict[str, str]:
    return {
        "id": "i * 2 + n", "uid": _uid("notice", "i || '-' || n"), "ticket_id": "i", "charger_id": "i",
        "kind": "CASE n WHEN 0 THEN 'request_received' ELSE 'owner_asked' END",
        "person_id": f"CASE n WHEN 0 THEN i ELSE {owner} END", "starts_clock": "n = 1",
        "email": "'person' || i || '@bench.example'", "language": "'en'", "made_at": RECENT,
        "accepted_at": f"CASE WHEN NOT (n = 1 AND i % 97 = 0) THEN {RECENT} END",
        "failed_at": f"CASE WHEN n = 1 AND i % 97 = 0 THEN {RECENT} END"
    }  # fmt: skip


def _messages() -> dict[str, str]:
    return {
        "id": "i", "uid": _uid("message"), "ticket_id": "i", "by_id": "i", "from_desk": "FALSE",
        "at": RECENT,
        "body": f"{pick(WORDS, 3, 20)} || ' ' || {pick(WORDS, 7, 20)} || ' ' || {pick(WORDS, 13, 20)}"
        " || CASE WHEN i % 50 = 0 THEN ' rareword' || i ELSE '' END"
    }  # fmt: skip


def _events() -> dict[str, str]:
    return {
        "id": "i * 6 + n", "stream": f"'ticket:' || {_uid('ticket')}", "number": "n + 1",
        "kind": "(ARRAY['claim_saved','evidence_added','evidence_added','submitted','routed','evidence_complete'])[n + 1]",
        "at": f"({RECENT}) + make_interval(mins => n)",
        "actor_id": "CASE WHEN n < 4 THEN i END", "by_what": "CASE WHEN n < 4 THEN 'person' ELSE 'clock' END",
        "data": "jsonb_build_object('from', 'draft', 'to', 'draft', 'facts', n)",
        "hash": "md5(i || '-' || n) || md5(n || '-' || i)"
    }  # fmt: skip
