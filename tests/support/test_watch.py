"""What the records of reads give away: browsing, idle searches, decoys, refused and many PINs."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Role
from chargers.models import Reveal, Tenure
from chargers.services import decoys as keeping
from records import clock
from records.models import Access, Alert
from support.services import alerts, search, watch
from support.tasks import watch_reads
from tests.chargers.world import make_charger, make_owner, make_person, make_staff
from tests.factories import asked, place_charger
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db


def looks(person, how_many, *, what="ticket", ago=timedelta(0), apart=timedelta(seconds=60), of=0):
    """Put looks at so many different things on record, the last one so long ago."""
    last = clock.now() - ago
    Access.objects.bulk_create(
        Access(
            at=last - apart * (how_many - 1 - n),
            actor=person,
            by_link="",
            what=what,
            subject=f"ticket:{of + n}",
        )
        for n in range(how_many)
    )


def raised():
    return sorted(Alert.objects.filter(acknowledged_at=None).values_list("kind", flat=True))


def look_into(alert):
    return alerts.acknowledge(uid=alert.uid, by=make_staff(Role.AUDITOR), note="It was fine.")


@pytest.fixture
def agent():
    return make_staff(Role.AGENT)


# --- Browsing ---


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        ({"how_many": 30}, []),
        ({"how_many": 31}, ["browsing"]),
        ({"how_many": 31, "ago": timedelta(hours=5)}, ["browsing"]),
        ({"how_many": 60, "apart": timedelta(minutes=3)}, []),
        ({"how_many": 60, "what": "evidence"}, []),
    ],
)
def test_more_than_thirty_tickets_within_any_hour_is_browsing(agent, how, kinds):
    looks(agent, **how)

    watch.run()

    assert raised() == kinds
    assert not kinds or Alert.objects.get().actor == agent


def test_the_same_ticket_again_and_again_is_work(agent):
    for _n in range(4):
        looks(agent, 12, apart=timedelta(seconds=30))

    watch.run()

    assert raised() == []


def test_it_is_raised_once_counts_up_with_new_looks_and_begins_anew_when_looked_into(agent):
    looks(agent, 31)
    watch_reads()
    watch_reads()
    alert = Alert.objects.get()
    assert alert.times == 1 and alert.data == {"tickets": 31}

    looks(agent, 1, of=100)
    watch_reads()
    assert Alert.objects.get().times == 2

    look_into(alert)
    watch_reads()
    assert raised() == []
    looks(agent, 31, apart=timedelta(microseconds=1), of=200)
    watch_reads()
    assert raised() == ["browsing"]


# --- Searches that lead nowhere ---


def test_searches_that_open_nothing_are_told(agent):
    looks(agent, 6, what="search", ago=timedelta(minutes=11))

    watch.run()

    assert raised() == ["idle_searches"]


def test_searches_after_which_a_ticket_is_opened_are_work(agent):
    looks(agent, 6, what="search", ago=timedelta(minutes=20), apart=timedelta(minutes=5))
    looks(agent, 6, what="ticket", ago=timedelta(minutes=18), apart=timedelta(minutes=5))

    watch.run()

    assert raised() == []


def test_a_search_of_this_minute_may_still_lead_somewhere(agent):
    looks(agent, 6, what="search")

    watch.run()

    assert raised() == []


# --- Decoys ---


@pytest.fixture
def decoy():
    charger = place_charger()
    call_command("decoys", add=charger.serial, stdout=StringIO())
    return charger


def test_a_look_at_a_decoy_is_told_with_who_it_was(decoy):
    client = desk_of(Role.AUDITOR)
    client.get(reverse("chargers:exposure", args=[decoy.uid]))

    watch.run()
    watch.run()

    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.actor) == ("decoy", decoy.stream, client.person)
    assert alert.times == 1


def test_a_request_for_a_decoy_is_told_and_so_is_opening_it(decoy, agent):
    ticket = asked(decoy, items=())
    watch.run()
    assert Alert.objects.get().actor == ticket.claimant

    at_browser(agent).get(reverse("support:desk-ticket", args=[ticket.request_code]))
    watch.run()

    assert Alert.objects.get().times == 2


def test_a_search_that_shows_a_decoy_is_told(decoy, agent):
    ticket = asked(decoy, items=())
    watch.run()
    before = Alert.objects.get().times

    search.find(text=ticket.request_code, by=agent)
    search.find(text="nothing like it", by=agent)
    watch.run()

    assert Alert.objects.get().times == before + 1
    assert Access.objects.get(what="search_hit").actor == agent


def test_looking_into_an_alert_touches_no_decoy(decoy):
    desk_of(Role.AUDITOR).get(f"{reverse('support:audit')}?charger={decoy.uid}")

    watch.run()

    assert raised() == []


def test_no_page_of_staff_tells_a_decoy(decoy):
    other = place_charger()
    pages = []
    for charger in (decoy, other):
        ticket = asked(charger, items=())
        client = desk_of(Role.SENIOR)
        page = client.get(reverse("support:desk-ticket", args=[ticket.request_code]))
        pages.append(page.content.decode())

    assert "decoy" not in pages[0].lower() and "decoy" not in pages[1].lower()
    fields = {field.name for field in type(decoy)._meta.get_fields()}
    assert not [name for name in fields if "decoy" in name]


def test_the_command_adds_lists_and_removes(decoy):
    out = StringIO()
    call_command("decoys", stdout=out)
    assert decoy.serial in out.getvalue()
    assert keeping.add(decoy) is False

    out = StringIO()
    call_command("decoys", remove=decoy.serial, stdout=out)
    assert decoy.serial not in out.getvalue() and keeping.remove(decoy) is False
    with pytest.raises(CommandError, match="No charger"):
        call_command("decoys", add="ZAP999999")


# --- PINs ---


def test_three_refused_pins_of_one_person_and_at_one_charger_are_told():
    person, charger = make_person(), make_charger()
    for _n in range(2):
        Access.objects.create(
            at=clock.now(), actor=person, what="pin_refused", subject=charger.stream
        )
    watch.run()
    assert raised() == []

    Access.objects.create(at=clock.now(), actor=person, what="pin_refused", subject=charger.stream)
    watch.run()
    watch.run()

    assert raised() == ["failed_reveals", "failed_reveals"]
    subjects = set(Alert.objects.values_list("subject", flat=True))
    assert subjects == {charger.stream, f"person:{person.uid}"}
    assert set(Alert.objects.values_list("times", flat=True)) == {1}


@pytest.mark.parametrize(("chargers", "kinds"), [(9, []), (10, ["many_reveals"])])
def test_ten_chargers_a_day_of_one_person_are_told(chargers, kinds):
    person = make_person()
    for _n in range(chargers):
        charger = make_charger()
        make_owner(charger, person)
        tenure = Tenure.objects.get(charger=charger)
        Reveal.objects.create(charger=charger, person=person, at=clock.now(), tenure=tenure)

    watch.run()
    watch.run()

    assert raised() == kinds
    assert not kinds or Alert.objects.get().times == 1
