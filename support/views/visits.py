"""What this browser may do by a link that was opened in it, and how far it has come.

A link is shown once, in an address; from then on the session holds its uid. Sessions live by the
real clock, links by the clock of the deadlines.
"""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from records import clock
from support.models import Link

KEY = "links"
# So long a link stays open in a browser, and so long a code that was typed counts.
OPEN_FOR = timedelta(hours=1)
PROVED_FOR = timedelta(minutes=30)
# The oldest are forgotten: nobody answers more than so many at a time.
MOST = 20


class NotOpened(Exception):
    """The page needs a link that is not open in this browser (any more)."""

    http_status = 403
    template = "support/link_needed.html"

    def __init__(self, link_uid: UUID) -> None:
        self.link_uid = link_uid  # a form sent without it waits until it is opened (kept.py)
        super().__init__()


@dataclass(frozen=True)
class Visit:
    """A link that is open in this browser, and what was said there so far."""

    request: HttpRequest
    link: Link

    @property
    def said(self) -> dict:
        """What was chosen and waits for its code."""
        return self._row.get("said", {})

    @property
    def proved(self) -> bool:
        """Whether the code to the address on record was typed here just now."""
        return _now() - self._row.get("proved_at", 0) < PROVED_FOR.total_seconds()

    def say(self, **said) -> None:
        """Keep what was chosen until the code is typed."""
        self._keep(said=said)

    def prove(self) -> None:
        """Remember that the code was right; the session gets a new key."""
        self.request.session.cycle_key()
        self._keep(proved_at=_now())

    def settle(self) -> None:
        """Forget what was chosen: it was carried out. The next yes needs a new code."""
        self._keep(said={}, proved_at=0)

    @property
    def _row(self) -> dict:
        return self.request.session[KEY][str(self.link.uid)]

    def _keep(self, **what) -> None:
        self._row.update(what)
        self.request.session.modified = True


def begin(request: HttpRequest, link: Link) -> Visit:
    """Open a link in this browser; the session gets a new key."""
    request.session.cycle_key()
    rows = request.session.get(KEY, {})
    rows[str(link.uid)] = {"opened_at": _now()}
    newest = sorted(rows, key=lambda uid: rows[uid]["opened_at"])[-MOST:]
    request.session[KEY] = {uid: rows[uid] for uid in newest}
    return Visit(request, link)


def of(request: HttpRequest, uid: UUID, purpose: str) -> Visit:
    """Return the visit by this link. Raises NotOpened, alike for every reason."""
    row = request.session.get(KEY, {}).get(str(uid))
    if row is None or _now() - row["opened_at"] > OPEN_FOR.total_seconds():
        raise NotOpened(uid)
    links = Link.objects.select_related("charger__installation", "party", "firm", "ticket")
    link = links.filter(uid=uid, purpose=purpose, revoked_at=None).first()
    if link is None or link.expires_at <= clock.now():
        raise NotOpened(uid)
    return Visit(request, link)


def all_open(request: HttpRequest) -> list[Link]:
    """Return every link that is open in this browser."""
    found = []
    for uid in request.session.get(KEY, {}):
        for purpose in Link.Purpose:
            with contextlib.suppress(NotOpened):
                found.append(of(request, UUID(uid), purpose).link)
    return found


def end_all(request: HttpRequest) -> None:
    """Forget every link that is open in this browser."""
    request.session.pop(KEY, None)


def _now() -> float:
    return timezone.now().timestamp()
