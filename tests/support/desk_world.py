"""The desk's people at their browsers, and what they send."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from support.models import Ticket
from tests.chargers.world import make_person, make_staff
from tests.factories import reload

WORKS = (Role.AGENT, Role.SENIOR)
DESK = (*WORKS, Role.SAFETY_OFFICER, Role.AUDITOR)


def at_browser(person=None, *, proved: bool = True) -> Client:
    """Return a browser in which the person sits, signed in with both factors; None: nobody."""
    client = Client()
    client.person = person
    if person is None:
        return client
    client.force_login(person, backend="accounts.backends.PeopleBackend")
    session = client.session
    stamp = timezone.now().timestamp()
    session.update({"seen_at": stamp, "began_at": stamp, "authenticated_at": stamp})
    if proved:
        session["staff_proved_at"] = stamp
    session.save()
    return client


def desk_of(role: str = Role.AGENT) -> Client:
    """Return the browser of a new member of the desk."""
    return at_browser(make_staff(role))


def everyone(ticket: Ticket) -> dict[str, Client]:
    """Return a browser for each kind of person, by the name the role matrix uses."""
    superuser = make_person(is_superuser=True, is_staff=True)
    return {
        "anonymous": at_browser(None),
        "claimant": at_browser(ticket.claimant),
        "stranger": at_browser(make_person()),
        "agent": desk_of(Role.AGENT),
        "senior": desk_of(Role.SENIOR),
        "safety_officer": desk_of(Role.SAFETY_OFFICER),
        "auditor": desk_of(Role.AUDITOR),
        "privacy_officer": desk_of(Role.PRIVACY_OFFICER),
        "administrator": desk_of(Role.ADMINISTRATOR),
        "superuser": at_browser(superuser),
    }


def page(ticket: Ticket) -> str:
    return reverse("support:desk-ticket", args=[ticket.request_code])


def send(client: Client, verb: str, ticket: Ticket, **fields):
    """Send one verb's form as the page drawn now would; fields are what was typed."""
    if "facts_version" not in fields:
        fields["facts_version"] = reload(ticket).facts_version
    return client.post(reverse(f"support:desk-{verb}", args=[ticket.request_code]), fields)
