"""What was read on an item's pictures, laid beside claim and registry, for the desk's page."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Tenure
from records.bundle import at_once
from records.put_together import part
from support import numbers
from support.documents.facts import FactKind
from support.models import (
    EvidenceItem,
    EvidenceKey,
    Opening,
    Picture,
    Policy,
    Reuse,
    Ticket,
    Uncovering,
)
from support.reading.beside import Beside, Known, beside
from support.sandbox import words
from support.services import findings

LISTED = 12
# Which field of AcceptForm asks for a day that is read.
DAYS = {FactKind.TAKE_OVER_DATE: "take_over_date", FactKind.LEASE_END_DATE: "ends_date"}


@dataclass
class PageFound:
    """One picture and the facts on it; ``form`` is the view's, to uncover it."""

    picture: Picture
    facts: list[Beside]
    is_blurred: bool
    covered: int
    form: object = None

    @property
    def marks(self) -> list[dict]:
        """Where facts were read, as numbers of the picture's own size."""
        if self.is_blurred:
            return []
        return [each.mark(self.picture.width, self.picture.height) for each in self.facts]


@dataclass
class Found:
    """All that a machine says of one item. It advises; a person decides."""

    pages: list[PageFound] = field(default_factory=list)
    whole: list[Beside] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    reuse: list[str] = field(default_factory=list)
    opening: Opening | None = None
    protections: list[str] = field(default_factory=list)
    # A page that holds its own words needs no optical reading.
    is_read: bool = True

    @property
    def all(self) -> list[Beside]:
        return [fact for page in self.pages for fact in page.facts] + self.whole

    @property
    def days(self) -> dict[str, date]:
        """The days that were read, by the form's field; none where two differ."""
        found: dict[str, set[date | None]] = {}
        for each in self.all:
            if name := DAYS.get(each.fact.kind):
                found.setdefault(name, set()).add(parse_date(each.fact.value))
        return {
            name: min(days) for name, days in found.items() if len(days) == 1 and None not in days
        }

    @property
    def differs(self) -> list[Beside]:
        return [fact for fact in self.all if fact.agrees is False]


def of_item(item: EvidenceItem, *, at: datetime, user: User) -> Found:
    """Return what was found on one item."""
    ticket = item.ticket
    owner = ticket.charger.owner_tenure(at) if ticket.charger_id else None
    return of_items(ticket, [item], owner=owner, user=user)[item.pk]


def of_items(
    ticket: Ticket, items: list[EvidenceItem], *, owner: Tenure | None, user: User
) -> dict[int, Found]:
    """Return what was found on each item of a ticket, each fact with its number and its place.

    One statement; one more where a file is on somebody else's ticket.
    """
    keys = [item.pk for item in items]
    rows = at_once(part(_rows, items=keys, ticket=ticket.pk, user=user.pk))
    uncovered = {row.picture_id for row in rows["uncoverings"]}
    for picture in rows["pictures"]:
        picture.is_uncovered = picture.pk in uncovered
    reuses = _reuses(set(keys), rows["reuses"]) if rows["reuses"] else {}
    key = findings.unwrapped(ticket, next(iter(rows["keys"]), None))
    policy = numbers.stricter([ticket.policy.data, rows["policies"][0].data])
    known = Known.of(ticket, owner=owner, policy=policy)
    openings = {row.item_id: row for row in rows["openings"]}
    return {
        item.pk: _found(
            item,
            [row for row in rows["pictures"] if row.item_id == item.pk],
            openings.get(item.pk),
            key,
            known,
            reuses.get(item.pk, []),
        )
        for item in items
    }


def _rows(items: list[int], ticket: int, user: int) -> dict[str, QuerySet]:
    pictures = Picture.objects.filter(item__pk__any_of=items).exclude(file_key="")
    own = Q(one__pk__any_of=items) | Q(other__pk__any_of=items)
    return {
        "pictures": pictures.order_by("number"),
        "uncoverings": Uncovering.objects.filter(picture__item__pk__any_of=items, by=user),
        "openings": Opening.objects.filter(item__pk__any_of=items),
        "reuses": Reuse.objects.filter(own).order_by("pk")[:LISTED],
        "keys": EvidenceKey.objects.filter(ticket=ticket),
        "policies": Policy.objects.newest(),
    }


def _found(item, rows, opening, key, known, reuse) -> Found:
    kept = findings.open_(item, opening, key, with_words=False)
    laid = [beside(fact, number, item, known) for number, fact in enumerate(kept.facts, start=1)]
    pages = [
        PageFound(
            picture=row,
            facts=[each for each in laid if each.fact.page == row.number and each.fact.box],
            is_blurred=row.is_veiled and not row.is_uncovered,
            covered=len(row.covers),
        )
        for row in rows
    ]
    placed = {each.number for page in pages for each in page.facts}
    return Found(
        pages=pages,
        whole=[each for each in laid if each.number not in placed],
        flags=[words.describe(flag) for flag in kept.flags],
        reuse=reuse,
        opening=opening,
        protections=words.describe_protections(opening.protections) if opening else [],
        is_read=all(row.read_at or row.text_hash is not None for row in rows),
    )


def _reuses(own: set[int], pairs: list[Reuse]) -> dict[int, list[str]]:
    """Return where else files or pictures are: the request, not whose it is."""
    theirs = {pk for pair in pairs for pk in (pair.one_id, pair.other_id)} - own
    rows = EvidenceItem.objects.filter(pk__in=theirs)
    codes = dict(rows.values_list("pk", "ticket__request_code"))
    lines: dict[int, list[str]] = {}
    for pair in pairs:
        one_is_mine = pair.one_id in own
        mine, other = (pair.one_id, pair.other_id) if one_is_mine else (pair.other_id, pair.one_id)
        about = {"how": pair.get_how_display(), "code": codes.get(other, "")}
        said = _("%(how)s is on request %(code)s, by somebody else") % about
        lines.setdefault(mine, []).append(said)
    return lines
