"""An owner who leaves: several at once, nobody in particular, the card, what still has access."""

import pytest

from accounts import throttles
from chargers.models import Charger, OwnerState
from records import clock
from support.machine import State
from support.models import Answer, ClosingStep, LeavingTick, Link, Ticket
from support.notifications import notify
from support.services import answers, freezes, offers, tickets
from tests.factories import make_person, make_ticket, own, place_charger, reload
from tests.support.public_world import at_browser, fill, opened, text, type_code, url

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
TO = {"to_name": "Nina Ny", "to_email": "nina.ny@example.com", "when": "now"}


def owner_of(count, **fields):
    """Return an owner of so many chargers, and the chargers."""
    chargers = [place_charger() for _number in range(count)]
    owner = own(chargers[0], **fields)
    for charger in chargers[1:]:
        own(charger, owner, **fields)
    return owner, chargers


def long_ago(person):
    """Return the browser of somebody who proved their address long ago."""
    client = at_browser(person)
    session = client.session
    session.update({"authenticated_at": 0, "staff_proved_at": 0})
    session.save()
    return client


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


def offered(count):
    """Return the tickets of so many chargers that one owner offers to one person, and the link."""
    owner, chargers = owner_of(count)
    fill(at_browser(owner), url("leaving"), chargers=uids(chargers), **TO)
    return list(Ticket.objects.filter(offered_by=owner).order_by("charger_id")), Link.objects.get()


def accepted(link):
    """Let the receiver type the code and say yes; return the browser and the last answer."""
    receiver = opened(link)
    fill(receiver, url("offer", link.uid))
    confirm = type_code(receiver, link, "offer-code")
    return receiver, lambda: fill(receiver, confirm.url)


def test_one_mail_lists_what_is_offered_at_once(run_outbox, mailoutbox):
    made, _link = offered(3)
    run_outbox()

    (sent,) = [mail for mail in mailoutbox if mail.to == ["nina.ny@example.com"]]
    words = " ".join(sent.body.split())
    assert "3 charging stations" in words
    for ticket in made:
        assert f"serial number ending in {ticket.serial[-3:]}: {ticket.request_code}" in words


def test_its_link_accepts_all_of_them():
    made, link = offered(2)
    receiver, confirm = accepted(link)
    page = text(receiver.get(url("offer-confirm", link.uid)))
    assert "Take over 2 chargers?" in page

    response = confirm()

    assert response.url == url("tickets")
    assert "You have accepted 2." in text(receiver.get(response.url))
    assert {reload(ticket).state for ticket in made} == {State.COLLECTING}


def test_one_that_was_cancelled_meanwhile_leaves_the_other():
    (first, second), link = offered(2)
    _receiver, confirm = accepted(link)
    tickets.withdraw(ticket_id=first.pk, by=first.offered_by)

    assert confirm().status_code == 302
    assert reload(first).state == State.WITHDRAWN
    assert reload(second).state == State.COLLECTING


def test_one_that_is_being_looked_into_is_named_and_the_other_is_accepted():
    (first, second), link = offered(2)
    receiver, confirm = accepted(link)
    freezes.freeze_charger(charger_id=first.charger_id, by=first.offered_by)

    page = text(receiver.get(confirm().url))

    assert f"…{first.serial[-3:]}: This charger is being looked into" in page
    assert (reload(first).state, reload(second).state) == (State.OFFERED, State.COLLECTING)


def test_an_offer_that_the_person_has_not_seen_is_not_accepted_with_it():
    (first, second), link = offered(2)
    _receiver, confirm = accepted(link)
    third = place_charger()
    own(third, first.offered_by)
    fill(at_browser(first.offered_by), url("offer-new", third.uid), **TO)

    confirm()

    assert Ticket.objects.get(charger=third).state == State.OFFERED
    assert reload(second).state == State.COLLECTING


def test_a_no_declines_all_of_them():
    made, link = offered(2)

    opened(link).post(url("offer-decline", link.uid))

    assert {reload(ticket).state for ticket in made} == {State.WITHDRAWN}


def mails_to(mailoutbox, address):
    """Return the subject and the words of each mail to somebody."""
    sent = [mail for mail in mailoutbox if mail.to == [address]]
    return [(mail.subject, " ".join(mail.body.split())) for mail in sent]


def only_mail_to(mailoutbox, address, made):
    """Return subject and words of the one mail to somebody, which names each of these offers."""
    ((subject, words),) = mails_to(mailoutbox, address)
    for ticket in made:
        assert f"serial number ending in {ticket.serial[-3:]}: {ticket.request_code}" in words
    return subject, words


