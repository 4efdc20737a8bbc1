"""A safety matter: told from every notice and page, by every party; nobody else hears of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import InstallerFirm, Role
from chargers.models import Charger
from records import chain, clock
from records.models import Alert
from support import letter_words, letterpress, mails
from support.machine import State
from support.models import EvidenceItem, Freeze, Letter, Link, Notice
from support.notifications import EMAILS, notify
from support.services import facts, freezes, leaving, letters, offers, safety, tickets
from tests.chargers.world import make_service
from tests.factories import asked, make_person, make_staff, own, place_charger, reload
from tests.matrix import table
from tests.support import test_notifications as notices
from tests.support.desk_world import at_browser, desk_of
from tests.support.public_world import link_to, opened, text, url

pytestmark = pytest.mark.django_db
CANARY = "Canary words: he threatened me at 55544433"
# Pages of staff have no way to leave quickly and need none.
STAFF = ("support:desk", "support:privacy", "support:policy", "support:policies", "support:audit",
         "support:alert", "support:report", "support:stops", "admin:", "chargers:proposals",
         "chargers:find-exposure", "chargers:exposure", "accounts:")  # fmt: skip


@pytest.mark.parametrize("kind", EMAILS)
def test_every_mail_says_where_a_safety_matter_is_told(kind):
    ticket, owner = notices.world()
    notice = notify(kind, **notices.about(kind, ticket, owner))

    rendered = mails.render(notice, [notice])

    for part in (" ".join(rendered.text.split()), rendered.html):
        assert "testserver/safety/" in part


def test_every_letter_says_so_and_takes_its_stop_code():
    charger = place_charger()
    ticket = asked(charger)
    letter = letters.send(to="household", ticket=ticket, at=clock.now())
    page = letterpress.Page(letter, ["A"], "", letters.stop_code_of(letter))

    assert letter_words.safety() == "testserver/safety/"
    assert letterpress.pdf_of([page], day=clock.now().date())

    Letter.objects.update(printed_at=clock.now())
    client = Client()
    wrong = client.post(url("danger"), {"about": "code", "stop_code": "AAAAA-AAAAA"})
    assert wrong.status_code == 422
    told = {"about": "code", "stop_code": letters.stop_code_of(letter), "words": CANARY}
    assert client.post(url("danger"), told).status_code == 302
    assert Freeze.objects.get().charger == charger
    for _try in range(5):
        client.post(url("danger"), {"about": "code", "stop_code": "AAAAA-AAAAA"})
    client.post(url("danger"), told)
    assert Freeze.objects.count() == 1


def party_pages():
    """Return the addresses of the table that a party may open with GET."""
    matrix = table.read()
    for entry in matrix.entries.values():
        if entry.key.startswith(STAFF) or "GET" not in entry.rows:
            continue
        allowed = {says for _who, _whose, says in entry.rows["GET"]}
        if "page" in allowed:
            yield entry


def test_every_page_of_a_party_has_the_way_and_the_quick_exit(settings):
    """Run over the authorisation matrix: a new page of a party is tested by being there."""
    charger = place_charger(name="C")
    owner = own(charger)
    service = make_service(charger.installation)
    ticket = asked(charger)
    link, firm_link = link_to(charger, owner), _firm_link(charger, ticket)
    browsers = [at_browser(ticket.claimant, proved=False), at_browser(owner, proved=False),
                opened(link), opened(firm_link), at_browser(service, proved=False)]  # fmt: skip
    item = EvidenceItem.objects.get(ticket=ticket)
    names = {"request_code": ticket.request_code, "uid": None, "kind": "serial",
             "charger_uid": charger.uid, "code": "none"}  # fmt: skip
    uids = [charger.uid, charger.installation.uid, link.uid, firm_link.uid, item.uid]
    missing, seen = [], set()
    routes = {u.name: u for u in table.urls()}
    for entry in party_pages():
        takes = routes[entry.key].takes
        for uid in uids if "uid" in takes else [None]:
            address = reverse(
                entry.key, kwargs={name: names[name] or uid for name in takes if name != "token"}
            ) if "token" not in takes else None  # fmt: skip
            for browser in browsers if address else []:
                page = browser.get(address)
                if page.status_code != 200 or "text/html" not in page.headers["Content-Type"]:
                    b"".join(page.streaming_content if page.streaming else [])
                    continue
                seen.add(entry.key)
                said = text(page)
                if f'href="{url("danger")}"' not in said or "data-leave" not in said:
                    missing.append(entry.key)
    assert missing == []
    assert seen >= {"home", "support:danger", "support:tickets", "support:ticket", "chargers:mine"}
    assert seen >= {"support:answer", "support:firm-answer", "chargers:settings", "chargers:reveal"}


def _firm_link(charger, ticket):
    firm = InstallerFirm.objects.latest("pk")
    firm.registered_at, firm.email = clock.now(), "firm@x.example"
    firm.save()
    return link_to(charger, firm=firm, ticket=ticket, purpose="firm")


def test_leaving_shows_a_neutral_page_and_forgets_the_links():
    charger = place_charger()
    client = opened(link_to(charger, own(charger)))

    response = client.get(url("leave"))

    assert response.url.startswith("https://www.wikipedia.org")
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert client.get(url("danger")).content.count(b"link-") == 0


@pytest.mark.parametrize("who", ["claimant", "owner", "service", "owner by link", "firm by link"])
def test_every_party_freezes_with_one_form_and_nobody_else_hears(who, run_outbox):
    charger = place_charger()
    owner, service = own(charger), make_service(charger.installation)
    ticket = asked(charger)
    officer = make_staff(Role.SAFETY_OFFICER)
    browser, about = {
        "claimant": lambda: (at_browser(ticket.claimant), f"request-{ticket.request_code}"),
        "owner": lambda: (at_browser(owner), f"charger-{charger.uid}"),
        "service": lambda: (at_browser(service), f"charger-{charger.uid}"),
        "owner by link": lambda: _by_link(link_to(charger, owner)),
        "firm by link": lambda: _by_link(_firm_link(charger, ticket)),
    }[who]()

    response = browser.post(url("danger"), {"about": about, "words": CANARY})

    assert response.status_code == 302
    freeze = Freeze.objects.get()
    assert (freeze.ticket or freeze.charger) == (ticket if who == "claimant" else charger)
    run_outbox()
    mail = Notice.objects.get(kind="freeze_told")
    assert mail.person == officer
    assert CANARY not in mails.render(mail).whole
    _only_officers_read_it(ticket, owner, service)
    assert "It is stopped" in text(browser.get(url("danger-done")))
    assert chain.verify() == []


def _by_link(link):
    return opened(link), f"link-{link.uid}"


def _only_officers_read_it(ticket, owner, service):
    for person in (ticket.claimant, owner, service):
        browser = at_browser(person, proved=False)
        for page in ("tickets", "danger", "own-data"):
            assert "55544433" not in text(browser.get(url(page)))
    assert "55544433" not in text(at_browser(ticket.claimant).get(ticket.get_absolute_url()))
    for role, seen in ((Role.SAFETY_OFFICER, True), (Role.AUDITOR, False)):
        page = desk_of(role).get(reverse("support:desk-freezes"))
        assert ("55544433" in text(page)) == seen
    for role in (Role.AGENT, Role.SENIOR, Role.AUDITOR):
        address = reverse("support:desk-ticket", args=[ticket.request_code])
        assert "55544433" not in text(desk_of(role).get(address))


def offered(count):
    """Return the receiver's link to so many chargers that were offered with one mail."""
    first, *others = [place_charger() for _number in range(count)]
    owner = own(first)
    for charger in others:
        own(charger, owner)
    to = {"to_name": "Nina Ny", "to_email": "nina.ny@example.com"}
    made = leaving.offer_all(charger_ids=[first.pk, *(c.pk for c in others)], by=owner, **to)
    return made, Link.objects.get()


