"""Finding a ticket by whatever is known of it: kept words in one stored vector, and exact names.

A vector is made anew with each event that changes what it is made of. Numbers that stand alone in
what people wrote, and in documents, are not kept: a PIN that somebody wrote down cannot be
confirmed by searching for it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User
from chargers.services import decoys
from records.access import saw
from support import filters, queues, words
from support.models import Ticket, TicketWords

MOST = 50
LONGEST = 200
# Events after which a ticket may be found by something else.
CHANGES_WORDS = frozenset(
    {
        "submitted",
        "claim_corrected",
        "routed",
        "wrote",
        "noted",
        "questioned",
        "party_asked",
        "party_wrote",
        "undone",
        "evidence_checked",
        "offered",
        "offer_accepted",
        "released",
    }
)
_LONE_NUMBER = re.compile(r"(?<![\w-])\d{4,16}(?![\w-])")
_FOLD = "regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g')"
_FREE = r"regexp_replace({}, '(^|[^[:alnum:]-])[0-9]{{4,16}}(?![[:alnum:]-])', '\1 ', 'g')"
_KNOWN = """concat_ws(' ', t.claimant_name, c.name, c.email, t.address_line, t.unit, t.postal_code,
    t.city, t.installer_name, i.street, i.house_number || i.house_letter, i.name, owners.said)"""
_INDEX = f"""
INSERT INTO support_ticketwords (ticket_id, vector, documents)
SELECT t.id,
    to_tsvector('simple', concat_ws(' ', t.request_code, replace(t.request_code, '-', ' '),
        t.serial, t.serial_typed, 'h-' || left(t.uid::text, 8)))
    || to_tsvector('simple', {_FOLD.format(_KNOWN)})
    || to_tsvector('simple', {
    _FOLD.format(_FREE.format("concat_ws(' ', messages.said, w.documents)"))
}),
    COALESCE(w.documents, '')
FROM support_ticket t
JOIN accounts_user c ON c.id = t.claimant_id
LEFT JOIN chargers_charger s ON s.id = t.charger_id
LEFT JOIN chargers_installation i ON i.id = s.installation_id
LEFT JOIN support_ticketwords w ON w.ticket_id = t.id
LEFT JOIN LATERAL (
    SELECT string_agg(u.name || ' ' || u.email, ' ') AS said FROM chargers_tenure o
    JOIN accounts_user u ON u.id = o.person_id
    WHERE o.charger_id = t.charger_id AND o.role = 'owner'
) owners ON TRUE
LEFT JOIN LATERAL (
    SELECT string_agg(m.words, ' ') AS said FROM (
        SELECT body AS words FROM support_message WHERE ticket_id = t.id UNION ALL
        SELECT body || ' ' || answer FROM support_question WHERE ticket_id = t.id
    ) m
) messages ON TRUE
WHERE {{which}}
ON CONFLICT (ticket_id) DO UPDATE SET vector = EXCLUDED.vector
"""  # noqa: S608
INDEX_ALL = _INDEX.replace("{which}", "t.state <> 'draft'")
_INDEX_ONE = _INDEX.replace("{which}", "t.id = %s")
# The last word may go on: who types "nyinn" finds Nyinnflyttet.
_FIND = """
SELECT w.ticket_id FROM support_ticketwords w
WHERE w.vector @@ (NULLIF(websearch_to_tsquery('simple', %s)::text, '') || ':*')::tsquery
ORDER BY w.ticket_id DESC LIMIT %s
"""


def index(ticket_id: int) -> None:
    """Make anew what a ticket is found by, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEX_ONE, [ticket_id])


def learn_documents(*, ticket_id: int, text: str) -> None:
    """Keep the words of a ticket's documents, PINs covered already; empty forgets them."""
    rows = TicketWords.objects.filter(ticket_id=ticket_id)
    known = rows.values_list("documents", flat=True).first()
    if text == (known or ""):
        return
    if known is None:
        index(ticket_id)
    rows.update(documents=text)
    index(ticket_id)


def forget(*, ticket_ids: list[int]) -> int:
    """Delete what tickets are found by: their data were erased. Returns how many."""
    return TicketWords.objects.filter(ticket_id__in=ticket_ids).delete()[0]


def subject_of(text: str) -> str:
    """Return by what a search is on record: whether somebody looked for a name can be asked, but
    the record, which nobody can change, does not tell the name (it may have to be erased).
    """
    folded = " ".join(without_numbers(text).casefold().split())
    key = settings.LINK_KEYS[-1].encode()
    return f"search:{hmac.new(key, folded.encode(), hashlib.sha256).hexdigest()[:32]}"


def find(*, text: str, by: User) -> list[Ticket]:
    """Return the tickets that a text finds for a member of the desk, and put the search on record.

    Request code, reference and serial first, then words; newest first, at most 50. Parties do not
    find their own, drafts are found by nobody.
    """
    text = " ".join(text.split())[:LONGEST]
    saw(actor=by, what="search", subject=subject_of(text))
    if not text:
        return []
    seen = queues.seen_by(by).select_related("charger", "claimant", "assigned_to")
    exact = list(seen.filter(named_by(text)).order_by("-pk")[:MOST])
    keys = set(_by_words(text)) - {ticket.pk for ticket in exact}
    found = _newest(seen.filter(pk__in=keys)) if keys else []
    hits = (exact + found)[:MOST]
    decoys.found({ticket.charger_id for ticket in hits}, by=by)
    return hits


def narrowed(texts: Iterable[str], *, rows: Iterable[Ticket], by: User) -> None:
    """Put on record that a list was narrowed by what somebody typed: that is a search as well."""
    typed = [text for text in texts if text.strip()]
    for text in typed:
        saw(actor=by, what="search", subject=subject_of(text[:LONGEST]))
    if typed:
        decoys.found({ticket.charger_id for ticket in rows}, by=by)


def named_by(text: str) -> Q:
    """What a text names outright: a request code, a reference, a serial however it was typed."""
    named = Q(request_code=words.normalise_request_code(text))
    return named | filters.of_reference(text) | filters.of_serial(text)


def _newest(tickets: QuerySet[Ticket]) -> list[Ticket]:
    return list(tickets.order_by("-pk"))


def _by_words(text: str) -> list[int]:
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [plain, MOST + 1])
        return [pk for (pk,) in cursor.fetchall()]


def without_numbers(text: str) -> str:
    """Return a text without numbers that stand alone and could be a PIN."""
    return _LONE_NUMBER.sub("…", text)
