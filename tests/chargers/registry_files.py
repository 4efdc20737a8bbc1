"""Files for imports, and what the registry holds, told without ids and times."""

import csv
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ContactPoint, InstallerFirm, User
from chargers import pins
from chargers.models import (
    AwaitedPlace,
    Charger,
    Installation,
    Pin,
    Proposal,
    Tenure,
    VendorCountry,
)

SAMPLES = Path(os.environ.get("SAMPLES", Path(__file__).parents[3] / "shared" / "samples"))
VENDOR_SAMPLES = SAMPLES / "vendor"
needs_samples = pytest.mark.skipif(
    not VENDOR_SAMPLES.is_dir(), reason=f"left out: no sample files at {VENDOR_SAMPLES.name}/"
)
NORWAY = "c-no"
CONSTANTS = {"Countries": {NORWAY: {"Id": NORWAY, "Code": "NO"}}, "UserRoles": {"Owner": 2}}
ROW = {
    "serial": "ZAP000001",
    "model": "Go",
    "pin": "0042",
    "installation": "Home 1",
    "address": "Storgata 12 B",
    "postal_code": "0155",
    "city": "Oslo",
    "country": "NO",
    "installer": "Demo Elektro AS",
    "owner_email": "owner@example.org",
    "owner_name": "Demo Owner",
    "owner_since": "2024-03-01",
    "service_email": "post@elektro.example",
}


def write_csv(path, *rows, delimiter=",", encoding="utf-8", newline="\n"):
    """Write rows, each a change of ROW, under all their columns."""
    rows = [ROW | row for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter, lineterminator=newline)
        writer.writeheader()
        writer.writerows(rows)
    return path


def charger_row(serial="ZAP000001", **fields):
    return {
        "Id": f"id-{serial}",
        "MID": serial,
        "DeviceId": serial,
        "Name": "Garage",
        "Pin": "0042",
        "InstallationId": "i-1",
        "DeviceType": 4,
    } | fields


def place_row(external_id="i-1", **fields):
    return {
        "Id": external_id,
        "Name": "Home 1",
        "Address": "Storgata 12 B",
        "ZipCode": "0155",
        "City": "Oslo",
        "CountryId": NORWAY,
        "InstallationCategory": "private",
        "TimeZoneIanaName": "Europe/Oslo",
        "SupportGroup": None,
    } | fields


def write_page(path, *rows):
    page = {"Pages": 1, "Data": list(rows), "Message": None}
    path.write_text(json.dumps(page), encoding="utf-8")
    return path


def write_constants(path):
    path.write_text(json.dumps(CONSTANTS), encoding="utf-8")
    return path


def run(*paths, **options):
    """Import files as the command does."""
    call_command("import_registry", *map(str, paths), **options)


def refuse(*paths, **options):
    """Import files, at least one of which is refused whole; return the words."""
    with pytest.raises(CommandError) as refusal:
        run(*paths, **options)
    return str(refusal.value)


def findings(path):
    """Return the lines of a report as dicts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def pin_of(charger):
    """Return the PIN that is sealed for a charger, or nothing."""
    pin = Pin.objects.filter(charger=charger).first()
    if pin is None:
        return ""
    return pins.open_sealed(charger_uid=charger.uid, ciphertext=pin.ciphertext).digits()


def dump():
    """Return everything an import may change, without ids, uids and times."""
    return {
        "chargers": sorted(map(_charger, Charger.objects.select_related("installation"))),
        "places": sorted(map(_place, Installation.objects.select_related("firm", "board"))),
        "firms": sorted(map(_firm, InstallerFirm.objects.all())),
        "people": sorted(User.objects.values_list("email", "name", "proved_at", "is_active")),
        "contacts": sorted(ContactPoint.objects.values_list("user__email", "kind", "value")),
        "tenures": sorted(map(_tenure, Tenure.objects.all())),
        "awaited": sorted(AwaitedPlace.objects.values_list("charger__serial", "external_id")),
        "countries": sorted(VendorCountry.objects.values_list("external_id", "code")),
        "proposals": sorted(Proposal.objects.values_list("kind", "state")),
    }


def _charger(one):
    place = one.installation.external_id if one.installation else ""
    return (
        one.vendor,
        one.serial,
        one.lookup_key,
        one.model,
        one.name,
        one.unit,
        one.external_id,
        one.owner_state,
        one.registered_at is not None,
        place,
        pin_of(one),
    )


def _place(one):
    names = (
        "vendor external_id name kind street house_number house_letter unit postal_code city "
        "country time_zone contact_email country_ref match_key"
    ).split()
    return (
        *(getattr(one, name) for name in names),
        one.firm.lookup_key if one.firm else "",
        one.board.email if one.board else "",
    )


def _firm(one):
    return one.lookup_key, one.name, one.email, one.phone, one.registered_at is not None


def _tenure(one):
    return (
        one.role,
        one.charger.serial if one.charger else "",
        one.installation.external_id if one.installation else "",
        one.person.email if one.person else "",
        one.firm.lookup_key if one.firm else "",
        one.source.split(":")[0],
        one.established_at is None,
        one.proof_awaited,
        one.ends_at is None,
    )
