"""The exposure register: who could see a charger's PIN, and who did."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import InstallerFirm, User
from chargers.models import Charger, Reveal, Share, Sighting, Tenure

HOW = {
    "owner": gettext_lazy("owner on record"),
    "service_access": gettext_lazy("service access"),
    "grant": gettext_lazy("hand-over made here"),
    "share": gettext_lazy("shown once by the owner"),
    "sighting": gettext_lazy("staff: a label picture uncovered"),
}


@dataclass(frozen=True)
class Exposed:
    """One way in which a person or a firm could see the PIN; ``until`` is None while it lasts."""

    who: User | InstallerFirm
    by: str
    since: datetime
    until: datetime | None

    @property
    def how(self) -> str:
        """By what they could, in words."""
        return str(HOW.get(self.by, self.by))


@dataclass(frozen=True)
class Exposure:
    """Everyone who could see a PIN, and every look at it. The list is for auditors only."""

    could: tuple[Exposed, ...]
    looks: tuple[Reveal, ...]

    @property
    def count(self) -> int:
        """How many people and firms could see it."""
        return len(self._parties())

    def others(self, user: User) -> int:
        """Return how many people and firms besides this person could see it."""
        return len(self._parties() - {user})

    def sentence(self, user: User) -> str:
        """Return the honest sentence for the owner: a count, and what no count can know."""
        rest = _(
            "Whoever has the manual or the packaging may know it too, and so does the maker. "
            "It can never be changed. What you can change: who has access in the maker's app, "
            "and whether the station accepts a phone nearby."
        )
        return f"{_known(self.others(user))} {rest}"

    def _parties(self) -> set:
        return {exposed.who for exposed in self.could} | {
            look.person for look in self.looks if look.person
        }


def _known(others: int) -> str:
    """Say how many others could see a PIN."""
    if not others:
        return _("Besides you, nobody on our records could see this PIN.")
    words = ngettext(
        "Besides you, %(count)s person or firm on our records could see this PIN, and may still "
        "know it.",
        "Besides you, %(count)s people or firms on our records could see this PIN, and may still "
        "know it.",
        others,
    )
    return words % {"count": others}


def exposure(charger: Charger) -> Exposure:
    """Return who could see this charger's PIN, from its first owner on, and who did."""
    tenures = (
        Tenure.objects.on(charger)
        .exclude(role=Tenure.Role.CHARGING_USER)
        .select_related("person", "firm")
    )
    could = [
        Exposed(tenure.person or tenure.firm, tenure.role, tenure.starts_at, tenure.ends_at)
        for tenure in tenures
    ]
    could += [
        Exposed(grant.person, "grant", grant.starts_at, grant.ends_at)
        for grant in charger.grants.select_related("person")
    ]
    looks = charger.reveals.select_related("person", "share").order_by("at")
    could += [
        Exposed(look.person, "share", look.share.made_at, look.at) for look in looks if look.share
    ]
    could += [
        Exposed(seen.person, "sighting", seen.at, seen.at)
        for seen in charger.sightings.select_related("person")
    ]
    return Exposure(tuple(sorted(could, key=lambda e: e.since)), tuple(looks))


def sighted(*, charger: Charger, person: User, at: datetime, origin: str) -> None:
    """Put on record that a person of staff may have seen the PIN on something; once for each."""
    values = {"charger": charger, "at": at}
    Sighting.objects.get_or_create(person=person, origin=origin, defaults=values)


def open_shares(charger: Charger, at: datetime):
    """Return the shares of this charger that may still be opened."""
    return Share.objects.filter(
        charger=charger, opened_at=None, cancelled_at=None, expires_at__gt=at
    ).order_by("made_at")
