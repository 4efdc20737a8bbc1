"""An owner who leaves: several at once, nobody in particular, the card, what still has access."""

import pytest

from accounts import throttles
from chargers.models import Charger, OwnerState
from records import clock
from support.machine import State
from support.models import Answer, ClosingStep, LeavingTick, Ticket
from support.notifications import notify
from support.services import answers
from tests.factories import make_person, make_ticket, own, place_charger
from tests.support.public_world import at_browser, fill, text, url

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
TO = {"to_name": "Nina Ny", "to_email": "nina.ny@example.com", "when": "now"}


def owner_of(count, **fields):
    """Return an owner of so many chargers, and the chargers."""
    chargers = [place_charger() for _number in range(count)]
    owner = own(chargers[0], **fields)
    for charger in chargers[1:]:
        own(charger, owner, **fields)
    return owner, chargers


def state_of(charger):
    return Charger.objects.get(pk=charger.pk).owner_state


def uids(chargers):
    return [str(charger.uid) for charger in chargers]


# --- Several at once ---


def test_several_chargers_are_offered_at_once():
    owner, chargers = owner_of(3)
    client = at_browser(owner)

    response = fill(client, url("leaving"), chargers=uids(chargers[:2]), **TO)

    assert response.status_code == 302
    made = Ticket.objects.filter(offered_by=owner, state=State.OFFERED)
    assert {ticket.charger for ticket in made} == set(chargers[:2])
    assert {ticket.claimant.email for ticket in made} == {"nina.ny@example.com"}


def test_where_one_cannot_be_offered_none_is_and_the_page_names_it():
    owner, chargers = owner_of(2)
    client = at_browser(owner)
    fill(client, url("offer-new", chargers[1].uid), **TO)

    response = fill(client, url("leaving"), chargers=uids(chargers), **TO)

    assert response.status_code == 422
    assert f"{chargers[1].serial}: This charger is on offer already" in text(response)
    assert 'value="nina.ny@example.com"' in text(response)
    assert Ticket.objects.filter(offered_by=owner).count() == 1


def test_an_unestablished_owner_offers_nothing():
    owner, chargers = owner_of(1, established=False)

    response = fill(at_browser(owner), url("leaving"), chargers=uids(chargers), **TO)

    assert response.status_code == 422
    assert "Show first that the charger is yours" in text(response)


def test_somebody_elses_charger_cannot_be_chosen():
    owner, _chargers = owner_of(1)
    _other, theirs = owner_of(1)

    response = fill(at_browser(owner), url("leaving"), chargers=uids(theirs), **TO)

    assert response.status_code == 422
    assert "Choose from your own chargers" in text(response)
    assert theirs[0].serial not in text(response)


def test_an_own_address_is_refused_beside_its_field():
    owner, chargers = owner_of(1)
    to = TO | {"to_email": owner.email}

    response = fill(at_browser(owner), url("leaving"), chargers=uids(chargers), **to)

    assert "This is your own address" in text(response)


def test_offers_count_each(monkeypatch):
    limit = throttles.Limit("offers_person", 2, throttles.DAY, "Go on tomorrow.")
    monkeypatch.setattr(throttles, "OFFERS_BY_PERSON", limit)
    owner, chargers = owner_of(3)

    response = fill(at_browser(owner), url("leaving"), chargers=uids(chargers), **TO)

    assert response.status_code == 429
    assert not Ticket.objects.exists()


# --- To nobody in particular ---


def test_an_owner_leaves_without_naming_anybody_and_takes_it_back():
    owner, [charger] = owner_of(1)
    client = at_browser(owner)

    fill(client, url("vacate", charger.uid))
    assert Answer.objects.get(void_at=None).kind == "vacated"
    assert state_of(charger) == OwnerState.RELEASED
    assert "It is still mine after all" in text(client.get(url("vacate", charger.uid)))

    fill(client, url("vacate", charger.uid))
    assert Answer.objects.get(void_at=None).kind == "still_mine"
    assert state_of(charger) == OwnerState.KNOWN


