"""Which firm serves a place: the first one recorded, another one proposed."""

from collections import defaultdict

from accounts.models import InstallerFirm
from chargers.imports.tally import Tally
from chargers.models import Charger, Grant, Installation, Proposal, Tenure
from chargers.services import registry

Pairs = list[tuple[Installation, InstallerFirm]]


def take(pairs: Pairs, new_ids: set[int], tally: Tally) -> None:
    """Give firms service access to their places, which are saved; ``new_ids``: made just now."""
    free = new_ids | _free({place.pk for place, _firm in pairs if not place.firm_id} - new_ids)
    begun, proposed = [], []
    for place, firm in pairs:
        if place.pk in free and (place.pk in new_ids or not place.firm_id):
            fits = place.firm_id in (None, firm.pk)
        else:
            fits = False
        (begun if fits else proposed).append((place, firm))
        if fits:
            place.firm = firm
    known: dict[int, list[int]] = defaultdict(list)
    for place, firm in begun:
        if place.pk not in new_ids:
            known[firm.pk].append(place.pk)
    for firm_id, place_ids in known.items():
        Installation.objects.filter(pk__in=place_ids).update(firm=firm_id)
    Tenure.objects.bulk_create(_access(place, firm, tally) for place, firm in begun)
    tally.counts["service_firms"] += len(begun)
    for place, firm in proposed:
        _propose(place, firm, tally)


def _access(place: Installation, firm: InstallerFirm, tally: Tally) -> Tenure:
    return Tenure(
        role=Tenure.Role.SERVICE_ACCESS,
        installation=place,
        firm=firm,
        starts_at=tally.now,
        source=tally.source,
    )


def _propose(place: Installation, firm: InstallerFirm, tally: Tally) -> None:
    tally.propose(
        kind=Proposal.Kind.SERVICE_FIRM,
        installation=place,
        firm=firm,
        old={"firm": str(place.firm.uid) if place.firm else ""},
        new={"firm": str(firm.uid)},
    )


def _free(ids: set[int]) -> set[int]:
    """Return those places where no firm ever served and nothing about a charger is under way.

    After a hand-over here only the new owner renews service.
    """
    if not ids:
        return set()
    served = Tenure.objects.service().filter(installation__in=ids)
    at = dict(Charger.objects.filter(installation__in=ids).values_list("pk", "installation"))
    granted = Grant.objects.filter(charger__in=at).values_list("charger", flat=True)
    busy = {at[pk] for pk in {*granted, *registry.under_way(at)}}
    return ids - busy - set(served.values_list("installation", flat=True))
