"""Where a plain PIN might stand: I7."""

import re
from collections.abc import Iterator

from django.db import connection

from chargers import pins
from chargers.models import Pin
from support.invariants.finding import Finding

_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{4,16}(?![0-9A-Za-z])")
# Ids, hashes and dates are no words: a part of one may look like anybody's PIN.
_NO_WORDS = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,}"
    r"|\d{4}-\d\d-\d\d(?:[T ][0-9:.+Z-]+)?"
)

# Everything a person or a program may have written about a charger: (charger, where, text).
_ABOUT_TICKET = """
    SELECT t.charger_id, '{what} ' || x.id, {text} FROM {table} x
    JOIN support_ticket t ON t.id = x.ticket_id
"""
_ABOUT_CHARGER = "SELECT x.charger_id, '{what} ' || x.id, {text} FROM {table} x"
_TEXTS = (
    (_ABOUT_TICKET, "message", "support_message", "x.body"),
    (_ABOUT_TICKET, "question", "support_question", "x.body || ' ' || x.answer"),
    (_ABOUT_TICKET, "item", "support_evidenceitem", "x.words || ' ' || x.text"),
    (
        _ABOUT_TICKET,
        "decision",
        "support_decision",
        "x.words || ' ' || x.words_to_objector || ' ' || x.note",
    ),
    (_ABOUT_TICKET, "approval", "support_approval", "x.note"),
    (_ABOUT_CHARGER, "freeze", "support_freeze", "x.reason"),
    (_ABOUT_CHARGER, "reveal", "chargers_reveal", "x.job"),
    (_ABOUT_CHARGER, "share", "chargers_share", "x.to_name"),
    (_ABOUT_TICKET, "notice", "support_notice", "x.data::text"),
    (_ABOUT_CHARGER, "proposal", "chargers_proposal", "x.old::text || ' ' || x.new::text"),
)
_EVENTS = """
    SELECT coalesce(c.id, t.charger_id), 'event ' || e.id, e.data::text, n.body, 'note ' || n.id
    FROM records_event e
    LEFT JOIN chargers_charger c ON e.stream = 'charger:' || c.uid::text
    LEFT JOIN support_ticket t ON e.stream = 'ticket:' || t.uid::text
    LEFT JOIN records_note n ON n.uid::text = e.data -> 'note' ->> 'uid'
    WHERE c.id IS NOT NULL OR t.charger_id IS NOT NULL
"""
_VOTES = """
    SELECT t.charger_id, 'vote ' || v.id, v.note FROM support_contestvote v
    JOIN support_contest x ON x.id = v.contest_id JOIN support_ticket t ON t.id = x.ticket_id
"""
# An outbox row holds ids, and the day of a print file.
_PAYLOADS = """
    SELECT 'outbox row ' || o.topic || ' ' || o.key || ' holds more than ids'
    FROM records_outboxrow o, jsonb_each(o.payload) p
    WHERE jsonb_typeof(p.value) NOT IN ('number', 'null') AND NOT (
        jsonb_typeof(p.value) = 'string' AND p.value #>> '{}' ~
            '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2})$')
"""


def secrets_kept() -> Finding:
    """I7: each PIN opens for its own charger only, and stands in no text about that charger."""
    finding = Finding("I7", "no plaintext PIN in the texts of its charger; each bound to its own")
    finding.look("records_outboxrow", _PAYLOADS)
    sealed = {}
    for pin in Pin.objects.select_related("charger").iterator(chunk_size=2_000):
        finding.looked_at += 1
        where = {"charger_uid": pin.charger.uid, "ciphertext": bytes(pin.ciphertext)}
        if pins.is_bound(**where):
            sealed[pin.charger_id] = where
        else:
            finding.wrong.append(f"the PIN of charger {pin.charger_id} does not open for it")
    for charger_id, place, text in _texts():
        finding.looked_at += 1
        where = sealed.get(charger_id)
        if where and any(pins.opens_to(**where, pin=token) for token in _words(text)):
            finding.wrong.append(f"the PIN of charger {charger_id} stands in {place}")
    return finding


def _words(text: str) -> set[str]:
    """Return what in a text has the shape of a PIN."""
    return set(_TOKEN.findall(_NO_WORDS.sub(" ", text)))


def _texts() -> Iterator[tuple[int, str, str]]:
    """Yield charger, place and text of whatever was written about a charger or its tickets."""
    for form, what, table, text in _TEXTS:
        yield from _rows(form.format(what=what, table=table, text=text))
    yield from _rows(_VOTES)
    for charger_id, place, data, body, note in _rows(_EVENTS):
        yield charger_id, place, data
        if body:
            yield charger_id, note, body


def _rows(sql: str) -> Iterator[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(2_000):
            yield from rows