def test_a_word_by_the_mail_about_several_offers_stops_each_of_them():
    made, link = offered(3)
    offers.accept(ticket_id=made[1].pk, by=link.party)  # the page shows it no more, the mail did
    browser, about = _by_link(link)
    endings = ", ".join(ticket.serial[-3:] for ticket in made)
    assert f"All 3 chargers that our mail was about, serial numbers ending in {endings}" in text(
        browser.get(url("danger"))
    )

    response = browser.post(url("danger"), {"about": about, "words": CANARY})

    assert {freeze.charger for freeze in Freeze.objects.all()} == {one.charger for one in made}
    assert all(facts.is_frozen(reload(ticket)) for ticket in made)
    assert (
        f"This covers: All 3 chargers that our mail was about, serial numbers ending in {endings}"
        in text(browser.get(response.url))
    )


def test_of_several_offers_one_that_is_over_keeps_no_other_from_being_stopped():
    made, link = offered(3)
    tickets.withdraw(ticket_id=made[0].pk, by=made[0].offered_by)
    browser, about = _by_link(link)

    assert browser.post(url("danger"), {"about": about}).status_code == 302

    assert {freeze.charger for freeze in Freeze.objects.all()} == {one.charger for one in made[1:]}


def test_one_word_stops_everything_that_a_person_has_a_part_in():
    owner, other = own(place_charger()), place_charger()
    own(other, owner)
    browser = at_browser(owner)
    assert "All of these" in text(browser.get(url("danger")))

    response = browser.post(url("danger"), {"about": "all"})

    mine = Charger.objects.owned_by(owner, clock.now())
    assert {freeze.charger for freeze in Freeze.objects.all()} == set(mine) and len(mine) == 2
    said = text(browser.get(response.url))
    assert all(charger.serial in said for charger in mine)


