"""An owner without a mail address: a contact is proposed to them by a letter, or not at all."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import ContactPoint, Role
from chargers.models import Proposal
from chargers.refusals import Refused
from chargers.services import proposals, proposing, standing
from records import clock
from support import letter_words, letterpress
from support.models import Freeze, Letter, Notice
from support.services import changes, letters, safety
from tests.factories import make_person, make_staff, own, place_charger
from tests.support.public_world import text, url

pytestmark = pytest.mark.django_db
HOME = "Storgata 1, 0155 Oslo"
NEW = "kari.ny@example.com"
WHY = "The owner called and named the old meter."


def owner_without_mail(*, post=HOME, days=300, chargers=1):
    """Return such an owner, and the chargers on record in their name."""
    owner = make_person(email="", name="Kari Eier")
    owned = [place_charger() for _number in range(chargers)]
    for charger in owned:
        own(charger, owner)
    if post:
        since = clock.now() - timedelta(days=days)
        about = {"user": owner, "kind": "post", "source": "import"}
        ContactPoint.objects.create(**about, value=post, valid_from=since)
    return owner, owned


def proposed(charger):
    said = {"serial": charger.serial, "contact": "email", "value": NEW, "reason": WHY}
    return proposing.owner_contact(by=make_staff(Role.AGENT), **said)


def written(run_outbox, **owner):
    """Propose a mail address; return the proposal, its printed letter and the chargers."""
    _owner, owned = owner_without_mail(**owner)
    proposal = proposed(owned[0])
    run_outbox()
    letters.print_due(at=clock.now())
    return proposal, Letter.objects.get(proposal=proposal), owned


def now_of(proposal):
    return Proposal.objects.get(pk=proposal.pk)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path)


def test_a_first_mail_address_waits_for_the_letter_and_for_seven_days(run_outbox, pass_time):
    proposal, letter, [charger] = written(run_outbox)
    owner, admin = proposal.person, make_staff(Role.ADMINISTRATOR)
    assert letters.address_of(letter) == ["Kari Eier", "Storgata 1", "0155 Oslo"]
    assert not Notice.objects.filter(kind="proposal_notice").exists()
    run_outbox()
    with pytest.raises(Refused, match="not had the notice"):
        proposals.agree(proposal=now_of(proposal), by=admin)

    pass_time(seconds=(letter.arrives_at - clock.now()).total_seconds() + 60)
    run_outbox()
    assert now_of(proposal).notice_at >= letter.arrives_at
    pass_time(days=6)
    with pytest.raises(Refused, match="Seven days"):
        proposals.agree(proposal=now_of(proposal), by=admin)
    pass_time(days=1, minutes=1)
    proposals.agree(proposal=now_of(proposal), by=admin)

    owner = charger.owner(clock.now())
    assert (owner.email, owner.proved_at) == (NEW, None)
    assert standing.contact_changed(owner, clock.now())  # and rests for thirty days


def test_the_letter_says_what_and_not_to_what(run_outbox):
    _proposal, letter, _owned = written(run_outbox)
    page = letterpress.Page(letter, letters.address_of(letter), "", letters.stop_code_of(letter))

    words = letterpress.text_of(page)

    assert "an e-mail address" in words and NEW not in words and WHY not in words
    assert not letters.has_code(letter)
    assert letter_words.of(letter)[0] == "A new way to reach you about your charging station"
    assert letterpress.pdf_of([page], day=clock.now().date())


def test_the_stop_code_is_the_owners_no(run_outbox, pass_time):
    proposal, letter, _owned = written(run_outbox)

    said = {"stop_code": letters.stop_code_of(letter)}
    assert Client().post(url("stop"), said).status_code == 302

    assert now_of(proposal).state == Proposal.State.OBJECTED
    pass_time(days=30)
    run_outbox()
    assert now_of(proposal).notice_at is None
    with pytest.raises(Refused):
        proposals.agree(proposal=now_of(proposal), by=make_staff(Role.ADMINISTRATOR))


def test_a_stop_that_comes_too_late_is_told_so(run_outbox):
    proposal, letter, _owned = written(run_outbox)
    at = clock.now()
    Proposal.objects.filter(pk=proposal.pk).update(state="applied", closed_at=at)

    response = Client().post(url("stop"), {"stop_code": letters.stop_code_of(letter)})

    assert response.status_code == 422 and "This change was made already" in text(response)
    assert Letter.objects.get().stopped_at is None


def test_a_proposal_that_is_put_aside_sends_no_letter(run_outbox):
    _owner, [charger] = owner_without_mail()
    proposal = proposed(charger)
    run_outbox()
    proposals.drop(proposal=proposal, by=make_staff(Role.ADMINISTRATOR))

    assert letters.print_due(at=clock.now()) is None


@pytest.mark.parametrize(
    ("owner", "why"),
    [({"post": ""}, "neither an e-mail nor a postal"), ({"days": 20}, "in the last 30 days")],
)
def test_whom_no_letter_reaches_safely_gets_no_contact(owner, why):
    owner, [charger] = owner_without_mail(**owner)
    if "30 days" in why:
        rows = ContactPoint.objects.filter(user=owner)
        rows.update(source="proposal:0b0e1f8e-0000-4000-8000-000000000000")

    with pytest.raises(ValidationError, match=why):
        proposed(charger)

    assert not Proposal.objects.exists()


def test_a_safety_word_by_the_letter_stops_all_of_the_owners_chargers(run_outbox):
    _proposal, letter, owned = written(run_outbox, chargers=2)

    told = {"about": "code", "stop_code": letters.stop_code_of(letter)}
    assert Client().post(url("danger"), told).status_code == 302

    assert {freeze.charger for freeze in Freeze.objects.all()} == set(owned)


def test_a_safety_word_after_the_mail_about_a_contact_stops_all_of_them():
    owner = make_person(email="old@example.com")
    owned = [place_charger() for _number in range(2)]
    for charger in owned:
        own(charger, owner)
    proposal, browser = proposed(owned[0]), Client()
    browser.get(url("change-link", changes.token(proposal.uid)))
    assert "All 2 chargers that our mail was about" in text(browser.get(url("danger")))

    response = browser.post(url("danger"), {"about": f"change-{proposal.uid}"})

    assert response.status_code == 302
    assert {freeze.charger for freeze in Freeze.objects.all()} == set(owned)
    browser.get(url("leave"))
    assert b"change-" not in browser.get(url("danger")).content


def test_a_firms_hundreds_of_chargers_are_not_frozen_by_a_mail():
    proposal = Proposal(kind=Proposal.Kind.FIRM_CONTACT)

    assert safety.chargers_of(proposal) == []
