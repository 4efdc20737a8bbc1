"""The pages that the gallery shows: every kind of page, every state, with a world behind them."""

from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import FirmMember, InstallerFirm, Role, User
from chargers.models import Tenure
from records import clock
from support.machine import State
from support.models import Letter, Link, Ticket
from support.services import desk, evidence, letters, offers
from support.views import turns
from tests.chargers.world import make_service
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_person,
    make_staff,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
)
from tests.journeys import mailings
from tests.journeys.gallery import Gallery
from tests.support.public_world import (
    NAME,
    PLACE,
    SITUATION,
    at_browser,
    begin,
    fill,
    link_to,
    opened,
    resident,
    type_code,
    url,
)

REFUSALS = {
    "who": 403,
    "when": 409,
    "what": 422,
    "stale": 409,
    "nothing": 404,
    "unreadable": 400,
    "too-big": 413,
    "too-often": 429,
    "away": 503,
    "mistake": 500,
}


def all_of() -> Gallery:
    """Build the world and fetch every page of it."""
    gallery = Gallery()
    for hang in (
        _start,
        _sign_in,
        _claim,
        _states,
        _decided,
        _owner,
        _firm,
        _tenant,
        _installers,
        _offer,
        _household,
        _portal,
        _refusals,
        _desk,
        mailings.hang,
    ):
        hang(gallery)
    return gallery


def _start(gallery: Gallery) -> None:
    nobody = Client()
    gallery.add("start", nobody.get("/"))
    gallery.add("danger", nobody.get(url("danger")))
    gallery.add("danger-done", nobody.get(url("danger-done")))
    gallery.add("helped", nobody.get(url("helped")))
    gallery.add("stop", nobody.get(url("stop")))
    gallery.add("what-we-keep", nobody.get(url("what-we-keep")))
    gallery.add("stop-wrong", nobody.post(url("stop"), {"stop_code": "WRONG-234"}), status=422)
    gallery.add("link-code", nobody.get(url("link-code")))
    wrong = nobody.post(url("link-code"), {"link_code": "WRONG-234"})
    gallery.add("link-code-wrong", wrong, status=422)
    gallery.add("link-bad", nobody.get(url("link", "no-such-link")), status=404)


def _sign_in(gallery: Gallery) -> None:
    nobody, sign_in = Client(), reverse("accounts:sign-in")
    gallery.add("sign-in", nobody.get(sign_in))
    gallery.add("sign-in-wrong", nobody.post(sign_in, {"email": "nobody"}), status=422)
    nobody.post(sign_in, {"email": "nina@example.com"})
    gallery.add("code", nobody.get(reverse("accounts:code")))
    wrong = nobody.post(reverse("accounts:code"), {"digits": "1"})
    gallery.add("code-wrong", wrong, status=422)
    gallery.add("me", resident().get(reverse("accounts:profile")))
    gallery.add("own-data", resident().get(url("own-data")))
    gallery.add("signed-out", resident().post(reverse("accounts:sign-out")))
    agent = at_browser(make_staff(Role.AGENT))
    gallery.add("factors", agent.get(reverse("accounts:factors")))
    agent = at_browser(make_staff(Role.AGENT), proved=False)
    gallery.add("staff-password", agent.get(reverse("accounts:staff")))


def _claim(gallery: Gallery) -> None:
    client = resident()
    gallery.add("requests-none", client.get(url("tickets")))
    gallery.add("claim-new", client.get(url("new")))
    gallery.add("advice", client.get(url("advice") + "?for=not_moved_in"))
    gallery.add("advice-all", client.get(url("advice")))
    code = begin(client).request_code
    gallery.add("claim-new-again", client.get(url("new")))
    gallery.add("start-with-draft", client.get("/"))
    answers = {
        "claim-serial": ({"serial_typed": "ZAP123456"}, {"serial_typed": ""}),
        "claim-place": (PLACE, PLACE | {"postal_code": "9", "city": ""}),
        "claim-situation": (SITUATION, {}),
    }
    for name, (right, wrong) in answers.items():
        page = url(name, code)
        gallery.add(name, client.get(page))
        gallery.add(f"{name}-wrong", fill(client, page, **wrong), status=422)
        fill(client, page, **right)
    gallery.add("claim-evidence", client.get(url("claim-evidence", code)))
    for kind in ("label", "purchase_agreement", "other"):
        gallery.add(f"upload-{kind}", client.get(url("upload", code) + f"?kind={kind}"))
    empty = client.post(url("upload", code), {"kind": "label"})
    gallery.add("upload-wrong", empty, status=422)
    gallery.add("claim-check", client.get(url("claim-check", code)))
    gallery.add("claim-check-wrong", fill(client, url("claim-check", code)), status=422)
    fill(client, url("claim-check", code), claimant_name=NAME)
    gallery.add("claim-sent", client.get(url("claim-sent", code)))
    gallery.add("ticket-new", client.get(url("ticket", code)))
    gallery.add("withdraw", client.get(url("withdraw", code)))
    gallery.add("requests", client.get(url("tickets")))


