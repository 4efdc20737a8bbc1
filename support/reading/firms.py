"""What a registered firm sees: the requests that wait for its word, the places that it serves."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Max, Q, QuerySet

from accounts.models import InstallerFirm, User
from chargers import serials
from chargers.models import Charger, Grant, OwnerState, Tenure
from chargers.permissions import firm_ids
from support.machine import OPEN
from support.models import FirmAnswer, Link, NamedCustomer

PAGE = 25
# So many requests are answered at once, and so many answers are listed below them.
MOST, RECENT = 50, 20


@dataclass(frozen=True)
class Served:
    """A charger that a firm serves. ``tenure`` gives its right; None: a hand-over ended it."""

    charger: Charger
    tenure: Tenure | None
    can_name: bool
    named: NamedCustomer | None


@dataclass(frozen=True)
class Asked:
    """A request on which a firm was asked, and what it has said."""

    link: Link
    answer: FirmAnswer | None


def firms_of(user: User, at: datetime) -> list[InstallerFirm]:
    """Return the registered firms that a person speaks for at ``at``."""
    ids = firm_ids(user, at)
    return list(InstallerFirm.objects.filter(pk__in=ids, registered_at__lte=at).order_by("pk"))


def asked(firms: list[InstallerFirm], at: datetime, *, reader: User) -> list[Asked]:
    """Return every open request on which these firms were asked, the oldest first.

    The reader's own are left out: nobody vouches for themself.
    """
    rows = Link.objects.filter(purpose=Link.Purpose.FIRM, firm__in=firms, revoked_at=None)
    rows = rows.filter(expires_at__gt=at, ticket__state__in=OPEN).exclude(ticket__claimant=reader)
    links = list(rows.select_related("charger__installation", "ticket", "firm").order_by("pk"))
    said = FirmAnswer.objects.filter(ticket__in=[link.ticket_id for link in links], void_at=None)
    answers = {(answer.ticket_id, answer.firm_id): answer for answer in said}
    return [Asked(link, answers.get((link.ticket_id, link.firm_id))) for link in links]


def waiting(firms: list[InstallerFirm], at: datetime, *, reader: User) -> list[Asked]:
    """Return those that wait for the firms' word, as many as are answered at once."""
    return [row for row in asked(firms, at, reader=reader) if row.answer is None][:MOST]


def answered(firms: list[InstallerFirm], at: datetime, *, reader: User) -> list[Asked]:
    """Return those that the firms have answered and may answer anew, the newest answer first."""
    rows = [row for row in asked(firms, at, reader=reader) if row.answer]
    return sorted(rows, key=lambda row: row.answer.at, reverse=True)[:RECENT]


def served(firms: list[InstallerFirm], at: datetime, *, words: str = "", page: str = "") -> Page:
    """Return a page of the chargers that these firms serve, by address; its rows are Served.

    ``words`` are looked for in serial numbers and addresses.
    """
    access = Tenure.objects.service().current(at).filter(firm__in=firms)
    here = Q(pk__in=access.values("charger"))
    here |= Q(installation__in=access.values("installation"))
    chargers = Charger.objects.registered().filter(here).select_related("installation")
    if words:
        chargers = _found(chargers, words)
    order = ("installation__city", "installation__street", "installation__house_number", "pk")
    found = Paginator(chargers.order_by(*order), PAGE).get_page(page or 1)
    found.object_list = _rows(list(found.object_list), access)
    return found


def _found(chargers: QuerySet[Charger], words: str) -> QuerySet[Charger]:
    for word in words.split()[:6]:
        fits = Q(lookup_key__icontains=serials.lookup_key(word.upper())) if word.isalnum() else Q()
        for name in ("street", "house_number", "postal_code", "city", "name"):
            fits |= Q(**{f"installation__{name}__icontains": word})
        chargers = chargers.filter(fits)
    return chargers


def _rows(chargers: list[Charger], access: QuerySet[Tenure]) -> list[Served]:
    """Say of each charger what the firm may do there: four questions for a whole page."""
    places = {charger.installation_id for charger in chargers if charger.installation_id}
    on = defaultdict(list)
    here = Q(charger__in=chargers) | Q(installation__in=places)
    for tenure in access.filter(here).order_by("pk"):
        on[("charger", tenure.charger_id) if tenure.charger_id else _place(tenure)].append(tenure)
    grants = Grant.objects.filter(charger__in=chargers).values_list("charger")
    since = dict(grants.annotate(Max("starts_at")))
    owned = Tenure.objects.owners().filter(charger__in=chargers)
    owned = set(owned.values_list("charger_id", flat=True))
    open_ = NamedCustomer.objects.filter(charger__in=chargers, cancelled_at=None)
    named = {row.charger_id: row for row in open_.filter(firm__in=access.values("firm"))}
    rows = []
    for charger in chargers:
        tenures = on["charger", charger.pk] + on["installation", charger.installation_id]
        tenure = next((t for t in tenures if _counts(t, since.get(charger.pk))), None)
        free = charger.pk not in owned and charger.owner_state != OwnerState.KNOWN
        rows.append(Served(charger, tenure, bool(tenure and free), named.get(charger.pk)))
    return rows


def _place(tenure: Tenure) -> tuple[str, int]:
    return "installation", tenure.installation_id


def _counts(tenure: Tenure, hand_over: datetime | None) -> bool:
    """Tell whether access gives a right: as chargers.permissions.since_hand_over says it."""
    renewed = not tenure.source.startswith("import")
    return hand_over is None or (tenure.starts_at >= hand_over and renewed)
