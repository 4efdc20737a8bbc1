"""The pages of a person's data, of a change that a contact may stop, of an owner's letter."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ContactPoint, Role, User
from chargers.models import Proposal
from chargers.services import proposals
from records import clock
from records.models import Access
from support import mails
from support.models import Copy, Erasure, Letter, Notice
from support.services import changes, letters
from tests.factories import asked, make_owner, make_person, own, place_charger
from tests.support.desk_world import at_browser, desk_of, everyone
from tests.support.public_world import fill, text, url

pytestmark = pytest.mark.django_db


def test_a_person_has_their_copy_put_together_and_fetches_it(run_outbox):
    ticket = asked(place_charger())
    browser = at_browser(ticket.claimant, proved=False)

    assert fill(browser, url("own-data")).status_code == 302
    assert "0 of 2 parts" in text(browser.get(url("own-data")))
    run_outbox()
    copy = Copy.objects.get()
    fetch = url("copy-fetch", copy.uid)
    assert fetch in text(browser.get(url("own-data")))
    response = browser.post(fetch)

    content = b"".join(response.streaming_content)
    with ZipFile(BytesIO(content)) as archive:
        assert "summary.txt" in archive.namelist()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in response.headers["Cache-Control"]
    stranger = at_browser(make_person(), proved=False)
    assert stranger.post(fetch).status_code == 404
    assert browser.get(fetch).status_code == 405


def test_it_needs_a_fresh_proof(run_outbox):
    person = make_person()
    browser = at_browser(person, proved=False)
    session = browser.session
    session["authenticated_at"] -= 600
    session.save()

    assert browser.post(url("own-data")).status_code == 403
    assert not Copy.objects.exists()


def test_the_privacy_officers_pages_are_for_them_alone():
    ticket = asked(place_charger())
    address = url("privacy", ticket.claimant.uid)
    seen = {who: c.get(address).status_code for who, c in everyone(ticket).items()}
    assert [who for who, status in seen.items() if status == 200] == ["privacy_officer"]
    for verb in ("copy", "erase", "cancel"):
        for who, client in everyone(ticket).items():
            status = client.post(url(f"privacy-{verb}", ticket.claimant.uid)).status_code
            assert (status in (302, 422)) == (who in ("privacy_officer", "anonymous")), (verb, who)


def test_an_officer_finds_looks_and_erases_with_a_second_confirmation(run_outbox):
    person, officer = make_person(email="gone@x.example"), desk_of(Role.PRIVACY_OFFICER)
    make_owner(place_charger(), person)

    assert officer.post(url("privacy-find"), {"person": "nobody@x.example"}).status_code == 422
    assert officer.post(url("privacy-find"), {"person": "GONE@x.example"}).url == url(
        "privacy", person.uid
    )
    page = text(officer.get(url("privacy", person.uid)))
    assert "A charger is in their name" in page
    assert Access.objects.filter(subject=f"person:{person.uid}", what="person").exists()
    erase = url("privacy-erase", person.uid)
    assert officer.post(erase, {"word": "gone@x.example"}).status_code == 422
    assert officer.post(erase, {"asked": "on", "word": "other@x.example"}).status_code == 422
    assert not Erasure.objects.exists()
    assert officer.post(erase, {"asked": "on", "word": "gone@x.example"}).status_code == 302
    run_outbox()

    assert User.objects.get(pk=person.pk).email  # it waits for the charger
    assert "tried again every night" in text(officer.get(url("privacy", person.uid)))
    person.tenures.update(ends_at=clock.now())
    fill(officer, url("privacy", person.uid))  # a page is no button
    officer.post(url("privacy-cancel", person.uid))
    officer.post(erase, {"asked": "on", "word": "gone@x.example"})
    run_outbox()
    assert not User.objects.get(pk=person.pk).email
    assert "were erased" in text(officer.get(url("privacy", person.uid)))


def proposed():
    charger = place_charger()
    owner = own(charger, make_person())
    proposal = proposals.propose(
        kind="owner_contact", at=clock.now(), person=owner, charger=charger,
        old={"email": owner.email}, new={"email": "new-canary@x.example"},
    )  # fmt: skip
    return proposal


def test_a_contact_stops_a_change_from_the_mail_without_a_code(run_outbox):
    proposal = proposed()
    run_outbox(failing=True)
    notice = Notice.objects.get(kind="proposal_notice")
    address = mails.render(notice).text.split("http://testserver")[1].split()[0]
    browser = Client()

    opened = browser.get(address)

    assert Proposal.objects.get().state == "open"
    page = browser.get(opened.url)
    assert "new-canary" not in text(page)
    assert str(proposal.uid) in opened.url
    assert "token" not in opened.url
    assert browser.post(opened.url).status_code == 302
    assert Proposal.objects.get().state == "objected"
    assert "nothing was changed" in text(browser.get(opened.url))
    assert browser.post(opened.url).status_code == 302
    assert Client().get(opened.url).status_code == 404
    assert Client().post(opened.url).status_code == 404


def test_a_token_of_a_change_is_for_that_change_alone():
    one, other = proposed(), proposed()
    name, signature = changes.token(one.uid).split(".")

    assert changes.named_by(changes.token(one.uid)) == one
    for false in (f"{other.uid}.{signature}", f"{name}.x", name, "", "a.b.c"):
        assert changes.named_by(false) is None


def test_an_owner_known_from_an_import_types_the_code_of_their_letter():
    charger = place_charger()
    owner = own(charger, established=False)
    ContactPoint.objects.create(user=owner, kind="post", value="Elsewhere 1, 0001 Oslo",
                                valid_from=clock.now(), source="import")  # fmt: skip
    letter = letters.send(tenure=charger.tenures.get(), to="owner", at=clock.now())
    Letter.objects.update(printed_at=clock.now())
    ContactPoint.objects.all().delete()
    browser, page = at_browser(owner, proved=False), url("establish-code", charger.uid)

    assert at_browser(make_person(), proved=False).get(page).status_code == 404
    assert browser.post(page, {"code": "AAAA-AAAA"}).status_code == 422
    assert browser.post(page, {"code": letters.code_of(letter)}).status_code == 302
    assert charger.tenures.get().established
    assert reverse("chargers:settings", args=[charger.uid])