def _states(gallery: Gallery) -> None:
    charger = place_charger()
    own(charger)
    checking = asked(charger)
    client = at_browser(checking.claimant, proved=False)
    gallery.add("ticket-checking", client.get(checking.get_absolute_url()))
    gallery.add("turn-checking", Client().get(turns.address(checking)))
    fresh = {"by": make_agent(), "facts_version": checking.facts_version}
    item = checking.items.get()
    evidence.return_item(item_uid=str(item.uid), reason="unreadable", words="", **fresh)
    desk.write(ticket_id=checking.pk, by=make_agent(), body="One line of the label is blurred.")
    desk.write(ticket_id=checking.pk, by=checking.claimant, body="I will take another one today.")
    gallery.add("turn-returned", Client().get(turns.address(checking)))
    gallery.add("ticket-returned", client.get(checking.get_absolute_url()))
    gallery.add("upload-returned", client.get(url("upload", checking.request_code) + "?kind=label"))
    wrong = client.post(url("message", checking.request_code), {"body": ""})
    gallery.add("ticket-message-wrong", wrong, status=422)
    gallery.add("correct-serial", client.get(url("correct", checking.request_code, "serial")))


def _decided(gallery: Gallery) -> None:
    for state in (
        State.COMPLETED,
        State.CONTESTED,
        State.RESTORED,
        State.REJECTED,
        State.WITHDRAWN,
        State.EXPIRED,
        State.OFFERED,
    ):
        ticket = make_ticket(state)
        client = at_browser(ticket.claimant, proved=False)
        gallery.add(f"ticket-{state}", client.get(ticket.get_absolute_url()))
        if state == State.COMPLETED:
            gallery.add("turn-decided", Client().get(turns.address(ticket)))
        if state == State.REJECTED:
            gallery.add("appeal", client.get(url("appeal", ticket.request_code)))
    day = clock.now().date() + timedelta(days=300)
    used = make_ticket(State.COMPLETED, outcome="use", renting=True, use_until_date=day)
    client = at_browser(used.claimant, proved=False)
    gallery.add("ticket-completed-use", client.get(used.get_absolute_url()))


def _owner(gallery: Gallery) -> None:
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    link = link_to(charger, owner)
    client = opened(link)
    page = url("answer", link.uid)
    gallery.add("answer", client.get(page))
    gallery.add("answer-wrong", fill(client, page), status=422)
    code = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"}
    fill(client, page, answer="no_longer", **code)
    gallery.add("answer-code", client.get(url("answer-code", link.uid)))
    type_code(client, link)
    gallery.add("answer-confirm", client.get(url("answer-confirm", link.uid)))
    fill(client, url("answer-confirm", link.uid))
    gallery.add("answer-done", client.get(url("answer-done", link.uid)))
    fill(client, page, answer="still_mine")
    gallery.add("answer-objected", client.get(url("answer-done", link.uid)))
    gallery.add("answer-again", client.get(page))
    gallery.add("link-needed", Client().get(page), status=403)


def _firm(gallery: Gallery) -> None:
    charger = place_charger()
    firm = InstallerFirm.objects.create(
        name="Volt AS", lookup_key="volt", email="post@volt.example", registered_at=clock.now()
    )
    charger.installation.firm = firm
    charger.installation.save()
    ticket = asked(charger, only_installer=True, installer_name="Volt AS")
    link = link_to(charger, firm=firm, ticket=ticket, purpose=Link.Purpose.FIRM)
    client = opened(link)
    gallery.add("firm", client.get(url("firm-answer", link.uid)))
    told = {"installed_here": "yes", "customer_name": NAME}
    fill(client, url("firm-answer", link.uid), **told)
    gallery.add("firm-code", client.get(url("firm-code", link.uid)))
    type_code(client, link, "firm-code")
    gallery.add("firm-confirm", client.get(url("firm-confirm", link.uid)))
    fill(client, url("firm-confirm", link.uid))
    gallery.add("firm-done", client.get(url("firm-done", link.uid)))


