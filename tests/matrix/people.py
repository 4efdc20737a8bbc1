"""The actors of the matrix: who they are, and the browser that each of them sits at."""

import re
from dataclasses import dataclass, field

from django.test import Client
from django.utils import timezone

from accounts.models import ContactPoint, FirmMember, InstallerFirm, Role, StaffRole, User
from tests.chargers.world import ago
from tests.support.desk_world import at_browser

# A canary names whose it is and what: wherever it shows, the reader knows what leaked.
NAME, SURNAME, EMAIL, PHONE = "name", "surname", "email", "phone"
ROLES = {
    "one-factor": Role.AGENT,
    "agent": Role.AGENT,
    "senior": Role.SENIOR,
    "safety-officer": Role.SAFETY_OFFICER,
    "auditor": Role.AUDITOR,
    "reader": Role.AUDITOR,
    "privacy-officer": Role.PRIVACY_OFFICER,
    "administrator": Role.ADMINISTRATOR,
    "colleague": Role.ADMINISTRATOR,
}
# Actors who are the same person at another browser, or who came by a link.
SAME = {
    "anonymous": "claimant",
    "claimant-old": "claimant",
    "owner-old": "owner",
    "owner-link": "owner",
    "owner-code": "owner",
    "installer-link": "installer",
    "installer-code": "installer",
    "receiver-link": "receiver",
    "receiver-code": "receiver",
    "contact-link": "contact",
}
BY_LINK = {
    "owner-link": ("owner", False),
    "owner-code": ("owner", True),
    "installer-link": ("firm", False),
    "installer-code": ("firm", True),
    "receiver-link": ("offer", False),
    "receiver-code": ("offer", True),
}


CANARY = re.compile(r"q7-([a-z]+)-([a-z]+)-z")


def canary(whose: str, what: str) -> str:
    """Return text that stands nowhere else: ``q7-owner-phone-z``."""
    return f"q7-{whose.replace('-', '')}-{what}-z"


def make(whose: str) -> User:
    """Make a person whose every field is a canary."""
    person = User.objects.create_user(
        f"{canary(whose, EMAIL)}@example.com",
        name=f"{canary(whose, NAME)} {canary(whose, SURNAME)}",
        is_staff=whose in ("reader", "superuser"),
        is_superuser=whose == "superuser",
        proved_at=ago(days=300),
    )
    contacts = (("email", person.email), ("phone", canary(whose, PHONE)))
    for kind, value in contacts:
        ContactPoint.objects.create(
            user=person, kind=kind, value=value, valid_from=ago(days=300), source="import"
        )
    if whose in ROLES:
        StaffRole.objects.create(user=person, role=ROLES[whose], starts_at=ago(days=300))
    return person


def make_firm(whose: str, *members: User) -> InstallerFirm:
    """Make a registered firm whose every field is a canary."""
    firm = InstallerFirm.objects.create(
        name=canary(whose, NAME),
        lookup_key=canary(whose, "key"),
        email=f"{canary(whose, EMAIL)}@example.com",
        phone=canary(whose, PHONE),
        registered_at=ago(days=300),
    )
    for member in members:
        FirmMember.objects.create(firm=firm, user=member, starts_at=ago(days=300))
    return firm


@dataclass
class Browser:
    """An actor: the person (for links, whoever the link is to) and the cookies of a browser."""

    name: str
    person: User
    cookies: dict = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, person: User, client: Client) -> "Browser":
        cookies = {key: morsel.value for key, morsel in client.cookies.items()}
        return cls(name, person, cookies)

    def client(self) -> Client:
        """Return a fresh browser with this one's cookies: what a cell sets is not kept."""
        client = Client(raise_request_exception=False)
        for key, value in self.cookies.items():
            client.cookies[key] = value
        return client


def sit_down(name: str, person: User) -> Browser:
    """Give somebody without a link their browser."""
    if name == "anonymous":
        return Browser(name, person)
    has_both = name in ROLES and name != "one-factor"
    client = at_browser(person, proved=has_both)
    prove(client, both=has_both, old=name.endswith("-old"))
    return Browser.of(name, person, client)


def prove(client: Client, *, both: bool = False, old: bool = False) -> None:
    """Set when who sits there was proved: however long the run takes, fresh stays fresh."""
    session, now = client.session, timezone.now().timestamp()
    proofs = ("authenticated_at", "code_at") + (("staff_proved_at", "factor_at") if both else ())
    session.update(dict.fromkeys(proofs, now - 3600 if old else now + 3600))
    session.update({"seen_at": now + 3600, "began_at": now})
    session.save()
