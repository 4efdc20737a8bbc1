"""The people of the demo: who they are, what they are there for, and how each signs in."""

import base64
import hashlib
import hmac
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Role

FIRM_EMAIL = "post@elektro.example"
ESTABLISHED_SERIAL = "ZAG100101"


class Person(NamedTuple):
    """One demo person: ``about`` says what they are there for."""

    part: str
    name: str
    email: str
    about: str


class Staff(NamedTuple):
    """One member of the demo's staff."""

    role: Role
    name: str
    email: str


_RESIDENT, _OWNER = _("resident"), _("owner")
RESIDENTS = (
    Person(
        _RESIDENT,
        "Rita Nybruker",
        "rita@example.org",
        _("Eksempelveien 12, 0150 Oslo: ZAG100101, which Olga still owns"),
    ),
    Person(
        _RESIDENT,
        "Rolf Nysson",
        "rolf@example.org",
        _("Exempelgatan 7A, 11122 Stockholm: GPN100102, in Oskar's name"),
    ),
    Person(
        _RESIDENT,
        "Rosa Neumann",
        "rosa@example.org",
        _("Musterstraße 41, 10115 Berlin: ZGB100103, owner unknown"),
    ),
    Person(
        _RESIDENT,
        "Ruth Newby",
        "ruth@example.org",
        _("9 Sample Street, SW1A 1AA London: ZAP100104, declared to have no owner"),
    ),
    Person(
        _RESIDENT,
        "Rune Nyborg",
        "rune@example.org",
        _("Eksempelgade 3, 8000 Aarhus C: GPG100105, only the installer has access"),
    ),
    Person(
        _RESIDENT,
        "Ralf Mieter",
        "ralf@example.org",
        _("Musterallee 2, Bay 1, 80331 München: ZPR100106, rents, shared garage"),
    ),
)
OWNERS = (
    Person(_OWNER, "Olga Demoeier", "olga.owner@example.org", _("established: sees her PIN")),
    Person(_OWNER, "Oskar Demosson", "oskar.owner@example.org", _("known from the import only")),
    Person(_OWNER, "Olaf Demomann", "olaf.owner@example.org", _("Bay 1 of the shared garage")),
    Person(_OWNER, "Otto Demomann", "otto.owner@example.org", _("Bay 2 of the shared garage")),
    Person(_("board"), "Demo Garage 6", "board@garage.example", _("answers for the garage")),
)
MEMBER = Person(
    _("installer"), "Inga Demoelektriker", "inga@elektro.example", _("speaks for Demo Elektro AS")
)
STAFF = (
    Staff(Role.AGENT, "Anna Agent", "agent1@handover.example"),
    Staff(Role.AGENT, "Ben Agent", "agent2@handover.example"),
    Staff(Role.AGENT, "Carla Agent", "agent3@handover.example"),
    Staff(Role.SENIOR, "Sam Senior", "senior1@handover.example"),
    Staff(Role.SENIOR, "Sofia Senior", "senior2@handover.example"),
    Staff(Role.SENIOR, "Stefan Senior", "senior3@handover.example"),
    Staff(Role.SAFETY_OFFICER, "Frida Officer", "safety@handover.example"),
    Staff(Role.AUDITOR, "Arne Auditor", "auditor@handover.example"),
    Staff(Role.PRIVACY_OFFICER, "Petra Privacy", "privacy@handover.example"),
    Staff(Role.ADMINISTRATOR, "Adam Administrator", "admin1@handover.example"),
    Staff(Role.ADMINISTRATOR, "Ada Administrator", "admin2@handover.example"),
)


def password() -> str:
    """Return the password of this demo's staff: made from its own secret key, kept nowhere."""
    mac = hmac.new(settings.SECRET_KEY.encode(), b"demo staff password", hashlib.sha256)
    letters = base64.b32encode(mac.digest()).decode().lower()
    return "-".join(("demo", letters[:5], letters[5:10], letters[10:15]))


def app_secret() -> str:
    """Return the key of the authenticator app that all of this demo's staff share."""
    mac = hmac.new(settings.SECRET_KEY.encode(), b"demo staff app", hashlib.sha256)
    return base64.b32encode(mac.digest()[:20]).decode()


def table() -> list[dict[str, str]]:
    """Return a row for each person, in the order of the story."""
    by_code = str(_("code from the mail"))
    by_both = _("password %(password)s + authenticator app with the key %(key)s")
    by_both = by_both % {"password": password(), "key": app_secret()}
    rows = [(*person, by_code, "", "") for person in (*RESIDENTS, *OWNERS, MEMBER)]
    proofs = (by_both, password(), app_secret())
    rows += [(one.role.label, one.name, one.email, "", *proofs) for one in STAFF]
    return [
        {
            "part": str(part),
            "name": name,
            "email": email,
            "sign_in": sign_in,
            "about": str(about),
            "password": word,
            "app_key": key,
        }
        for part, name, email, about, sign_in, word, key in rows
    ]