def test_a_yes_needs_a_fresh_proof():
    owner, [charger] = owner_of(1)

    client = at_browser(owner)
    session = client.session
    session.update({"authenticated_at": 0, "staff_proved_at": 0})
    session.save()

    response = client.post(url("vacate", charger.uid))

    assert response.status_code == 403
    assert not Answer.objects.exists()


@pytest.mark.parametrize("page", ["vacate", "card", "leaving-list", "charger-requests"])
def test_what_is_not_ones_own_does_not_exist(page):
    _owner, [charger] = owner_of(1)
    stranger = at_browser(make_person())

    assert stranger.get(url(page, charger.uid)).status_code == 404
    if page != "card":
        assert stranger.post(url(page, charger.uid)).status_code == 404


# --- The card ---


def test_the_card_has_the_serial_and_no_name_pin_or_code():
    owner, [charger] = owner_of(1)
    fill(at_browser(owner), url("offer-new", charger.uid), **TO)

    page = text(at_browser(owner).get(url("card", charger.uid)))

    article = page.split("<article")[1].split("</article>")[0]
    assert charger.serial in article and "http://testserver/" in article
    for secret in (owner.name, owner.email, Ticket.objects.get().request_code, "Nina"):
        assert secret not in article


# --- What else has access ---


def test_ticks_are_kept_and_taken_away_again():
    owner, [charger] = owner_of(1)
    client, page = at_browser(owner), url("leaving-list", charger.uid)

    fill(client, page, done=["app", "cards"])
    first = LeavingTick.objects.get(kind="app").done_at
    fill(client, page, done=["app"])

    [tick] = LeavingTick.objects.all()
    assert (tick.kind, tick.done_at) == ("app", first)
    assert 'id="done-app" checked' in text(client.get(page))


def test_a_tick_of_no_list_is_refused():
    owner, [charger] = owner_of(1)

    response = fill(at_browser(owner), url("leaving-list", charger.uid), done=["nonsense"])

    assert response.status_code == 422
    assert not LeavingTick.objects.exists()


def test_the_system_ticks_what_it_sees():
    owner, [charger] = owner_of(1)
    now = clock.now()
    done = make_ticket(State.COMPLETED, charger=charger)
    tenure = charger.owner_tenure(now)
    Ticket.objects.filter(pk=done.pk).update(former_tenure=tenure)
    page = url("leaving-list", charger.uid)
    assert text(at_browser(owner).get(page)).count("<strong>not yet</strong>") == 2

    answers.answer(charger_id=charger.pk, party=owner, kind="vacated", code_proved=True)
    ClosingStep.objects.create(
        ticket=done, kind="owner_removed", made_at=now, done_at=now, batch_uid=charger.uid
    )

    assert "<strong>not yet</strong>" not in text(at_browser(owner).get(page))


def test_who_has_left_finds_the_list_for_ninety_days(pass_time):
    owner, [charger] = owner_of(1)
    tenure = charger.owner_tenure(clock.now())
    tenure.ends_at = clock.now()
    tenure.save()
    page = url("leaving-list", charger.uid)

    assert at_browser(owner).get(page).status_code == 200
    pass_time(days=91)
    assert at_browser(owner).get(page).status_code == 404


# --- Requests about my chargers ---


def test_an_owner_sees_the_requests_they_were_told_of_and_no_others():
    owner, [charger] = owner_of(1)
    told, untold = (make_ticket(State.AWAITING_OWNER, charger=charger) for _n in range(2))
    notify("owner_asked", at=clock.now(), ticket=told, person=owner)
    client, page = at_browser(owner), url("charger-requests", charger.uid)

    shown = text(client.get(page))

    assert told.reference in shown and "Waits for your answer" in shown
    assert untold.reference not in shown
    for secret in (told.request_code, told.claimant_name, told.claimant.email):
        assert secret not in shown
    response = fill(client, page)
    assert response.url.startswith("/answer/")
    assert client.get(response.url).status_code == 200
