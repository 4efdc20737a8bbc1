"""How often somebody may do what tires others out: counted in PostgreSQL, so also without Redis.

A limit has room for so many uses in so long by one subject: a person, a network, everybody. Uses of
the same thing (``what``, say one serial number) count once. Nobody is kept out for good, and nobody
can keep another person out: no limit is by what somebody else's mail address or charger is.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Throttle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_WRITE = _("If it cannot wait, write to us: a person helps.")


@dataclass(frozen=True)
class Limit:
    """``most`` uses in ``window`` by one subject, and what to do when they are used up."""

    name: str
    most: int
    window: timedelta
    cure: str | Promise


class Throttled(Exception):
    """Too often (429): the page names the cure, and ``retry_after`` says in how many seconds."""

    http_status = 429
    template = "429.html"

    def __init__(self, cure: str | Promise, retry_after: timedelta) -> None:
        self.retry_after = max(1, int(retry_after.total_seconds()))
        super().__init__(cure)


_SERIALS = _(
    "These are more serial numbers in a day than one home has chargers. Compare the number with the"
    " label of the station; the numbers that you gave today you can go on with."
)
SERIALS_BY_PERSON = Limit("serials_person", 10, DAY, _SERIALS)
SERIALS_BY_NETWORK = Limit("serials_network", 60, DAY, _SERIALS)
REQUESTS_IN_ALL = Limit(
    "requests_all",
    2_000,
    HOUR,
    _("Unusually many people ask at this moment. What you typed is kept: send it a little later."),
)
_CODES = _("Wait some minutes, then ask for one code and type it as it stands in the newest mail.")
CODES_BY_NETWORK = Limit("codes_network", 60, timedelta(minutes=15), _CODES)
CODES_IN_ALL = Limit("codes_all", 6_000, timedelta(minutes=15), _CODES)
TRIES_BY_NETWORK = Limit("tries_network", 100, timedelta(minutes=15), _CODES)
STOPS_BY_NETWORK = Limit(
    "stops_network",
    50,
    DAY,
    _("Compare the stop code with the letter, letter by letter. Or call us: we stop it by phone."),
)
CERTIFICATES_BY_NETWORK = Limit(
    "certificates_network",
    200,
    HOUR,
    _("Compare the code with the paper, letter by letter. Or write to us: a person looks it up."),
)
LINK_CODES_BY_NETWORK = Limit(
    "link_codes_network",
    50,
    DAY,
    _("Compare the code with the mail, sign by sign, or use its link. Or reply to the mail."),
)
OFFERS_BY_PERSON = Limit(
    "offers_person", 10, DAY, _("These are more offers in a day than we send out. Go on tomorrow.")
)
SHARES_BY_PERSON = Limit(
    "shares_person", 20, DAY, _("These are more shares in a day than we send out. Go on tomorrow.")
)
CUSTOMERS_BY_PERSON = Limit(
    "customers_person",
    20,
    DAY,
    _("These are more customers in a day than we write to. Go on tomorrow."),
)
KEPT_BY_NETWORK = Limit("kept_network", 60, HOUR, _WRITE)
REPORTS_BY_NETWORK = Limit("reports_network", 100, HOUR, _WRITE)
EVERYBODY = "everybody"


@transaction.atomic
def spend(limit: Limit, subject: str, *, what: str = "") -> None:
    """Count one use by a subject; ``what`` is used again without counting again.

    Part of the caller's transaction: what is taken back was not used. Raises Throttled when there
    is no room left; then nothing is counted.
    """
    now, subject = timezone.now(), _hash(f"{limit.name}:{subject}")
    _wait_for_turn(subject)
    uses = Throttle.objects.filter(subject=subject)
    uses.filter(at__lte=now - limit.window).delete()
    what = _hash(what) if what else ""
    if what and uses.filter(what=what).exists():
        return
    if uses.count() >= limit.most:
        raise Throttled(limit.cure, _room_at(uses, limit) - now)
    Throttle.objects.create(subject=subject, what=what, at=now)


def _room_at(uses, limit: Limit) -> datetime:
    """Return when the oldest use leaves the window."""
    return uses.order_by("at").values_list("at", flat=True)[0] + limit.window


def _wait_for_turn(subject: str) -> None:
    """Let parallel uses be counted one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 4))", [subject])


def _hash(text: str) -> str:
    return hashlib.sha256(b"accounts.throttles:" + text.encode(errors="replace")).hexdigest()
