"""Residents, owners and installers at their browsers: they open a page and send its form."""

import re

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import codes
from accounts.models import Code
from chargers.models import Charger
from records import clock
from support.models import Link, Ticket
from support.services import links
from tests.chargers.world import make_person
from tests.support.desk_world import at_browser

__all__ = ["at_browser", "mail"]

PLACE = {
    "address_line": "Storgata 12 B",
    "unit": "",
    "postal_code": "0150",
    "city": "Oslo",
    "country": "NO",
}
SITUATION = {"situation": "bought", "fears_owner": "no"}
NAME = "Nina Nyinnflyttet"


def resident(**fields) -> Client:
    return at_browser(make_person(name=NAME, **fields), proved=False)


def url(name: str, *args) -> str:
    return reverse(f"support:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def key_of(response) -> str:
    """Return the first form key of a page."""
    return re.search(r'name="form_key" value="(\w+)"', text(response))[1]


def fill(client: Client, address: str, **fields):
    """Open a page, and send its form with these fields."""
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code, page.headers)
    return client.post(address, {"form_key": key_of(page), **fields})


def begin(client: Client, **situation) -> Ticket:
    """Start a request as the pages do, by telling the situation; return the draft."""
    response = fill(client, url("new"), **(SITUATION | situation))
    assert response.status_code == 302
    return Ticket.objects.get(request_code=response.url.split("/")[2])


def tell(client: Client, ticket: Ticket, *, serial: str, situation=SITUATION, **place) -> None:
    """Answer every question before the last page."""
    code = ticket.request_code
    steps = (
        ("claim-situation", situation),
        ("claim-serial", {"serial_typed": serial}),
        ("claim-place", PLACE | place),
    )
    for name, fields in steps:
        response = fill(client, url(name, code), **fields)
        assert response.status_code == 302, (name, text(response))


def send_off(client: Client, ticket: Ticket, name: str = NAME):
    """Type the name on the last page and send the request."""
    return fill(client, url("claim-check", ticket.request_code), claimant_name=name)


def ask(client: Client, *, serial: str, **answers) -> Ticket:
    """Make and send a request; return it."""
    ticket = begin(client)
    tell(client, ticket, serial=serial, **answers)
    response = send_off(client, ticket)
    assert response.status_code == 302, text(response)
    return Ticket.objects.get(pk=ticket.pk)


def link_to(charger: Charger, party=None, **fields) -> Link:
    fields.setdefault("purpose", Link.Purpose.OWNER)
    return links.make(charger=charger, party=party, at=clock.now(), **fields)


def opened(link: Link, client: Client | None = None) -> Client:
    """Return a browser in which a link was opened from the mail."""
    client = client or Client()
    response = client.get(url("link", links.token(link)))
    assert response.status_code == 302, text(response)
    return client


def digits(link: Link) -> str:
    """Return the digits of the newest code that was mailed for a link."""
    return codes.digits(Code.objects.filter(subject=str(link.uid)).latest("made_at"))


def type_code(client: Client, link: Link, page: str = "answer-code"):
    return client.post(url(page, link.uid), {"digits": digits(link)})
