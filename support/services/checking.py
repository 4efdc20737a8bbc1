"""Opening what was sent, in the background: sandbox, then pictures, then what a person looks at."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from records import clock
from records.models import OutboxRow
from support.machine import State
from support.models import EvidenceItem, Opening, Ticket
from support.notifications import notify
from support.sandbox import Opened, Reason, Verdict, open_file
from support.services import attachments, files, findings, likeness, pictures
from support.services.progress import advance
from support.services.saving import save_and_record

log = logging.getLogger(__name__)

# A worker may be killed, or a child hang because the machine is busy: the file is not to blame yet.
MOST_TRIES = 3
# How opening ends where another try may end differently.
PERHAPS_OURS = frozenset({Reason.TIMED_OUT, Reason.CRASHED, Reason.OUT_OF_MEMORY})
COULD_NOT_OPEN = "could_not_open"
WAITING = (EvidenceItem.State.UPLOADED, EvidenceItem.State.CHECKING)


class TryAgain(Exception):
    """The child ended in a way that need not be the file's fault."""


def check_from_outbox(*, key: str, item_uid: str) -> None:
    """Outbox handler: open a file, store its pictures, let people look at it.

    Harmless when repeated. After the third try that did not end the item could not be opened.
    Raises OSError while the store or the sandbox is away: that is no try.
    """
    rows = EvidenceItem.every.select_related("ticket__charger")
    item = rows.filter(uid=item_uid).first()
    if item is None or item.state not in WAITING:  # a note can be taken back, with its files
        return
    if item.tries >= MOST_TRIES:
        _set_aside(item, EvidenceItem.State.UNOPENED, COULD_NOT_OPEN)
        return
    with files.read(item, item.file_key) as plain:
        _count_try(item)
        try:
            opened = open_file(plain, size_bytes=item.size_bytes)
            if opened.reason in PERHAPS_OURS and item.tries < MOST_TRIES:
                raise TryAgain(str(opened.reason))
            _conclude(item, opened)
        except OSError:
            _uncount_try(item)
            raise


def _count_try(item: EvidenceItem) -> None:
    """Put on record that the file is being opened: whatever kills this process is counted."""
    item.tries += 1
    rows = EvidenceItem.every.filter(pk=item.pk, state__in=WAITING)
    rows.update(tries=F("tries") + 1, state=EvidenceItem.State.CHECKING)


def _uncount_try(item: EvidenceItem) -> None:
    EvidenceItem.every.filter(pk=item.pk).update(tries=F("tries") - 1)


def _conclude(item: EvidenceItem, opened: Opened) -> None:
    if opened.verdict == Verdict.ACCEPTED:
        kept = pictures.keep(item, opened)
        _ready(item, opened, kept)
    elif opened.verdict == Verdict.RETURNED or opened.reason in PERHAPS_OURS:
        _set_aside(item, EvidenceItem.State.UNOPENED, _reason_of(opened), opened)
    else:
        _set_aside(item, EvidenceItem.State.QUARANTINED, _reason_of(opened), opened)


def _reason_of(opened: Opened) -> str:
    return COULD_NOT_OPEN if opened.reason in PERHAPS_OURS else str(opened.reason)


@transaction.atomic
def _ready(item: EvidenceItem, opened: Opened, kept: list[pictures.Kept]) -> None:
    """The pictures are there: people may look, and what was read is laid beside the claim."""
    ticket, item = _lock(item)
    if item.state not in WAITING:
        return
    now = clock.now()
    item.state = EvidenceItem.State.READY
    item.save(update_fields=["state"])
    pictures.enter(item, kept)
    _put_on_record(item, opened, now)
    pages = {each.page.number: findings.Read(each.found.words, each.found.codes) for each in kept}
    findings.keep(item, findings.of_opened(pages, opened.flags), ticket=ticket)
    pictures.ask_for_reading(item, at=now)
    if item.note_id:
        attachments.opened(ticket, item, at=now)
        return
    likeness.look(item, at=now)
    save_and_record(ticket, "evidence_checked", at=now, item=str(item.uid), now=item.state)
    if ticket.charger_id:
        advance(ticket, at=now, changed=likeness.found(item).exists())


@transaction.atomic
def _set_aside(item: EvidenceItem, state: str, reason: str, opened: Opened | None = None) -> None:
    """Ask for it again, with a kind word. The ticket itself does not move: no person decided.

    A draft's claimant is at the page still, and reads it there.
    """
    ticket, item = _lock(item)
    if item.state not in WAITING:
        return
    now = clock.now()
    item.state, item.reason, item.decided_at = state, reason, now
    item.save(update_fields=["state", "reason", "decided_at"])
    if opened:
        _put_on_record(item, opened, now)
    if item.note_id:
        attachments.opened(ticket, item, at=now)
        return
    save_and_record(
        ticket, "evidence_set_aside", at=now, item=str(item.uid), what=item.kind, reason=reason
    )
    if ticket.state != State.DRAFT and item.stands:
        notify("items_returned", at=now, ticket=ticket, person=ticket.claimant, item=str(item.uid))
    if ticket.charger_id:
        advance(ticket, at=now, changed=False)


def _lock(item: EvidenceItem) -> tuple[Ticket, EvidenceItem]:
    ticket = Ticket.objects.lock(item.ticket_id)
    again = EvidenceItem.every.get(pk=item.pk)
    again.ticket = ticket
    return ticket, again


def _put_on_record(item: EvidenceItem, opened: Opened, now: datetime) -> None:
    values = {
        "opened_at": now,
        "antivirus": opened.antivirus,
        "protections": opened.protections,
        "seconds": round(opened.seconds, 3),
        "peak_bytes": opened.peak_bytes,
    }
    Opening.objects.update_or_create(item=item, defaults=values)


def give_up() -> int:
    """Ask again for what no worker ever got to open: its row is parked. Returns how many."""
    waiting = EvidenceItem.every.filter(state__in=WAITING).values_list("uid", flat=True)
    keys = {f"check_item:{uid}": uid for uid in waiting}
    parked = OutboxRow.objects.filter(key__in=keys, parked_at__isnull=False)
    uids = [keys[key] for key in parked.values_list("key", flat=True)]
    for item in EvidenceItem.objects.filter(uid__in=uids):
        _set_aside(item, EvidenceItem.State.UNOPENED, COULD_NOT_OPEN)
    return len(uids)
