"""Rows of one file that say different things about one serial.

Which of them is true nobody can tell, and a PIN once sealed can never change: none is taken,
unless a second field of exactly one side repeats the serial.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from chargers.services.registry import match_key
from chargers.streets import fold
from chargers.vendors.protocol import ChargerSaid, Problem


def judge(rows: Iterable[ChargerSaid]) -> dict[int, Problem]:
    """Return what is wrong with the rows not to be taken, by row number."""
    groups: dict[str, list[ChargerSaid]] = defaultdict(list)
    for said in rows:
        groups[said.serial].append(said)
    verdicts: dict[int, Problem] = {}
    for group in groups.values():
        field = _differing(group)
        if field:
            verdicts |= _refuse(group, field)
    return verdicts


def _refuse(group: list[ChargerSaid], field: str) -> dict[int, Problem]:
    witnessed = [said for said in group if _is_witnessed(said)]
    standing = witnessed if witnessed and not _differing(witnessed) else []
    refused = [said for said in group if said not in standing]
    verdicts = {}
    for said in refused:
        other = next(one.number for one in standing or group if one.number != said.number)
        reason = _("contradicts row %(row)d about the same serial") % {"row": other}
        cure = _("Find out which row is true and export the file anew.")
        verdicts[said.number] = Problem(field, reason, cure)
    return verdicts


def _is_witnessed(said: ChargerSaid) -> bool:
    witness = "".join(filter(str.isalnum, said.witness)).upper()
    return bool(witness) and witness == said.serial


def _differing(group: list[ChargerSaid]) -> str:
    """Return the first field that rows give different values for, or nothing."""
    told: dict[str, str] = {}
    for said in group:
        for field, value in _facts(said).items():
            if value and told.setdefault(field, value) != value:
                return field
    return ""


def _facts(said: ChargerSaid) -> dict[str, str]:
    facts = {"pin": said.pin, "id": said.external_id, "installation": said.place_ref}
    place, owner = said.place, said.owner
    if place:
        facts["address"] = match_key(
            vendor=place.vendor, name=place.name, postal_code=place.postal_code, line=place.line
        )
        facts["service_email"] = place.firm.email if place.firm else ""
    if owner:
        facts["owner_email"] = "none" if owner.is_none else owner.email
        facts["owner_name"] = "" if owner.email else fold(owner.name)
    return facts
