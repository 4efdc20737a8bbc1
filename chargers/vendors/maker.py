"""The maker's stations and the answers of its public API, saved as JSON files.

Lists are ``{Pages, Data, Message}`` in PascalCase or camelCase. ``DeviceId`` is the serial,
``MID`` repeats it, ``SerialNo`` is a display name. No page names an owner: ``CurrentUserRoles``
belongs to the reading account, ``InstallationUsers`` are people who charged.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from chargers.vendors import fields
from chargers.vendors.protocol import (
    ChargerSaid,
    FirmSaid,
    PlaceSaid,
    Problem,
    RowRefused,
    SerialPattern,
)

# Keys as they are after lower(): the pages come in two cases.
CHARGER_KEYS = {"deviceid", "mid", "serialno", "pin", "circuitid"}
PLACE_KEYS = {"address", "zipcode", "countryid", "installationtype", "installationcategory"}
METER_TYPES = {3, 5, 6, 7, 8}
TEXT = 200
ID = 100


class Maker:
    """The one maker of today."""

    key = "maker"
    name = "the maker's public API"
    serial_patterns = (
        SerialPattern(("ZCS", "ZPR", "ZCH", "ZPG"), "Pro"),
        SerialPattern(("ZAP", "ZGB", "ZAG"), "Go"),
        SerialPattern(("GPN", "GPG"), "Go 2"),
        SerialPattern(("APH", "APG", "APM"), "Sense", is_meter=True),
    )

    def is_page(self, keys: Iterable[str]) -> bool:
        """Say whether a JSON object with these top-level keys is a list or the constants."""
        lowered = {key.lower() for key in keys}
        return "data" in lowered or "countries" in lowered

    def kind_of(self, row: Any) -> str:
        """Return "charger", "place" or "" (neither) for one row of a list."""
        if not isinstance(row, dict):
            return ""
        keys = {key.lower() for key in row}
        if keys & CHARGER_KEYS:
            return "charger"
        return "place" if keys & PLACE_KEYS else ""

    def read_charger(self, row: Mapping[str, Any], number: int) -> ChargerSaid:
        """Return what a charger row says; its serial as it stands there. Raises RowRefused."""
        row = _lowered(row)
        if row.get("devicetype") in METER_TYPES:
            raise RowRefused(
                "DeviceType",
                _("is a meter, not a station"),
                _("Nothing to do: meters have no PIN."),
            )
        said = ChargerSaid(
            number=number,
            vendor=self.key,
            serial=_serial(row.get("deviceid")),
            pin=fields.clean_pin(row.get("pin"), "Pin"),
            external_id=fields.clean_text(row.get("id"), "Id", ID),
            place_ref=fields.clean_text(row.get("installationid"), "InstallationId", ID),
            witness=row["mid"] if isinstance(row.get("mid"), str) else "",
        )
        said.name = _display_name(row, said.warnings)
        _check_time(row, "CreatedOnDate", said.warnings)
        return said

    def read_place(self, row: Mapping[str, Any], number: int) -> PlaceSaid:
        """Return what an installation row says. Raises RowRefused."""
        row = _lowered(row)
        place = PlaceSaid(
            vendor=self.key,
            number=number,
            external_id=fields.clean_text(row.get("id"), "Id", ID),
            name=fields.clean_text(row.get("name"), "Name", TEXT),
            line=fields.clean_text(row.get("address"), "Address", TEXT),
            postal_code=fields.clean_text(row.get("zipcode"), "ZipCode", 20),
            city=fields.clean_text(row.get("city"), "City", 100),
            country_ref=fields.clean_text(row.get("countryid"), "CountryId", ID),
            kind=_kind(row),
            contact_email=fields.clean_email(row.get("contactemail"), "ContactEmail"),
            firm=_firm(row.get("supportgroup")),
        )
        if not place.external_id:
            raise RowRefused("Id", _("is missing"), _("Export the installation with its Id."))
        place.time_zone = _time_zone(row, place.warnings)
        return place

    def read_countries(self, constants: Mapping[str, Any]) -> dict[str, str]:
        """Return the ISO code of each country id in the constants; what is no code is left out."""
        countries = _lowered(constants).get("countries")
        found = {}
        for key, entry in countries.items() if isinstance(countries, dict) else ():
            code = _lowered(entry).get("code") if isinstance(entry, dict) else None
            if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
                found[str(key)[:ID]] = code.upper()
        return found


MAKER = Maker()


def _lowered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in row.items()}


def _refuse_meter(device_type: Any) -> None:
    if isinstance(device_type, int) and device_type in METER_TYPES:
        cure = _("Nothing to do: meters have no PIN.")
        raise RowRefused("DeviceType", _("is a meter, not a station"), cure)


def _serial(value: Any) -> str:
    if value is None or value == "":
        raise RowRefused(
            "DeviceId", _("is missing"), _("Export the charger with its DeviceId, the serial.")
        )
    if not isinstance(value, str):
        raise RowRefused("DeviceId", _("is not text"), _("Export the serial as text."))
    return value


def _display_name(row: Mapping[str, Any], warnings: list[Problem]) -> str:
    """Return the display name, or nothing and a warning: a name is never worth a row."""
    for key, field in (("name", "Name"), ("serialno", "SerialNo")):
        try:
            name = fields.clean_text(row.get(key), field, TEXT)
        except RowRefused as refusal:
            wrong = refusal.problem
            warnings.append(Problem(field, wrong.reason, wrong.cure, refused=False))
            return ""
        if name:
            return name
    return ""


def _check_time(row: Mapping[str, Any], field: str, warnings: list[Problem]) -> None:
    value = row.get(field.lower())
    if value is None:
        return
    try:
        fields.parse_time(value)
    except (ValueError, OverflowError, AttributeError, TypeError):
        cure = _("Nothing to do: this field is not used.")
        warnings.append(Problem(field, _("is not a time"), cure, refused=False))


def _time_zone(row: Mapping[str, Any], warnings: list[Problem]) -> str:
    name = row.get("timezoneiananame")
    if not name:
        return ""
    if isinstance(name, str) and fields.is_time_zone(name):
        return name
    cure = _("Use an IANA name, e.g. Europe/Oslo.")
    warnings.append(Problem("TimeZoneIanaName", _("is not a time zone"), cure, refused=False))
    return ""


def _kind(row: Mapping[str, Any]) -> str:
    """Return home or shared; the category says it, and where it does not, nothing does."""
    category = row.get("installationcategory")
    if not isinstance(category, str):
        return ""
    return {"private": "home", "community": "shared"}.get(category.lower(), "")


def _firm(group: Any) -> FirmSaid | None:
    if not isinstance(group, dict):
        return None
    group = _lowered(group)
    return FirmSaid(
        name=fields.clean_text(group.get("name"), "SupportGroup.Name", TEXT),
        lookup_key=fields.clean_text(group.get("lookupkey"), "SupportGroup.LookupKey", TEXT),
        email=fields.clean_email(group.get("supportemail"), "SupportGroup.SupportEmail"),
        phone=fields.clean_text(group.get("supportphone"), "SupportGroup.SupportPhone", 50),
    )
