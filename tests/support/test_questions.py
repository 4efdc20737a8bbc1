"""One question to all sides of a dispute: each by their own way, none told of another."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django_fsm import TransitionNotAllowed

from accounts.models import Role, User
from records import clock
from records.models import Event
from support.machine import State
from support.models import Dispute, Link, Question
from support.services import answers, assigning, links, own_data, questions
from support.services.forgetting import forget_ticket
from tests.factories import asked, make_agent, make_person, make_staff, own, place_charger, reload
from tests.support.desk_world import at_browser, desk_of, page
from tests.support.public_world import text, url

pytestmark = pytest.mark.django_db
OWNER, CLAIMANT = "Ottokar Eigentuemerich", "Nina Nyinnflyttet"
WORDS = "When did you last charge here? Your serial is {serial}, {name}."


@pytest.fixture
def dispute(run_outbox) -> Dispute:
    """An owner on record objects to a claim: one dispute with two sides."""
    charger = place_charger()
    owner = own(charger, make_person(name=OWNER))
    asked(charger)
    answers.answer(charger_id=charger.pk, party=owner, kind="still_mine")
    run_outbox()
    mail.outbox.clear()
    # A bare claim is stopped alone; here it is one that counts.
    found = Dispute.objects.create(charger=charger, opened_at=clock.now())
    found.tickets.add(charger.tickets.get())
    return found


def send(client, dispute, **fields):
    codes = list(dispute.tickets.values_list("request_code", flat=True))
    fields = {"act": "message", "code": codes, "dispute": dispute.uid, "body": WORDS} | fields
    return client.post(url("desk-bulk"), fields)


def owner_side(dispute) -> questions.Side:
    return questions.sides(dispute, clock.now())[0]


def ask(dispute, body="When did you last charge here?") -> Question:
    side = owner_side(dispute)
    return questions.ask(dispute_uid=dispute.uid, by=make_agent(), side=side, body=body)


def at_link(question):
    """A browser in which the party opened the link of the mail."""
    client = at_browser(None)
    link = Link.objects.get(party=question.party, as_board=question.as_board)
    client.get(url("link", links.token(link)))
    return client, link


def answer(client, link, question, words="Last week."):
    return client.post(url("answer-words", link.uid), {"question": question.uid, "words": words})


def test_every_side_is_asked_the_same_and_none_learns_of_another(dispute, run_outbox, later):
    client = desk_of()
    ticket, owner = dispute.tickets.get(), owner_side(dispute).party

    shown = text(send(client, dispute, preview="1"))
    done = send(client, dispute, do="1")
    results = text(client.get(done.url))
    later(seconds=11)
    run_outbox()

    assert "The owner on record" in shown and OWNER in shown and CLAIMANT in shown
    assert "The question is on its way." in results and "The message is on its way." in results
    mails = {one.to[0]: f"{one.subject}\n{one.body}" for one in mail.outbox}
    assert set(mails) == {owner.email, ticket.claimant.email}
    to_owner, to_claimant = mails[owner.email], mails[ticket.claimant.email]
    assert "When did you last charge here?" in " ".join(to_owner.split())
    assert "When did you last charge here?" in " ".join(to_claimant.split())
    for told in ("Nyinnflyttet", ticket.request_code, ticket.claimant.email):
        assert told not in to_owner
    assert "Eigentuemerich" not in to_claimant and owner.email not in to_claimant


def test_the_owner_answers_by_the_link_and_only_the_desk_reads_it(dispute):
    question = ask(dispute)
    browser, link = at_link(question)

    shown = text(browser.get(url("answer", link.uid)))
    response = answer(browser, link, question, "On Monday, <b>twice</b>.")

    ticket = reload(dispute.tickets.get())
    assert question.body in shown and response.status_code == 302
    assert question.body not in text(browser.get(url("answer", link.uid)))
    assert ticket.unread_reply_at and ticket.state == State.DISPUTED
    at_desk = text(desk_of().get(url("desk-dispute", dispute.uid)))
    assert "On Monday, &lt;b&gt;twice&lt;/b&gt;." in at_desk
    assert "On Monday" in text(desk_of().get(page(ticket)))
    claimant = at_browser(ticket.claimant)
    assert "On Monday" not in text(claimant.get(ticket.get_absolute_url()))
    assert Event.objects.get(kind="party_wrote").by_what == "party"


def test_an_answer_is_taken_once_and_not_when_it_is_over(dispute):
    first, second = ask(dispute), ask(dispute, "And before that?")
    browser, link = at_link(first)
    answer(browser, link, first)

    assert answer(browser, link, first, "Another.").status_code == 409
    assert Question.objects.get(pk=first.pk).answer == "Last week."
    assert answer(browser, link, second, "").status_code == 422
    Question.objects.filter(pk=second.pk).update(ticket=asked(place_charger()))
    assert answer(browser, link, second).status_code == 403


def test_nobody_answers_for_another(dispute):
    question = ask(dispute)
    other = place_charger()
    link = links.make(purpose="owner", charger=other, at=clock.now(), party=own(other))

    with pytest.raises(PermissionDenied):
        questions.answer(question_uid=question.uid, link=link, words="Mine.")
    assert at_browser(None).post(url("answer-words", link.uid), {}).status_code == 403


def test_words_that_tell_of_the_claimant_do_not_go_to_the_owner(dispute):
    with pytest.raises(ValidationError, match="another party"):
        ask(dispute, f"Do you know {CLAIMANT}?")
    shown = text(send(desk_of(), dispute, body="What of {code}?", preview="1"))
    assert "There is no placeholder {code}." in shown and not Question.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.charger.tickets.update(fears_owner=True), "Nobody there may be told"),
        (lambda d: User.objects.filter(name=OWNER).update(email=""), "no mail address"),
        (lambda d: Dispute.objects.update(closed_at=clock.now()), "is closed"),
    ],
)
def test_who_may_not_be_asked_is_left_out_with_the_reason(dispute, change, says):
    change(dispute)
    client = desk_of()
    assert says in text(send(client, dispute, preview="1"))
    assert says in text(client.get(send(client, dispute, do="1").url))
    assert not Question.objects.exists()


def test_onlookers_and_parties_ask_nobody(dispute):
    side = owner_side(dispute)
    for person in (make_staff(Role.AUDITOR), dispute.tickets.get().claimant, side.party):
        with pytest.raises(PermissionDenied):
            questions.ask(dispute_uid=dispute.uid, by=person, side=side, body="When?")


def test_a_partys_word_brings_back_what_was_put_aside(dispute):
    question = ask(dispute)
    ticket = dispute.tickets.get()
    assigning.snooze(ticket_id=ticket.pk, by=make_agent(), until_at=clock.now() + timedelta(days=9))

    link = Link.objects.get(party=question.party)
    questions.answer(question_uid=question.uid, link=link, words="Last week.")

    assert reload(ticket).snoozed_until is None


def test_questions_go_with_their_request_and_are_in_the_partys_own_copy(dispute):
    question = ask(dispute)
    link = Link.objects.get(party=question.party)
    questions.answer(question_uid=question.uid, link=link, words=f"Ask {CLAIMANT}.")

    copied = list(own_data._questions(question.party))
    forget_ticket(question.ticket, at=clock.now())

    assert copied[0]["asked"] == question.body and "Nyinnflyttet" not in copied[0]["said"]
    kept = Question.objects.get(pk=question.pk)
    assert (kept.body, kept.answer) == ("", "") and kept.answered_at
    with pytest.raises(TransitionNotAllowed):
        questions.answer(question_uid=question.uid, link=link, words="Again.")