def _tenant(gallery: Gallery) -> None:
    charger = place_charger()
    owner = own(charger)
    until = clock.now().date() + timedelta(days=300)
    claim = {"renting": True, "outcome": "use", "use_until_date": until}
    ticket = asked(charger, items=("label", "lease"), **claim)
    link = link_to(charger, owner)
    client, page = opened(link), url("answer", link.uid)
    gallery.add("landlord", client.get(page))
    gallery.add("landlord-wrong", fill(client, page, answer="tenant"), status=422)
    said = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"}
    fill(client, page, answer="tenant", **said)
    type_code(client, link)
    gallery.add("landlord-confirm", client.get(url("answer-confirm", link.uid)))
    fill(client, url("answer-confirm", link.uid))
    gallery.add("landlord-done", client.get(url("answer-done", link.uid)))
    accept(ticket, "label")
    accept(ticket, "lease", ends_date=until)
    tenant = at_browser(ticket.claimant, proved=False)
    gallery.add("tenant-charger", tenant.get(reverse("chargers:settings", args=[charger.uid])))
    gallery.add("tenant-ticket", tenant.get(ticket.get_absolute_url()))
    at_home = at_browser(owner, proved=False)
    gallery.add("landlord-settings", at_home.get(reverse("chargers:settings", args=[charger.uid])))
    use = url("use", Ticket.objects.get(pk=ticket.pk).tenure.uid)
    gallery.add("landlord-use", at_home.get(use))
    fill(at_home, use)
    gallery.add("tenant-over", tenant.get(ticket.get_absolute_url()))


def _installers(gallery: Gallery) -> None:
    firm = InstallerFirm.objects.create(
        name="Ampere AS", lookup_key="ampere", email="a@a.example", registered_at=clock.now()
    )
    person = make_person(name="Per Montør")
    FirmMember.objects.create(firm=firm, user=person, starts_at=clock.now())
    client = at_browser(person, proved=False)
    gallery.add("installer-none", client.get(url("installer")))
    gallery.add("installer-requests-none", client.get(url("installer-requests")))
    chargers = [place_charger() for _ in range(3)]
    for charger in chargers:
        now = clock.now()
        access = {"role": "service_access", "charger": charger, "firm": firm, "source": "import"}
        tenure = Tenure.objects.create(starts_at=now, **access)
        asked(charger, only_installer=True, installer_name="Ampere AS")
    gallery.add("installer", client.get(url("installer")))
    gallery.add("installer-found", client.get(url("installer") + "?q=nowhere"))
    gallery.add("installer-requests", client.get(url("installer-requests")))
    sent = client.post(url("installer-check"), {})
    gallery.add("installer-requests-wrong", sent, status=422)
    uids = [link.uid.hex for link in Link.objects.filter(firm=firm)]
    words = {f"answer-{uids[0]}": "yes", f"name-{uids[0]}": NAME, f"answer-{uids[1]}": "no"}
    gallery.add("installer-check", client.post(url("installer-check"), words))
    client.post(url("installer-send"), words)
    gallery.add("installer-sent", client.get(url("installer-sent")))
    gallery.add("installer-answered", client.get(url("installer-requests")))
    page = url("installer-customer", chargers[0].uid)
    gallery.add("installer-customer", client.get(page))
    gallery.add("installer-customer-wrong", fill(client, page), status=422)
    fill(client, page, customer_name=NAME, customer_email="nina.customer@example.com")
    gallery.add("installer-customer-named", client.get(page))
    gallery.add("installer-named", client.get(url("installer")))
    gallery.add("installer-finish", client.get(url("installer-finish", tenure.uid)))


def _offer(gallery: Gallery) -> None:
    charger = place_charger()
    client = at_browser(own(charger), proved=False)
    gallery.add("offers-none", client.get(url("offers")))
    gallery.add("offer-new", client.get(url("offer-new", charger.uid)))
    to = {"to_name": NAME, "to_email": "nina.offered@example.com", "when": "now"}
    fill(client, url("offer-new", charger.uid), **to)
    code = Ticket.objects.latest("pk").request_code
    gallery.add("offer-own", client.get(url("offer-own", code)))
    gallery.add("leaving-none", resident().get(url("leaving")))
    gallery.add("leaving", client.get(url("leaving")))
    gallery.add("leaving-wrong", fill(client, url("leaving")), status=422)
    for name in ("vacate", "card", "charger-requests", "leaving-list"):
        gallery.add(name, client.get(url(name, charger.uid)))
    gallery.add("offers", client.get(url("offers")))
    link = Link.objects.filter(purpose=Link.Purpose.OFFER).latest("pk")
    receiver = opened(link)
    gallery.add("offer", receiver.get(url("offer", link.uid)))
    fill(receiver, url("offer", link.uid))
    gallery.add("offer-code", receiver.get(url("offer-code", link.uid)))
    type_code(receiver, link, "offer-code")
    gallery.add("offer-confirm", receiver.get(url("offer-confirm", link.uid)))
    _offered_signed_in(gallery, link.party, link.ticket)


