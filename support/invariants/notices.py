"""What went out, what is under way, and what no look at a page may do: I6, I8, I9."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q

from records import clock, events, outbox, safety
from records.models import OutboxRow
from support import delivery, mails, screening
from support.invariants.finding import Finding
from support.models import Deadline, Decision, EvidenceItem, Message, Notice

LATE = timedelta(minutes=10)
GUARD = "config.middleware.answer_refusals"


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
        UNION ALL
        SELECT 'notice ' || n.id || ' (' || n.kind || ') failed and does not say why'
        FROM support_notice n WHERE n.failed_at IS NOT NULL AND n.error = ''
        """,
    )
    late = clock.now() - LATE
    rows = OutboxRow.objects.filter(done_at=None, parked_at=None)
    finding.looked_at += rows.count()
    overdue = rows.filter(due_at__lt=late).filter(Q(leased_until=None) | Q(leased_until__lt=late))
    finding.wrong += [f"outbox row {row.topic} {row.key} is overdue" for row in overdue]
    deadlines = Deadline.objects.filter(done_at=None)
    finding.looked_at += deadlines.count()
    finding.wrong += [
        f"deadline {deadline.pk} ({deadline.kind}) is overdue"
        for deadline in deadlines.filter(due_at__lt=late)
    ]
    return finding


def safe_methods() -> Finding:
    """I8: safe methods change nothing: the guard that refuses it stands in every request's way."""
    finding = Finding("I8", "no event or effect while a GET, HEAD or OPTIONS is answered")
    if GUARD not in settings.MIDDLEWARE:
        finding.wrong.append(f"{GUARD} is not in MIDDLEWARE")
    now = clock.now()
    attempts = {
        "an event": lambda: events.record("probe:safe", "probed", at=now, by_what="system"),
        "an outbox row": lambda: outbox.put("mail", "probe:safe", at=now, due_at=now + LATE),
    }
    for method in ("GET", "HEAD", "OPTIONS"):
        for what, attempt in attempts.items():
            finding.looked_at += 1
            if not _is_refused(method, attempt):
                finding.wrong.append(f"{what} could be written while a {method} is answered")
    return finding


def _is_refused(method: str, attempt) -> bool:
    """Try it, and take it back: nothing of a probe stays, whatever came of it."""
    with transaction.atomic():
        try:
            with safety.answering(method):
                attempt()
        except safety.ChangedBySafeMethod:
            return True
        transaction.set_rollback(True)
    return False


def sides_apart() -> Finding:
    """I9: no mail that went out, and no word to a claimant, names the other party."""
    finding = Finding("I9", "no mail and no word to a claimant names the other party")
    sent = Notice.objects.exclude(accepted_at=None).select_related("ticket", "charger", "person")
    for notice in sent.iterator(chunk_size=500):
        finding.looked_at += 1
        try:
            if delivery.screen(notice, mails.render(notice)):
                finding.wrong.append(f"notice {notice.pk} ({notice.kind}) names the other party")
        except ObjectDoesNotExist:
            finding.wrong.append(f"notice {notice.pk} ({notice.kind}) tells of what is not there")
    for what, row, words in _words_to_claimants():
        finding.looked_at += 1
        if screening.find(words, ticket=row.ticket, reader=row.ticket.claimant):
            finding.wrong.append(f"{what} {row.pk} names the other party")
    return finding


def _words_to_claimants() -> Iterator[tuple[str, Message | Decision | EvidenceItem, str]]:
    """Yield what the desk wrote for claimants to read on their page."""
    written = (
        ("message", Message.objects.filter(from_desk=True, internal=False), "body"),
        ("decision", Decision.objects.exclude(words=""), "words"),
        ("item", EvidenceItem.objects.exclude(words=""), "words"),
    )
    for what, rows, field in written:
        rows = rows.select_related("ticket__claimant", "ticket__charger__installation")
        for row in rows.iterator(chunk_size=500):
            yield what, row, getattr(row, field)
