"""People and chargers to begin a test with; everything began long before the test."""

from datetime import timedelta
from itertools import count

from accounts.models import ContactPoint, FirmMember, InstallerFirm, StaffRole, User
from chargers import pins
from chargers.models import Charger, Installation, Pin, Tenure
from records import clock

numbers = count(1)
PIN = "7291"


def ago(**durations):
    return clock.now() - timedelta(**durations)


def make_person(name="Ola Nordmann", **fields):
    email = fields.pop("email", f"person{next(numbers)}@example.com")
    return User.objects.create_user(email, name=name, **fields)


def make_staff(role):
    person = make_person(name=f"Staff {role}")
    StaffRole.objects.create(user=person, role=role, starts_at=ago(days=400))
    return person


def make_contact(person, value=None, *, days, ended=False):
    since = ago(days=days)
    return ContactPoint.objects.create(
        user=person,
        kind="email",
        value=value or person.email,
        valid_from=since,
        valid_to=since + timedelta(minutes=1) if ended else None,
        source="import",
    )


def make_installation(**fields):
    number = next(numbers)
    place = {"street": "Storgata", "house_number": str(number), "country": "NO"} | fields
    return Installation.objects.create(vendor="maker", external_id=f"i{number}", **place)


def make_charger(*, pin=PIN, installation=None, **fields):
    serial = f"ZAP{next(numbers):06d}"
    charger = Charger.objects.create(
        vendor="maker",
        serial=serial,
        lookup_key=serial,
        model="Go",
        installation=installation or make_installation(),
        registered_at=ago(days=300),
        made_at=ago(days=300),
        **fields,
    )
    if pin:
        sealed = pins.seal(charger_uid=charger.uid, pin=pin)
        Pin.objects.create(
            charger=charger,
            ciphertext=sealed.ciphertext,
            key_id=sealed.key_id,
            sealed_at=ago(days=300),
        )
    return charger


def make_owner(charger, person=None, *, established=True, **fields):
    """Make a person the owner of a charger since 200 days, unless told otherwise."""
    since = fields.pop("starts_at", ago(days=200))
    tenure = Tenure.objects.create(
        role="owner",
        charger=charger,
        person=person or make_person(name="Kari Eier"),
        starts_at=since,
        source="import",
        established_at=since if established else None,
        **fields,
    )
    return tenure.person


def make_service(place, person=None, *, days=100):
    """Make a firm, with one person, that services a charger or an installation."""
    number = next(numbers)
    firm = InstallerFirm.objects.create(name=f"Elektro {number}", lookup_key=f"elektro{number}")
    person = person or make_person(name="Per Montør")
    FirmMember.objects.create(firm=firm, user=person, starts_at=ago(days=days))
    on = {"charger": place} if isinstance(place, Charger) else {"installation": place}
    Tenure.objects.create(
        role="service_access", firm=firm, starts_at=ago(days=days), source="import", **on
    )
    return person
