"""Installations as files describe them: found, adopted, made, or a change proposed."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from accounts.models import InstallerFirm
from chargers import addresses
from chargers.imports import service
from chargers.imports.described import (
    OWN_ID,
    address_of,
    is_same_address,
    key_of,
    own_id,
    parts_of,
)
from chargers.imports.firms import Firms
from chargers.imports.people import People
from chargers.imports.tally import Tally
from chargers.imports.time_zones import TIME_ZONES
from chargers.models import AwaitedPlace, Charger, Installation, Proposal
from chargers.services.changes import ADDRESS
from chargers.vendors.protocol import PlaceSaid

_MOVE = """
    UPDATE chargers_charger c SET installation_id = v.place
    FROM unnest(%s::bigint[], %s::bigint[]) AS v (charger, place) WHERE c.id = v.charger
"""


class Places:
    """The installations that one batch of rows is about."""

    def __init__(self, firms: Firms, people: People, tally: Tally) -> None:
        self.firms, self.people, self.tally = firms, people, tally
        self._by_id: dict[tuple[str, str], Installation] = {}
        self._by_key: dict[str, list[Installation]] = defaultdict(list)
        self._new: list[Installation] = []
        self._serving: dict[tuple, tuple[Installation, InstallerFirm]] = {}

    def load(self, places: Iterable[PlaceSaid], refs: Iterable[tuple[str, str]] = ()) -> None:
        """Read what is on record about these places, and those with these (vendor, id)."""
        places = list(places)
        ids = {place.external_id for place in places if place.external_id}
        ids |= {external_id for _vendor, external_id in refs}
        keys = {key_of(place) for place in places} - {""}
        rows = Installation.objects.select_related("firm", "board").order_by("external_id")
        for row in rows.filter(external_id__in=ids):
            self._by_id[row.vendor, row.external_id] = row
        for row in rows.filter(match_key__in=keys):
            self._remember(self._by_id.setdefault((row.vendor, row.external_id), row))

    def by_ref(self, vendor: str, external_id: str) -> Installation | None:
        """Return the installation with the maker's id, if a file has described it."""
        return self._by_id.get((vendor, external_id))

    def describe(self, said: PlaceSaid) -> Installation:
        """Take the maker's description of a place: new, known, or so far only our CSV's."""
        place = self._by_id.get((said.vendor, said.external_id)) or self._adopt(said)
        if place is None:
            place = self._make(said, said.external_id)
        else:
            self._follow(place, said)
        self._take_firm(place, said)
        return place

    def of_row(self, said: PlaceSaid, charger: Charger | None) -> Installation:
        """Return the place that a CSV row names: the charger's own, a known one, or a new one."""
        own = charger.installation if charger else None
        alike = self._alike(said)
        if own and (own in alike or is_same_address(said, own)):
            place = next((one for one in alike if one == own), own)
        else:
            place = alike[0] if alike else self._make(said, own_id(said))
        self._complete(place, said)
        self._take_firm(place, said)
        return place

    def save(self) -> None:
        """Write the new places, and the firms that serve them: the first one each."""
        self.people.save()
        serving = list(self._serving.values())
        for place, firm in serving:
            if place.pk is None and place.firm is None:
                place.firm = firm
        Installation.objects.bulk_create(self._new)
        self.tally.counts["new_places"] += len(self._new)
        service.take(serving, {place.pk for place in self._new}, self.tally)
        self._new, self._serving = [], {}

    def settle(self, places: list[Installation]) -> None:
        """Put chargers that waited for these places, which are saved, where the maker says."""
        by_id = {(place.vendor, place.external_id): place for place in places}
        ids = {external_id for _vendor, external_id in by_id}
        waiting = list(AwaitedPlace.objects.filter(external_id__in=ids).order_by("pk"))
        waiting = [row for row in waiting if (row.vendor, row.external_id) in by_id]
        locked = Charger.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        chargers = locked.select_related("installation").in_bulk(
            [row.charger_id for row in waiting]
        )
        put(
            [(chargers[row.charger_id], by_id[row.vendor, row.external_id]) for row in waiting],
            self.tally,
        )
        AwaitedPlace.objects.filter(pk__in=[row.pk for row in waiting]).delete()

    def _alike(self, said: PlaceSaid) -> list[Installation]:
        """Return the places of this name and address; a country not known yet may be any."""
        return [
            one
            for one in self._by_key[key_of(said)]
            if one.vendor == said.vendor and (one.country in ("", said.country) or not said.country)
        ]

    def _adopt(self, said: PlaceSaid) -> Installation | None:
        """Return the place that our CSV has named before, now with the maker's id."""
        for place in self._alike(said):
            if place.external_id.startswith(OWN_ID):
                place.external_id = said.external_id
                place.save(update_fields=["external_id"])
                self._by_id[place.vendor, place.external_id] = place
                self.tally.counts["adopted_places"] += 1
                return place
        return None

    def _make(self, said: PlaceSaid, external_id: str) -> Installation:
        address = address_of(said)
        place = Installation(
            vendor=said.vendor,
            external_id=external_id,
            name=said.name,
            kind=said.kind or Installation.Kind.HOME,
            time_zone=said.time_zone or TIME_ZONES.get(said.country, ""),
            contact_email=said.contact_email,
            country_ref="" if said.country else said.country_ref,
            board=self._board(said),
            match_key=key_of(said),
            **parts_of(address),
        )
        self._new.append(place)
        self._by_id[place.vendor, place.external_id] = place
        self._remember(place)
        return place

    def _follow(self, place: Installation, said: PlaceSaid) -> None:
        """Take what the maker says about a known place; what has weight is proposed."""
        changes = self._fillings(place, said)
        for name in ("name", "city", "time_zone"):
            value = getattr(said, name)
            if value and value != getattr(place, name):
                changes[name] = value
        if said.name and said.name != place.name:
            changes["match_key"] = key_of(said)
        self._save(place, changes)
        self._propose_differences(place, said)

    def _complete(self, place: Installation, said: PlaceSaid) -> None:
        """Fill in what our CSV knows about a place and we do not."""
        self._save(place, self._fillings(place, said))
        self._propose_kind(place, said)

    def _fillings(self, place: Installation, said: PlaceSaid) -> dict:
        """Return what was empty and is told now; home becomes shared, the stricter of the two."""
        told = {
            "name": said.name,
            "city": said.city,
            "time_zone": said.time_zone or TIME_ZONES.get(said.country, ""),
            "contact_email": said.contact_email,
            "board": self._board(said) if place.board_id is None else None,
        }
        changes = {
            name: value for name, value in told.items() if value and not getattr(place, name)
        }
        if said.kind == Installation.Kind.SHARED and place.kind != said.kind:
            changes["kind"] = said.kind
        if said.country and not place.country:
            changes |= parts_of(address_of(said)) | {"country_ref": ""}
        elif not place.street and not place.postal_code and said.line:
            changes |= parts_of(address_of(said)) | {"match_key": key_of(said)}
        return changes

    def _propose_differences(self, place: Installation, said: PlaceSaid) -> None:
        address = address_of(said, country=said.country or place.country)
        if said.line and not is_same_address(said, place):
            new = {name: value for name, value in parts_of(address).items() if name in ADDRESS}
            new = {name: value for name, value in new.items() if value != getattr(place, name)}
            self._propose(place, new)
        if said.contact_email and said.contact_email != place.contact_email:
            self._propose(place, {"contact_email": said.contact_email})
        self._propose_kind(place, said)

    def _propose_kind(self, place: Installation, said: PlaceSaid) -> None:
        if said.kind and said.kind != place.kind:
            self._propose(place, {"kind": said.kind})

    def _propose(self, place: Installation, new: dict) -> None:
        old = {name: getattr(place, name) for name in new}
        self.tally.propose(kind=Proposal.Kind.INSTALLATION, installation=place, old=old, new=new)

    def _board(self, said: PlaceSaid):
        if not said.board_email:
            return None
        return self.people.named(said.board_email)

    def _take_firm(self, place: Installation, said: PlaceSaid) -> None:
        if said.firm is None:
            return
        firm = self.firms.take(said.firm, self.tally)
        if place.firm_id != firm.pk:
            self._serving.setdefault((place.uid, firm.pk), (place, firm))

    def _remember(self, place: Installation) -> None:
        if place.match_key and place not in self._by_key[place.match_key]:
            self._by_key[place.match_key].append(place)

    def _save(self, place: Installation, changes: dict) -> None:
        if not changes:
            return
        for name, value in changes.items():
            setattr(place, name, value)
        self._remember(place)
        if place.pk:
            self.people.save()
            place.save(update_fields=[*changes, "updated_at"])
            self.tally.counts["changed_places"] += 1


