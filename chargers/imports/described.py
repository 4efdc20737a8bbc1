"""A place as a row describes it: its key, its address in parts, and what it lacks."""

from django.utils.translation import gettext as _

from chargers import addresses
from chargers.addresses import Address
from chargers.imports.tally import Tally
from chargers.models import Installation
from chargers.postcodes import compact
from chargers.services import registry
from chargers.services.changes import ADDRESS
from chargers.streets import fold
from chargers.vendors.protocol import PlaceSaid

# The id of a place that only our CSV names, until the maker's own id is known.
OWN_ID = "csv:"


def key_of(said: PlaceSaid) -> str:
    """Return the match key of a described place."""
    return registry.match_key(
        vendor=said.vendor, name=said.name, postal_code=said.postal_code, line=said.line
    )


def own_id(said: PlaceSaid) -> str:
    """Return the id of a place that only our CSV names."""
    return f"{OWN_ID}{key_of(said)}:{said.country}"


def address_of(said: PlaceSaid, *, country: str = "") -> Address:
    """Return the described address in parts, read as ``country`` or the row's own writes it."""
    return addresses.parse(
        line=said.line,
        postal_code=said.postal_code,
        city=said.city,
        country=country or said.country,
    )


def parts_of(address: Address) -> dict[str, str]:
    """Return the parts by the names of an installation's fields."""
    return {name: getattr(address, name) for name in ADDRESS}


def is_same_address(said: PlaceSaid, place: Installation) -> bool:
    """Say whether this is the address on record; a country we do not know yet is no difference."""
    if said.country and place.country and said.country != place.country:
        return False
    address = address_of(said, country=said.country or place.country)
    same_parts = all(
        getattr(address, name) == getattr(place, name)
        for name in ("house_number", "house_letter", "unit")
    )
    same_street = fold(address.street) == fold(place.street)
    return same_parts and same_street and compact(said.postal_code) == compact(place.postal_code)


def warn_of_gaps(said: PlaceSaid, tally: Tally) -> None:
    """Note what a place lacks for its address ever to count as a record."""
    if said.country_ref and not said.country:
        tally.warn(
            said.number,
            "CountryId",
            _("is not explained by any constants file yet"),
            _("Import the maker's constants.json; the order does not matter."),
        )
        return
    for field, reason in addresses.problems(address_of(said)).items():
        tally.warn(said.number, field, reason, _("Correct the address in the source."))
