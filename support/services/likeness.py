"""The same file, or nearly the same picture, on another person's ticket.

Two perceptual hashes of 64 bits are nearly the same when at most 3 bits differ (0.95 of them
agree). Then at least one of their four bands of 16 bits is the same: each band has an index, so
among a million pictures about sixty are looked at, not a million. Two deals on one printed form
look alike as well: pages that hold text are the same only if their words are, too.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from django.db import connection, transaction
from django.db.models import Q

from records import clock, outbox
from support.models import EvidenceItem, Reuse, Ticket
from support.services.progress import advance
from support.services.saving import save_and_record

NEAR_BITS = 3
# Of 64 bits of the words: up to here about nine in ten are the same.
NEAR_TEXT_BITS = 10
# Numbers tell one deal from another, where there are so many of so many digits.
LEAST_NUMBERS, LEAST_DIGITS = 4, 3
# A picture that is everywhere (a form's cover page) is not written down with everybody.
MOST_FOUND = 20
# One at a time: two that are checked at the same moment would not see each other.
_LOCK = "support.likeness"
# Each band is a join of its own: over all four at once PostgreSQL reads the whole table once it is
# large (3 s at a million pictures). OFFSET 0 keeps it from reading all items to join the few.
_BAND = """
    SELECT p.item_id FROM mine JOIN support_picture p
        ON p.phash IS NOT NULL AND p.{band} = mine.{band}
    WHERE bit_count((p.phash # mine.phash)::bit(64)) <= %(bits)s
        AND (p.text_hash IS NULL OR mine.text_hash IS NULL
            OR bit_count((p.text_hash # mine.text_hash)::bit(64)) <= %(text_bits)s)
"""
_BANDS = " UNION ".join(_BAND.format(band=f"band_{number}") for number in (1, 2, 3, 4))
NEAR = f"""
    WITH mine AS MATERIALIZED (
        SELECT phash, band_1, band_2, band_3, band_4, text_hash FROM support_picture
        WHERE item_id = %(item)s AND phash IS NOT NULL
    ), near AS MATERIALIZED ({_BANDS})
    SELECT found.id FROM near CROSS JOIN LATERAL (
        SELECT i.id FROM support_evidenceitem i JOIN support_ticket t ON t.id = i.ticket_id
        WHERE i.id = near.item_id AND i.note_id IS NULL
            AND t.claimant_id <> %(claimant)s AND NOT t.is_training
        OFFSET 0
    ) found ORDER BY found.id LIMIT %(most)s
"""  # noqa: S608


def columns(phash: int) -> dict[str, int | None]:
    """Return a hash of 64 bits as the columns of a picture; a page of one shade is like none."""
    if not phash:
        return {}
    bands = {f"band_{n}": (phash >> 16 * (n - 1)) & 0xFFFF for n in (1, 2, 3, 4)}
    return {"phash": _signed(phash), **bands}


def text_hash(words: Iterable[str]) -> int | None:
    """Return 64 bits of the words of a page, signed: pages that share most words share most bits.

    Of a page with enough numbers only these count: the printed words of a form do not. None for a
    page without words.
    """
    tokens = {token.casefold() for word in words for token in word.split()}
    numbers = {t for t in tokens if sum(map(str.isdigit, t)) >= LEAST_DIGITS}
    chosen = numbers if len(numbers) >= LEAST_NUMBERS else tokens
    if not chosen:
        return None
    hashes = [int.from_bytes(blake2b(t.encode(), digest_size=8).digest()) for t in chosen]
    bits = (bit for bit in range(64) if 2 * sum(h >> bit & 1 for h in hashes) > len(hashes))
    return _signed(sum(1 << bit for bit in bits))


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def look(item: EvidenceItem, *, at: datetime) -> list[Reuse]:
    """Find an item's file and pictures on other people's tickets, and write down each.

    In the caller's transaction and lock; the other tickets are told by the outbox. What we drew
    for training is like nothing.
    """
    if item.ticket.is_training:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
    same = EvidenceItem.objects.filter(sha256=item.sha256).exclude(sha256="")
    others = same.exclude(ticket__claimant=item.ticket.claimant_id)
    others = others.exclude(ticket__is_training=True)
    same_ids = set(others.order_by("pk").values_list("pk", flat=True)[:MOST_FOUND])
    rows = [_pair(item, pk, Reuse.How.SAME_FILE, at) for pk in same_ids]
    rows += [_pair(item, pk, Reuse.How.NEAR, at) for pk in near(item) if pk not in same_ids]
    Reuse.objects.bulk_create(rows, ignore_conflicts=True)
    pairs = {pk for row in rows for pk in (row.one_id, row.other_id)}
    told = EvidenceItem.objects.filter(pk__in=pairs).exclude(ticket=item.ticket)
    for ticket_id in sorted(set(told.values_list("ticket", flat=True))):
        outbox.put("reused", f"reused:{item.uid}:{ticket_id}", at=at, ticket_id=ticket_id)
    return rows


def found(item: EvidenceItem):
    """Return the pairs that an item is in."""
    return Reuse.objects.filter(Q(one=item) | Q(other=item))


def reused_from_outbox(*, key: str, ticket_id: int) -> None:
    """Outbox handler: somebody else sent what this ticket has; its flags have changed."""
    _flag(ticket_id)


@transaction.atomic
def _flag(ticket_id: int) -> None:
    ticket = Ticket.objects.lock(ticket_id)
    if not ticket.is_open:
        return
    now = clock.now()
    save_and_record(ticket, "reuse_found", at=now)
    advance(ticket, at=now)


def _pair(item: EvidenceItem, other_id: int, how: str, at: datetime) -> Reuse:
    one, other = sorted((item.pk, other_id))
    return Reuse(one_id=one, other_id=other, how=how, found_at=at)


def near(item: EvidenceItem) -> list[int]:
    """Return the items of other people with nearly the same picture, by their keys; at most 20."""
    with connection.cursor() as cursor:
        cursor.execute(NEAR, asked_for(item))
        return [pk for (pk,) in cursor.fetchall()]


def asked_for(item: EvidenceItem) -> dict[str, int]:
    """Return what NEAR is asked with."""
    return {
        "item": item.pk,
        "bits": NEAR_BITS,
        "text_bits": NEAR_TEXT_BITS,
        "claimant": item.ticket.claimant_id,
        "most": MOST_FOUND,
    }