def put(pairs: list[tuple[Charger, Installation]], tally: Tally) -> None:
    """Put chargers at saved places if they have none; propose the move of those elsewhere.

    Chargers that are not saved yet get their place with them.
    """
    moved = []
    for charger, place in pairs:
        if charger.installation_id is None:
            charger.installation = place
            moved += [(charger.pk, place.pk)] if charger.pk else []
        elif charger.installation_id != place.pk:
            tally.propose(
                kind=Proposal.Kind.INSTALLATION,
                charger=charger,
                old={"installation": str(charger.installation.uid)},
                new={"installation": str(place.uid)},
            )
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [list(column) for column in zip(*moved, strict=True)])


def name_countries(vendor: str, countries: dict[str, str], tally: Tally) -> None:
    """Give places their country once the maker's constants explain its id."""
    waiting = Installation.objects.filter(vendor=vendor, country="", country_ref__in=countries)
    for place in waiting.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        line = " ".join(filter(None, [place.street, place.house_number + place.house_letter]))
        address = addresses.parse(
            line=line,
            postal_code=place.postal_code,
            city=place.city,
            country=countries[place.country_ref],
            unit=place.unit,
        )
        for name, value in parts_of(address).items():
            setattr(place, name, value)
        place.country_ref = ""
        place.time_zone = place.time_zone or TIME_ZONES.get(place.country, "")
        place.save()
        tally.counts["changed_places"] += 1
