"""Every page of the desk, for the gallery: with something on it, as whoever works there sees it."""

from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from records import clock
from records.alerts import raise_alert
from support.machine import State
from support.models import Policy, Ticket
from support.rules import EvidenceKind
from support.services import desk, freezes, reports
from support.services.progress import release_now
from tests.chargers.world import make_staff
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_person,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.journeys.gallery import Gallery
from tests.support.desk_world import at_browser
from tests.support.test_closing import closed
from tests.support.test_desk_decisions import in_second_review
from tests.support.test_training import ENDS, planted

DESK = "desk"


def url(name: str, *args) -> str:
    return reverse(f"support:{name}", args=args)


def hang(gallery: Gallery) -> None:
    """Add every page of the desk, each as ``desk-…``."""
    _tickets(gallery, at_browser(make_staff(Role.SENIOR)))
    _lists(gallery, at_browser(make_staff(Role.SENIOR)))
    _answerable(gallery)
    _certificates(gallery)


def _hang(gallery: Gallery, client: Client, pages: dict[str, str]) -> None:
    for name, page in pages.items():
        gallery.add(f"desk-{name}", client.get(page), audience=DESK)


def _ticket(ticket: Ticket) -> str:
    return url("desk-ticket", ticket.request_code)


def handed_over() -> Ticket:
    """A hand-over whose maker's side is not proved yet."""
    charger = place_charger()
    own(charger)
    ticket = make_ticket(State.APPROVED, charger=charger)
    with transaction.atomic():
        release_now(Ticket.objects.lock(ticket.pk), at=clock.now())
    return reload(ticket)


def in_dispute() -> Ticket:
    """Two claims on one charger, both more than bare."""
    first = ready_for_approval()
    rival = asked(first.charger, claimant=make_person(name="Rikke Rival"))
    accept(rival, EvidenceKind.LABEL)  # more than bare now: the two become one dispute
    return reload(first)


def _tickets(gallery: Gallery, client: Client) -> None:
    review, disputed, trained = ready_for_approval(), in_dispute(), planted()
    ENDS["approved"](trained, make_agent())
    desk.write(ticket_id=review.pk, by=review.claimant, body="When will I hear from you?")
    item = review.items.first()
    _hang(
        gallery,
        client,
        {
            "ticket-review": _ticket(review),
            "ticket-second": _ticket(in_second_review()),
            "ticket-disputed": _ticket(disputed),
            "ticket-proof": _ticket(handed_over()),
            "ticket-trained": _ticket(trained),
            "item": url("desk-item", item.uid),
            "dispute": url("desk-dispute", disputed.disputes.get().uid),
        },
    )
    stale = at_browser(make_staff(Role.AGENT)).post(
        url("desk-approve", review.request_code), {"facts_version": 0, "note": "All seen."}
    )
    gallery.add("desk-ticket-stale", stale, status=409, audience=DESK)


def _lists(gallery: Gallery, client: Client) -> None:
    waiting = make_ticket(State.IN_REVIEW)
    reports.make("30d")
    policy = Policy.objects.current()
    asked_to = {"act": "message", "code": waiting.request_code, "body": "Is it there?"}
    preview = client.post(url("desk-bulk"), asked_to | {"preview": "1"})
    gallery.add("desk-bulk-preview", preview, audience=DESK)
    _hang(
        gallery,
        client,
        {
            "queue": f"{url('desk')}?view=all",
            "queue-empty": f"{url('desk')}?view=contests",
            "queue-proof": f"{url('desk')}?view=proof",
            "search": f"{url('desk-search')}?q=Storgata",
            "bulk": f"{url('desk-bulk')}?act=message&code={waiting.request_code}",
            "replies": url("desk-replies"),
            "reply": url("desk-reply"),
            "phone": url("desk-phone"),
            "keys": url("desk-keys"),
            "stops": url("desk-stops"),
            "undelivered": url("desk-undelivered"),
            "reports": url("reports"),
            "policies": url("policies"),
            "policy": url("policy", policy.version),
        },
    )


def _certificates(gallery: Gallery) -> None:
    """What the new owner and whoever holds the paper see when the maker's side is proved."""
    ticket, anybody = closed(), at_browser(None)
    owner = at_browser(ticket.claimant).get(url("ticket", ticket.request_code))
    gallery.add("desk-certificate-owner", owner, audience=DESK)
    code = ticket.certificate.code
    pages = {"certificate": url("certificate"), "certificate-said": url("certificate-code", code)}
    _hang(gallery, anybody, pages)


def _answerable(gallery: Gallery) -> None:
    """What auditors, safety officers, privacy officers and administrators see."""
    raise_alert("decoy", "charger:none", at=clock.now(), how="search")
    freezes.freeze_ticket(ticket_id=make_ticket(State.IN_REVIEW).pk, by=make_agent())
    person = make_person(name="Pia Person")
    roles = {
        Role.AUDITOR: {"audit": url("audit"), "alerts": url("alerts")},
        Role.SAFETY_OFFICER: {"freezes": url("desk-freezes")},
        Role.PRIVACY_OFFICER: {
            "privacy": url("privacy-find"),
            "privacy-person": url("privacy", person.uid),
        },
        Role.ADMINISTRATOR: {"people": url("people"), "policy-new": url("policy-new")},
    }
    for role, pages in roles.items():
        _hang(gallery, at_browser(make_staff(role)), pages)
