"""Notices, secrets, safe methods, sides, chains: I6 to I10."""

import re
from datetime import timedelta

from django.conf import settings
from django.db import connection

from chargers import pins
from chargers.models import Pin
from records import chain, clock
from records.models import Event, Note, OutboxRow
from records.rights import APP_ROLE
from support import delivery, mails
from support.invariants.finding import Finding
from support.models import EvidenceItem, Message, Notice, Ticket

LATE = timedelta(minutes=10)
_TOKEN = re.compile(r"[0-9A-Za-z]{4,16}")


def notices() -> Finding:
    """I6: every notice was delivered or is visibly failed; no effect is overdue in silence."""
    finding = Finding("I6", "every notice delivered, under way, or visibly failed")
    finding.look(
        "support_notice",
        """
        SELECT 'notice ' || n.id || ' (' || n.kind || ') is neither delivered, failed nor under way'
        FROM support_notice n WHERE n.accepted_at IS NULL AND n.failed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM records_outboxrow o
                WHERE o.payload ->> 'notice_uid' = n.uid::text AND o.done_at IS NULL)
        """,
    )
    rows = OutboxRow.objects.filter(done_at=None, parked_at=None)
    finding.looked_at += rows.count()
    late = rows.filter(due_at__lt=clock.now() - LATE, attempts=0)
    finding.wrong += [f"outbox row {row.topic} {row.key} is overdue untouched" for row in late]
    return finding


def secrets_kept() -> Finding:
    """I7: each PIN opens for its own charger only, and stands in no text about that charger."""
    finding = Finding("I7", "no plaintext PIN in the texts of its charger; each bound to its own")
    for pin in Pin.objects.select_related("charger").iterator(chunk_size=500):
        finding.looked_at += 1
        where = {"charger_uid": pin.charger.uid, "ciphertext": bytes(pin.ciphertext)}
        if not pins.is_bound(**where):
            finding.wrong.append(f"the PIN of charger {pin.charger_id} does not open for it")
            continue
        for place, text in _texts_about(pin.charger):
            if any(pins.opens_to(**where, pin=token) for token in set(_TOKEN.findall(text))):
                finding.wrong.append(f"the PIN of charger {pin.charger_id} stands in {place}")
    return finding


def _texts_about(charger):
    """Yield the free texts and payloads that belong to a charger and its tickets."""
    tickets = Ticket.objects.filter(charger=charger)
    streams = [charger.stream, *(ticket.stream for ticket in tickets)]
    for event in Event.objects.filter(stream__in=streams):
        yield f"event {event.pk}", " ".join(_values(event.data))
        if "note" in event.data:
            for note in Note.objects.filter(uid=event.data["note"]["uid"]):
                yield f"note {note.pk}", note.body
    for message in Message.objects.filter(ticket__in=tickets):
        yield f"message {message.pk}", message.body
    for item in EvidenceItem.objects.filter(ticket__in=tickets):
        yield f"item {item.pk}", f"{item.words} {item.text}"
    for notice in Notice.objects.filter(ticket__in=tickets):
        yield f"notice {notice.pk}", " ".join(_values(notice.data))


def _values(data) -> list[str]:
    """Return the texts in event data, without ids and hashes."""
    if isinstance(data, dict):
        return [text for value in data.values() for text in _values(value)]
    if isinstance(data, list):
        return [text for value in data for text in _values(value)]
    return [data] if isinstance(data, str) and len(data) < 32 else []


def safe_methods() -> Finding:
    """I8: safe methods change nothing: the guard that refuses it stands in every request's way."""
    finding = Finding("I8", "no event or effect while a GET, HEAD or OPTIONS is answered")
    finding.looked_at = Event.objects.count()
    if "config.middleware.answer_refusals" not in settings.MIDDLEWARE:
        finding.wrong.append("config.middleware.answer_refusals is not in MIDDLEWARE")
    return finding


def sides_apart() -> Finding:
    """I9: no mail that went out shows one party the other's name, address or contact."""
    finding = Finding("I9", "no mail names the other party")
    for notice in Notice.objects.exclude(accepted_at=None).iterator(chunk_size=500):
        finding.looked_at += 1
        if delivery.screen(notice, mails.render(notice)):
            finding.wrong.append(f"notice {notice.pk} ({notice.kind}) names the other party")
    return finding


def chains() -> Finding:
    """I10: the chains verify against the daily heads; the application cannot change them."""
    finding = Finding("I10", "chains verify; the application's role cannot change them")
    finding.looked_at = Event.objects.count()
    finding.wrong += [str(problem) for problem in chain.verify()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [APP_ROLE])
        if not cursor.fetchone()[0]:
            return finding
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"):
            cursor.execute("SELECT has_table_privilege(%s, 'records_event', %s)", [APP_ROLE, right])
            if cursor.fetchone()[0]:
                finding.wrong.append(f"role {APP_ROLE} may {right} records_event")
    return finding