def test_what_is_not_theirs_cannot_be_named():
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    stranger = at_browser(make_person())

    for about in (f"request-{ticket.request_code}", f"charger-{charger.uid}", f"link-{uuid4()}"):
        assert stranger.post(url("danger"), {"about": about}).status_code == 422
    assert not Freeze.objects.exists()


def test_without_an_officer_an_alert_says_so(run_outbox):
    charger = place_charger()
    safety.tell_of_charger(charger_id=charger.pk, by=own(charger))
    run_outbox(failing=True)

    assert Alert.objects.filter(kind="no_safety_officer").exists()


def test_a_freeze_nobody_looked_at_for_a_working_day_raises_one_alert_a_day(later):
    charger = place_charger()
    freeze = freezes.freeze_charger(charger_id=charger.pk, by=own(charger))
    kinds = Alert.objects.filter(kind="freeze_unreviewed")
    assert not safety.watch(at=clock.now())

    now = later(days=5, run=False)
    assert safety.watch(at=now) == 1
    assert safety.watch(at=now + timedelta(hours=1)) == 0
    assert kinds.get().subject == f"freeze:{freeze.uid}"
    freezes.review(freeze_id=freeze.pk, by=make_staff(Role.SAFETY_OFFICER))
    assert safety.watch(at=clock.now() + timedelta(hours=5)) == 0
    assert safety.watch(at=clock.now() + timedelta(days=5)) == 1


def test_a_firms_second_freeze_waits_for_an_officer():
    charger = place_charger()
    own(charger)
    make_service(charger.installation)
    ticket = asked(charger)
    link = _firm_link(charger, ticket)
    first = safety.tell_by_link(link=link, words="")
    freezes.lift(freeze_id=first.pk, by=make_staff(Role.SAFETY_OFFICER), reason="A mistake.")

    second = safety.tell_by_link(link=link, words="")

    assert second.needs_confirmation
    assert not charger.open_holds().exists()
    assert safety.tell_by_link(link=link, words="") == second


def test_a_firm_stops_a_request_once_and_then_is_a_task():
    charger = place_charger()
    own(charger)
    make_service(charger.installation)
    ticket = asked(charger)
    link = _firm_link(charger, ticket)
    browser = opened(link)
    page = url("firm-object", link.uid)

    assert browser.post(page, {"words": " "}).status_code == 422
    assert reload(ticket).state != State.DISPUTED
    assert browser.post(page, {"words": "We know him"}).status_code == 302
    assert reload(ticket).state == State.DISPUTED
    assert "We know him" not in text(at_browser(ticket.claimant).get(ticket.get_absolute_url()))
    browser.post(page, {"words": "Again"})
    assert reload(ticket).unread_reply_at
