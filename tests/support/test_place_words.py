"""What a source or a former owner typed about a place names nobody to the next one (I9)."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import ContactPoint
from chargers.models import Installation, Tenure
from chargers.services.places import unit_for
from records import clock
from records.models import Event
from support.models import Letter
from support.services import letters
from tests.factories import (
    accept,
    asked,
    make_owner,
    make_person,
    name_claimant,
    own,
    place_charger,
    reload,
)
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db
OWNER = "Kunigunde Aldersund"
TYPED = "Kunigunde Aldersunds elbil"


@pytest.fixture(autouse=True)
def _letters_dir(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path / "letters")


def place_named_by_its_owner():
    """A charger whose first owner named it, its place and its bay after herself."""
    charger = place_charger()
    charger.name, charger.unit = TYPED, "Plass Aldersund"
    charger.save()
    Installation.objects.filter(pk=charger.installation_id).update(
        name=f"Hos {OWNER}", contact_email="kunigunde@aldersund.example"
    )
    own(charger, make_person(name=OWNER, email="kunigunde@aldersund.example"))
    return type(charger).objects.get(pk=charger.pk)


def links_of(page) -> set[str]:
    found = re.findall(r'href="(/[^"#?]*)', page)
    return {a for a in found if a.startswith(("/chargers/", "/installations/", "/requests/"))}


def test_the_next_owner_reads_nothing_that_the_last_one_typed_on_any_page_or_mail(run_outbox):
    charger = place_named_by_its_owner()
    ticket = asked(charger)
    accept(ticket, "label")
    name_claimant(ticket, charger.owner(clock.now()))
    run_outbox()
    assert reload(ticket).state == "completed"
    browser, waiting, seen = at_browser(ticket.claimant), ["/", "/chargers/", "/requests/"], set()

    while waiting and len(seen) < 60:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = browser.get(address).content.decode()
        told = page.replace("Plass Aldersund", "LEAK")
        for word in ("Kunigunde", "Aldersund", "LEAK", TYPED):
            assert word not in told, (address, word)
        waiting += links_of(page) - seen

    assert reverse("chargers:settings", args=[charger.uid]) in seen
    mine = [m for m in mail.outbox if ticket.claimant.email in m.to]
    assert mine
    for message in mine:
        assert "Aldersund" not in message.subject + message.body + message.alternatives[0][0]


def test_its_own_owner_reads_the_bay_as_it_is_on_record():
    charger = place_named_by_its_owner()
    owner = charger.owner(clock.now())

    page = at_browser(owner).get(reverse("chargers:charger", args=[charger.uid])).text

    assert "Plass Aldersund" in page


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    first=st.sampled_from(["Åse", "Jean-Luc", "Øystein", "Zoë", "Renée", "Bo"]),
    last=st.sampled_from(["Straße", "D'Angelo", "Nyström", "Østby", "Smith-Jones", "Lee"]),
    case=st.sampled_from([str.upper, str.lower, str.title, str]),
    around=st.sampled_from(["{}", "Bolig {}", "{} 2", "c/o {}", "H0203/{}", "({})"]),
)
def test_a_bay_named_after_somebody_is_told_to_them_alone(first, last, case, around):
    charger = place_charger()
    former, reader = make_person(name=f"{first} {last}"), make_person(name="Nina Ny")
    make_owner(charger, former)
    charger.unit = around.format(case(last))

    assert unit_for(charger, reader) == ""
    assert unit_for(charger, former) == charger.unit


@pytest.mark.parametrize("unit", ["", "H0203", "12", "B 7", "2. etg. venstre", "Plass 14"])
def test_an_ordinary_bay_is_told_to_everybody(unit):
    charger = place_named_by_its_owner()
    charger.unit = unit

    assert unit_for(charger, make_person()) == unit


def household_letter(unit):
    charger = place_named_by_its_owner()
    Installation.objects.filter(pk=charger.installation_id).update(unit=unit)
    charger = type(charger).objects.get(pk=charger.pk)
    return letters.send(ticket=asked(charger), to="household", at=clock.now())


def printed() -> str:
    found = Path(letters.letterpress.settings.LETTERS_DIR).glob("*/letters-*")
    return "".join(path.read_bytes().decode("latin-1") for path in found)


@pytest.mark.parametrize("unit", [f"c/o {OWNER}", "Aldersund", "ring kunigunde@aldersund.example"])
def test_a_letter_to_the_household_that_would_name_the_owner_is_held_back(unit):
    letter = household_letter(unit)

    letters.print_due(at=clock.now())
    letters.print_due(at=clock.now())

    letter = Letter.objects.get(pk=letter.pk)
    assert letter.held_at and not letter.printed_at and not letter.arrives_at
    assert "ldersund" not in printed()
    stream = Event.objects.filter(stream=f"letter:{letter.uid}")
    assert [e.kind for e in stream.order_by("number")] == ["letter_made", "letter_held"]
    page = desk_of().get(reverse("support:desk-undelivered")).text
    assert letter.ticket.request_code in page and "ldersund" in page.lower()


def test_it_goes_out_once_the_address_is_mended():
    letter = household_letter("Aldersund")
    letters.print_due(at=clock.now())
    Installation.objects.filter(pk=letter.charger.installation_id).update(unit="H0203")

    letters.print_due(at=clock.now())

    letter = Letter.objects.get(pk=letter.pk)
    assert letter.printed_at and letter.held_at is None


def test_an_ordinary_letter_to_the_household_and_to_the_owner_goes_out():
    charger = place_named_by_its_owner()
    ticket, owner = asked(charger), charger.owner(clock.now())
    ContactPoint.objects.create(
        user=owner, kind="post", value="Bakkegata 4, 5003 Bergen", valid_from=owner.joined_at,
        source="import",
    )  # fmt: skip
    home = letters.send(ticket=ticket, to="household", at=clock.now())
    mine = letters.send(ticket=ticket, to="owner", at=clock.now())
    tenure = Tenure.objects.owners().get(charger=charger)
    code = letters.send(tenure=tenure, to="owner", at=clock.now())

    letters.print_due(at=clock.now())

    assert Letter.objects.exclude(printed_at=None).count() == 3, (home, mine, code)
    assert Client().get("/").status_code == 200