def test_who_offered_several_hears_once_that_they_were_accepted(run_outbox, mailoutbox):
    made, link = offered(3)
    owner, all_of_them = made[0].offered_by, [ticket.pk for ticket in made]
    offers.accept_all(ticket_ids=all_of_them, by=link.party)
    offers.accept_all(ticket_ids=all_of_them, by=link.party)  # once more is no news

    run_outbox()

    subject, words = only_mail_to(mailoutbox, owner.email, made)
    assert subject.startswith("Your offers were accepted")
    assert "Your offers of 3 charging stations" in words and "http://testserver/offers/" in words


def test_who_offered_several_hears_once_that_the_receiver_said_no(run_outbox, mailoutbox):
    made, link = offered(2)
    opened(link).post(url("offer-decline", link.uid))

    run_outbox()

    _subject, words = only_mail_to(mailoutbox, made[0].offered_by.email, made)
    assert "You offered 2 charging stations to somebody, and they said no" in words


def test_of_offers_that_run_out_together_each_side_hears_once(later, run_outbox, mailoutbox):
    made, link = offered(3)
    run_outbox()
    mailoutbox.clear()

    later(days=200)
    run_outbox()

    assert {reload(ticket).state for ticket in made} == {State.EXPIRED}
    _subject, words = only_mail_to(mailoutbox, made[0].offered_by.email, made)
    assert "they were not accepted in time" in words
    _subject, words = only_mail_to(mailoutbox, link.party.email, made)
    assert "3 charging stations were offered to you, and the offers have run out" in words


def test_an_accepted_offer_that_is_withdrawn_is_told_to_its_owner(run_outbox, mailoutbox):
    [ticket], link = offered(1)
    offers.accept(ticket_id=ticket.pk, by=link.party)
    tickets.withdraw(ticket_id=ticket.pk, by=link.party)
    run_outbox()

    told = mails_to(mailoutbox, ticket.offered_by.email)
    assert [subject for subject, _words in told] == [
        f"Your offer {ticket.request_code} was accepted",
        f"Your offer was not accepted: {ticket.request_code}",
    ]


# --- The receiver, signed in ---


def test_the_receiver_accepts_what_they_choose_after_a_fresh_code():
    made, link = offered(3)
    client, page = at_browser(link.party), url("offer-take", made[0].request_code)
    own_page = text(client.get(made[0].get_absolute_url()))
    assert page in own_page and f"serial number ending in {made[0].serial[-3:]}" in own_page
    shown = text(client.get(page))
    assert all(f"…{ticket.serial[-3:]}" in shown for ticket in made)

    response = fill(client, page, offers=[ticket.request_code for ticket in made[1:]])

    assert response.url == url("tickets")
    states = [reload(ticket).state for ticket in made]
    assert states == [State.OFFERED, State.COLLECTING, State.COLLECTING]
    response = fill(client, page, offers=[made[0].request_code])
    assert response.url == made[0].get_absolute_url()
    assert client.get(page).url == made[0].get_absolute_url()


def test_without_a_fresh_code_nothing_is_accepted():
    [ticket], link = offered(1)
    client = long_ago(link.party)

    response = client.post(
        url("offer-take", ticket.request_code), {"offers": [ticket.request_code]}
    )

    assert response.status_code == 403
    assert reload(ticket).state == State.OFFERED


def test_nobody_takes_what_was_offered_to_somebody_else():
    [ticket], _link = offered(1)
    stranger, sent = at_browser(make_person()), {"offers": [ticket.request_code]}

    for page in ("offer-take", "offer-refuse"):
        assert stranger.post(url(page, ticket.request_code), sent).status_code == 404
    assert reload(ticket).state == State.OFFERED


def test_an_offer_that_has_gone_is_named_and_nothing_is_accepted():
    (first, second), link = offered(2)
    client = at_browser(link.party)
    tickets.withdraw(ticket_id=first.pk, by=first.offered_by)
    codes = [first.request_code, second.request_code]

    response = fill(client, url("offer-take", second.request_code), offers=codes)

    assert response.status_code == 422 and "no longer on offer" in text(response)
    assert reload(second).state == State.OFFERED


def test_the_receiver_says_no_to_one_and_the_other_waits_on():
    (first, second), link = offered(2)
    client = long_ago(link.party)

    response = client.post(url("offer-refuse", first.request_code))

    assert "You have said no to this offer" in text(client.get(response.url))
    assert (reload(first).state, reload(second).state) == (State.WITHDRAWN, State.OFFERED)
    assert client.post(url("offer-refuse", first.request_code)).status_code == 409


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

    response = long_ago(owner).post(url("vacate", charger.uid))

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