def _offered_signed_in(gallery: Gallery, receiver: User, ticket: Ticket) -> None:
    """What is offered to somebody who comes to it by signing in, and what a safety word covers."""
    more = place_charger()
    own(more, ticket.offered_by)
    to = {"to_name": NAME, "to_email": receiver.email}
    offers.offer(charger_id=more.pk, by=ticket.offered_by, **to)
    client = at_browser(receiver)
    gallery.add("offer-open", client.get(ticket.get_absolute_url()))
    page = url("offer-take", ticket.request_code)
    gallery.add("offer-take", client.get(page))
    gallery.add("offer-take-wrong", fill(client, page, offers=["none"]), status=422)
    gallery.add("danger-several", client.get(url("danger")))
    told = client.post(url("danger"), {"about": "all"})
    gallery.add("danger-told", client.get(told.url))


def _household(gallery: Gallery) -> None:
    ticket = make_ticket(State.COLLECTING)
    letter = letters.send(ticket=ticket, to="household", at=clock.now())
    Letter.objects.filter(pk=letter.pk).update(printed_at=clock.now())
    client = Client()
    client.post(url("stop"), {"stop_code": letters.stop_code_of(letter)})
    gallery.add("stopped", client.get(url("stopped")))


def _portal(gallery: Gallery) -> None:
    none = resident()
    gallery.add("chargers-none", none.get(reverse("chargers:mine")))
    gallery.add("installations-none", none.get(reverse("chargers:installations")))
    gallery.add("shares-none", none.get(reverse("chargers:shares")))
    charger = place_charger(pin="0Q7F21AB")
    client, uid = at_browser(own(charger), proved=False), charger.uid
    place = charger.installation
    gallery.add("chargers", client.get(reverse("chargers:mine")))
    for name in ("charger", "settings", "reveal", "share"):
        gallery.add(name, client.get(reverse(f"chargers:{name}", args=[uid])))
    gallery.add("installations", client.get(reverse("chargers:installations")))
    gallery.add("installation", client.get(reverse("chargers:installation", args=[place.uid])))
    gallery.add("general", client.get(reverse("chargers:general", args=[place.uid, uid])))
    gallery.add("pin", client.post(reverse("chargers:reveal", args=[uid])))
    to = {"to_name": "Siri Snekker", "to_email": "siri@example.com"}
    gallery.add("shared", client.post(reverse("chargers:share", args=[uid]), to))
    gallery.add("settings-shared", client.get(reverse("chargers:settings", args=[uid])))
    siri = at_browser(make_person(name="Siri Snekker", email="siri@example.com"), proved=False)
    gallery.add("shares", siri.get(reverse("chargers:shares")))
    young = place_charger()
    client = at_browser(own(young, established=False), proved=False)
    gallery.add("settings-waits", client.get(reverse("chargers:settings", args=[young.uid])))
    person = make_person(name="Per Montør")
    make_service(charger, person)
    client = at_browser(person, proved=False)
    gallery.add("settings-service", client.get(reverse("chargers:settings", args=[uid])))
    gallery.add("reveal-service", client.get(reverse("chargers:reveal", args=[uid])))


def _refusals(gallery: Gallery) -> None:
    before, settings.ROOT_URLCONF = settings.ROOT_URLCONF, "tests.config.urls"
    try:
        client = Client(raise_request_exception=False)
        for how, status in REFUSALS.items():
            gallery.add(f"refused-{status}-{how}", client.get(f"/refuse/{how}/"), status=status)
        gallery.add("refused-405", client.get("/only-post/"), status=405)
        strict = Client(enforce_csrf_checks=True)
        gallery.add("refused-403-form", strict.post("/sign-in/", {"email": "a@b.co"}), status=403)
    finally:
        settings.ROOT_URLCONF = before


def _desk(gallery: Gallery) -> None:
    agent = make_staff(Role.SENIOR)
    client = at_browser(agent)
    ticket = ready_for_approval()
    pages = {
        "desk": url("desk"),
        "desk-ticket": url("desk-ticket", ticket.request_code),
        "desk-stops": url("desk-stops"),
        "desk-undelivered": url("desk-undelivered"),
    }
    for name, page in pages.items():
        gallery.add(name, client.get(page), audience="desk")
    officer = at_browser(make_staff(Role.SAFETY_OFFICER))
    gallery.add("desk-freezes", officer.get(url("desk-freezes")), audience="desk")
