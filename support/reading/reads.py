"""Who saw what: the reads on record about a charger, a person, by a member of staff, in a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from chargers.models import Charger, Grant, Share, Tenure
from records.models import Access
from support.models import Dispute, EvidenceItem, Link, Ticket
from support.reading.subjects import Named, name_subjects

A_PAGE = 50
AT_ONCE = 2_000

# What a read is called; a page without a line is told by its name.
WORDS = {
    "ticket": gettext_lazy("opened the request"),
    "evidence": gettext_lazy("looked at a picture or file"),
    "dispute": gettext_lazy("opened the dispute"),
    "exposure": gettext_lazy("looked up who could see the PIN"),
    "proposals": gettext_lazy("read the proposals"),
    "proposed": gettext_lazy("proposed a change"),
    "members": gettext_lazy("read who speaks for a firm"),
    "alerts": gettext_lazy("read the alerts"),
    "audit": gettext_lazy("looked up who saw what"),
    "audit_csv": gettext_lazy("took a list of who saw what"),
    "pin": gettext_lazy("was shown the PIN"),
    "pin_refused": gettext_lazy("was refused the PIN"),
    "search": gettext_lazy("searched"),
    "search_hit": gettext_lazy("found by a search"),
    "records search": gettext_lazy("searched the records"),
    "person": gettext_lazy("opened a person's data"),
    "people": gettext_lazy("read who plays which part"),
    "reports": gettext_lazy("read a report"),
    "report_table": gettext_lazy("took a report as a table"),
}


@dataclass(frozen=True)
class Question:
    """What is asked: about a charger or a person, by somebody, from ``since`` up to ``until``."""

    charger: Charger | None = None
    person: User | None = None
    by: User | None = None
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """Where a page of the answer ends: the next begins with the read before it."""

    at: datetime
    uid: UUID


class Read(NamedTuple):
    """One read as people read it."""

    at: datetime
    who: str
    what: str
    about: Named
    place: Place


def read(question: Question, *, after: Place | None = None, limit: int = A_PAGE) -> list[Read]:
    """Return up to ``limit`` reads that answer the question, the latest first, after a place."""
    rows = _rows(question)
    if after:
        # The bound on the time alone lets PostgreSQL leave out months.
        same = Q(at__lt=after.at) | Q(at=after.at, uid__lt=after.uid)
        rows = rows.filter(same, at__lte=after.at)
    found = list(rows.select_related("actor").order_by("-at", "-uid")[:limit])
    named = name_subjects([row.subject for row in found])
    links = _links([row.by_link for row in found if row.by_link])
    return [_told(row, named, links) for row in found]


def all_of(question: Question, *, at_most: int) -> Iterator[Read]:
    """Yield every read that answers the question, up to ``at_most``, some thousands at a time."""
    after, left = None, at_most
    while left > 0:
        some = read(question, after=after, limit=min(AT_ONCE, left))
        yield from some
        if len(some) < min(AT_ONCE, left):
            return
        left -= len(some)
        after = some[-1].place


def _rows(question: Question) -> QuerySet[Access]:
    rows = Access.objects.all()
    subjects = _subjects(question)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    if question.by:
        rows = rows.filter(actor=question.by)
    if question.since:
        rows = rows.filter(at__gte=question.since)
    if question.until:
        rows = rows.filter(at__lt=question.until)
    return rows


def _subjects(question: Question) -> list[str] | None:
    """Return the names under which a charger or person can have been looked at; None: any."""
    asked = []
    if question.charger:
        asked.append(subjects_of_charger(question.charger))
    if question.person:
        asked.append(_of_person(question.person))
    return sorted(set.intersection(*asked)) if asked else None


def subjects_of_charger(charger: Charger) -> set[str]:
    """Return the names under which a charger, its requests and disputes can be looked at."""
    tickets = Ticket.objects.filter(charger=charger)
    disputes = Dispute.objects.filter(charger=charger).values_list("uid", flat=True)
    return {charger.stream} | _of_tickets(tickets) | {f"dispute:{uid}" for uid in disputes}


def _of_person(person: User) -> set[str]:
    """Their requests and files, and the chargers at which they ever had a part."""
    own = {f"person:{person.uid}"} | _of_tickets(Ticket.objects.filter(claimant=person))
    held = Q(pk__in=Tenure.objects.filter(person=person).values("charger"))
    held |= Q(pk__in=Grant.objects.filter(person=person).values("charger"))
    if person.email:
        shared = Share.objects.filter(to_email=person.email).exclude(opened_at=None)
        held |= Q(pk__in=shared.values("charger"))
    for charger in Charger.objects.filter(held):
        own |= subjects_of_charger(charger)
    return own


def _of_tickets(tickets: QuerySet[Ticket]) -> set[str]:
    items = EvidenceItem.every.filter(ticket__in=tickets).values_list("uid", flat=True)
    own = tickets.values_list("uid", flat=True)
    return {f"ticket:{uid}" for uid in own} | {f"item:{uid}" for uid in items}


def _links(uids: list[str]) -> dict[str, Link]:
    rows = Link.objects.filter(uid__in=set(uids)).select_related("party", "firm")
    return {str(link.uid): link for link in rows}


def _told(row: Access, named: dict[str, Named], links: dict[str, Link]) -> Read:
    who = str(row.actor) if row.actor else ""
    if row.by_link:
        link = links.get(row.by_link)
        party = str(link.party or link.firm) if link else ""
        who = _("%(who)s, by a link") % {"who": party} if party else _("somebody by a link")
    words = WORDS.get(row.what)
    what = str(words) if words else _("saw: %(page)s") % {"page": _spaced(row.what)}
    return Read(row.at, who or _("somebody"), what, named[row.subject], Place(row.at, row.uid))


def _spaced(what: str) -> str:
    return what.removeprefix("page ").replace("_", " ").replace("-", " ")
