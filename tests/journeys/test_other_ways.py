"""The other ways of the story in a real Chromium: tenants, offers, installers, shares, leaving.

What the desk does stands behind the pages here: it has journeys of its own.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import FirmMember, InstallerFirm
from chargers.models import Charger
from records import clock
from support.machine import State
from support.models import Ticket
from tests.factories import (
    accept,
    asked,
    make_person,
    make_ticket,
    name_claimant,
    own,
    place_charger,
)
from tests.journeys.test_main_story import (
    NINA,
    NINAS_MAIL,
    PIN,
    prove,
    send_label,
    sign_in,
    tell_place,
    tell_serial,
)
from tests.journeys.visitor import DESKTOP, PHONE
from tests.story import papers

pytestmark = pytest.mark.django_db(transaction=True)
VIEWS = [
    pytest.param((PHONE, True), id="phone"),
    pytest.param((DESKTOP, True), id="desktop", marks=pytest.mark.long),
    pytest.param((PHONE, False), id="no-scripts", marks=pytest.mark.long),
]
LEASE_ENDS = timezone.now().date() + timedelta(days=300)


@pytest.fixture(params=VIEWS)
def meet(request, visit):
    """Return a function that lets one more person sit down at a browser."""
    device, scripts = request.param
    return lambda: visit(device, scripts=scripts)


@pytest.fixture
def charger():
    return place_charger(pin=PIN)


@pytest.fixture
def owner(charger):
    return own(charger)


def give(visitor, file):
    """Choose a file on the page of one document, and send it."""
    name, content, kind = file
    sent = {"name": name, "mimeType": kind, "buffer": content}
    visitor.page.locator("main input[type=file]").first.set_input_files(sent)
    with visitor.goes_on():
        visitor.page.locator("form:has(input[type=file]) button:visible").first.click()


def ask_as_a_tenant(charger, nina, post) -> str:
    nina.open("/requests/new/")
    sign_in(nina, post, NINAS_MAIL)
    nina.choose("I rent the home", "Yes, I can write to them")
    nina.fill("When does your lease end?", LEASE_ENDS.isoformat())
    nina.press("Continue")
    tell_serial(charger, nina)
    tell_place(charger, nina)
    code = nina.words_of(".big-code")
    send_label(charger, nina, code)
    with nina.goes_on():
        nina.page.locator("a[href$='kind=lease']").click()
    home = f"{charger.installation.street} {charger.installation.house_number}"
    give(nina, papers.lease(tenant=NINA, address=home, until=LEASE_ENDS))
    nina.follow("Continue")
    nina.fill("Your full name", NINA)
    nina.press("Send your request")
    return code


def test_a_tenant_charges_by_the_landlords_yes(charger, owner, meet, post, aside):
    nina, kari = meet(), meet()
    code = ask_as_a_tenant(charger, nina, post)

    kari.open(post.link(owner.email))
    kari.sees("May your tenant use the charger?")
    kari.choose("Yes, my tenant may use it")
    kari.fill("Their request code", code)
    kari.fill("The surname of the person you mean", NINA.split()[-1])
    kari.press("Send my answer")
    prove(kari, post, owner.email)
    kari.press("Continue")
    kari.press("Yes, my tenant may use it")
    kari.sees("The charger stays yours.")
    aside(accept_all, "label", "lease")

    nina.open(f"/requests/{code}/")
    nina.sees("You may use the charger until")
    assert aside(lambda: charger.owner(clock.now()) == owner)


def accept_all(*kinds) -> None:
    """Let an agent accept what came."""
    ticket = Ticket.objects.get()
    for kind in kinds:
        accept(ticket, kind, **({"ends_date": LEASE_ENDS} if kind == "lease" else {}))


def test_an_owner_hands_over_without_being_asked(charger, owner, meet, post, aside):
    kari, nina = meet(), meet()
    kari.open("/")
    kari.follow("I am the registered owner")
    sign_in(kari, post, owner.email)
    kari.sees("See the PIN")
    kari.follow(charger.serial)
    kari.follow("Hand it over to somebody")
    kari.fill("The new owner's full name", NINA)
    kari.fill("The new owner's e-mail address", NINAS_MAIL)
    kari.choose("As soon as they have accepted")
    kari.press("Send the invitation")
    kari.sees("Not accepted yet")

    nina.open(post.link(NINAS_MAIL))
    nina.press("Accept: mail me a code")
    prove(nina, post, NINAS_MAIL)
    nina.press("Continue")
    nina.press("Yes, I take it over")
    code = nina.words_of(".request-code")
    nina.follow("Send it")
    give(nina, papers.label_photo(charger.serial, code))
    post.deliver()
    aside(accept_all, "label")

    nina.open(f"/requests/{code}/")
    nina.sees("The charger is yours")
    assert aside(lambda: charger.owner(clock.now()).email) == NINAS_MAIL


@pytest.mark.long
def test_an_owner_who_leaves_says_so_and_sees_to_the_rest(charger, owner, meet, post, aside):
    kari = meet()
    kari.open("/chargers/")
    sign_in(kari, post, owner.email)
    kari.follow("Moving out? Hand over or leave")
    kari.follow("Card for the envelope of keys")
    kari.sees("A charging station stays in this home")
    kari.follow("Back to the charger")
    kari.follow("Leave without naming anybody")
    kari.press("Yes, it is no longer mine")
    kari.sees("What else still has access")
    kari.choose("My charging cards and chips are deleted")
    kari.press("Keep my ticks")
    kari.sees("Saved.")

    assert aside(lambda: Charger.objects.get(pk=charger.pk).owner_state) == "released"


def test_a_pin_is_shared_once(charger, owner, meet, post):
    kari, siri = meet(), meet()
    kari.open(f"/chargers/{charger.uid}/settings/")
    sign_in(kari, post, owner.email)
    kari.follow("Let somebody see it once")
    kari.fill("Who is it?", "Siri Snekker")
    kari.fill("Their e-mail address", "siri@example.com")
    kari.press("Make the code")
    code = kari.words_of(".request-code")

    siri.open("/shares/")
    sign_in(siri, post, "siri@example.com")
    with siri.goes_on():
        siri.page.locator(".choices a").click()
    siri.fill("The code that the owner gave you", code)
    siri.press("Show the PIN")
    assert siri.words_of(".pin [aria-hidden]").replace(" ", "") == PIN
    siri.follow("I have it")
    siri.sees("Nothing is waiting for you.")


@pytest.fixture
def firm(aside):
    return aside(make_firm)


def make_firm() -> InstallerFirm:
    """A registered firm, somebody who speaks for it, and two requests that wait for its word."""
    now = clock.now()
    firm = InstallerFirm.objects.create(
        name="Volt AS", lookup_key="volt", email="post@volt.example", registered_at=now
    )
    person = make_person(name="Per Montør", email="per@volt.example")
    FirmMember.objects.create(firm=firm, user=person, starts_at=now)
    for _number in range(3):
        charger = place_charger()
        charger.installation.firm = firm
        charger.installation.save()
        asked(charger, only_installer=True, installer_name="Volt AS")
    return firm


def test_a_firm_answers_from_the_mail_and_several_together(firm, meet, post, aside):
    office, per = meet(), meet()
    office.open(post.link(firm.email))
    office.choose("Yes, we put it up")
    office.fill("For whom? The customer's name", NINA)
    office.press("Send the answer")
    prove(office, post, firm.email)
    office.press("Continue")
    office.press("Yes, that is right")
    office.sees("Your yes is on record.")

    per.open("/installer/")
    sign_in(per, post, "per@volt.example")
    per.follow("Answer them together")
    for number, answer in enumerate(("Yes, we put it up", "No, it was not us")):
        per.page.get_by_label(answer).nth(number).check()
    per.press("Look through your answers")
    per.press("Send 2 answers")
    per.sees("taken")
    assert aside(lambda: firm.answers.filter(void_at=None).count()) == 3


@pytest.mark.long
def test_a_refusal_is_looked_at_again(meet, post, aside):
    nina = meet()
    ticket = aside(make_ticket, State.REJECTED, claimant=aside(make_person, email=NINAS_MAIL))
    nina.open(f"/requests/{ticket.request_code}/")
    sign_in(nina, post, NINAS_MAIL)
    nina.sees("What would change it")
    nina.follow("Ask for a second opinion")
    nina.fill("What should we look at again?", "The agreement names me on its last page.")
    nina.press("Send it")
    nina.sees("Your appeal is with us.")


@pytest.mark.long
def test_a_former_owner_objects_to_a_hand_over(charger, owner, meet, post, aside):
    kari = meet()
    aside(hand_over, charger, owner)
    kari.open(post.link(owner.email))
    kari.sees("The charger was handed over")
    kari.fill("What was wrong about it?", "I know nobody of that name.")
    kari.press("Object to the hand-over")
    kari.sees("Your objection is being looked at")
    assert aside(Ticket.objects.get).state == State.CONTESTED


def hand_over(charger, owner) -> None:
    ticket = asked(charger)
    name_claimant(ticket, owner)
    accept(ticket, "label")
