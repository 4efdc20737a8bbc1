"""One question to all sides of a dispute: each by their own way, none told of another."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django_fsm import TransitionNotAllowed
from pikepdf import Pdf

from accounts.models import ContactPoint, InstallerFirm, Role, User
from chargers.models import Charger
from records import clock
from records.models import Event
from support import letterpress
from support.machine import State
from support.models import Dispute, FirmAnswer, Letter, Link, Notice, Question
from support.services import (
    answers,
    assigning,
    clocks,
    dossiers,
    letter_silence,
    letters,
    links,
    own_data,
    questions,
)
from support.services.forgetting import forget_ticket
from tests.chargers.world import make_service
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
        (lambda d: d.charger.tickets.update(fears_owner=True), "nobody there may be told"),
        (lambda d: User.objects.filter(name=OWNER).update(email=""), "no postal address"),
        (lambda d: Dispute.objects.update(closed_at=clock.now()), "is closed"),
    ],
)
def test_who_may_not_be_asked_is_left_out_with_the_reason(dispute, change, says):
    change(dispute)
    client = desk_of()
    assert says in text(send(client, dispute, preview="1"))
    assert says in text(client.get(send(client, dispute, do="1").url))
    assert not Question.objects.exists()


def no_mail(dispute, *, post="Bakkegata 4, 5003 Bergen, Norway") -> User:
    """Make the owner somebody known by a postal address alone."""
    owner = owner_side(dispute).party
    User.objects.filter(pk=owner.pk).update(email="")
    ContactPoint.objects.create(
        user=owner, kind="post", value=post, valid_from=clock.now(), source="import"
    )
    return owner


def printed() -> str:
    made = letters.print_due(at=clock.now())
    with Pdf.open(made.pdf) as pdf:
        pages = [page.Contents.read_bytes().decode("latin-1") for page in pdf.pages]
    return letterpress.text_of(letterpress.Page(made.letters[0], [], "", "")), "".join(pages)


def test_an_owner_without_a_mail_address_is_asked_by_letter_and_answers_by_its_code(dispute):
    owner = no_mail(dispute)
    client = desk_of()
    assert "by a letter to their own address" in text(send(client, dispute, preview="1"))

    done = client.get(send(client, dispute, do="1", body="Did you <b>sell</b> it?").url)

    assert "in the next print file" in text(done)
    letter = Letter.objects.get(to="owner", question__party=owner)
    words, page = printed()
    way_in = links.code_of(Link.objects.get(party=owner))
    assert "Did you &lt;b&gt;sell&lt;/b&gt; it?" in words and way_in in page
    assert CLAIMANT not in words and dispute.tickets.get().request_code not in words
    browser = at_browser(None)
    assert browser.post(url("link-code"), {"link_code": way_in}).status_code == 302
    link = Link.objects.get(party=owner)
    answer(browser, link, letter.question, "I moved in May.")
    assert Question.objects.get().answer == "I moved in May."
    assert not dispute.tickets.get().deadlines.filter(kind="letter", done_at=None).exists()


def test_a_question_by_letter_is_no_notice_and_goes_to_who_was_asked(dispute, monkeypatch):
    owner = no_mail(dispute)
    question = ask(dispute)
    letter = Letter.objects.get(question=question)
    with monkeypatch.context() as patch:
        patch.setattr(Charger, "owner", lambda *_args: make_person(name="Somebody Else"))
        assert letter_silence.owner_of(letter) == owner

    letter.printed_at = letter.arrives_at = clock.now() - timedelta(days=1)
    letter.save()
    dossier = dossiers.read(dispute.tickets.get(), clock.now())
    assert letter.pk in {each.pk for each in dossier.letters}
    tenure = dispute.charger.owner_tenure(clock.now())
    untold = SimpleNamespace(ticket=dossier.ticket, tenure=tenure, notices=[], at=clock.now())
    assert clocks._owner(untold, [letter]).at is None
    letter.question = None
    assert clocks._owner(untold, [letter]).at == letter.arrives_at


def test_a_letter_holds_a_short_question_only(dispute):
    no_mail(dispute)
    client = desk_of()
    for body in ("a " * 226, "a\n" * 7):
        assert "ask it shorter" in text(send(client, dispute, body=body, preview="1"))
    with pytest.raises(ValidationError, match="ask it shorter"):
        ask(dispute, "a " * 226)


def spoken_firm(dispute) -> InstallerFirm:
    """A registered firm with service access that has answered for the ticket."""
    make_service(dispute.charger.installation)
    firm = InstallerFirm.objects.latest("pk")
    InstallerFirm.objects.filter(pk=firm.pk).update(
        name="Volt AS", email="post@volt.example", registered_at=clock.now()
    )
    ticket = dispute.tickets.get()
    about = {"ticket_id": ticket.pk, "firm": InstallerFirm.objects.get(pk=firm.pk)}
    assert len(questions.sides(dispute, clock.now())) == 1
    answers.firm_answer(by=None, installed_here=False, **about)
    return about["firm"]


def test_a_firm_that_spoke_is_asked_and_answers_on_its_own_page(dispute, run_outbox):
    firm = spoken_firm(dispute)
    client = desk_of()
    assert "The installer Volt AS" in text(send(client, dispute, preview="1"))

    send(client, dispute, do="1")
    run_outbox()

    told = next(one for one in mail.outbox if one.to == [firm.email])
    assert "When did you last charge here?" in " ".join(told.body.split())
    for name in (CLAIMANT, OWNER, dispute.tickets.get().request_code):
        assert name not in told.body
    link = Link.objects.get(purpose="firm")
    browser = at_browser(None)
    browser.get(url("link", links.token(link)))
    assert "When did you last charge here?" in text(browser.get(url("firm-answer", link.uid)))
    asked_firm = Question.objects.get(firm=firm)
    typed = {"question": asked_firm.uid, "words": "We put it up in 2023."}
    assert browser.post(url("firm-words", link.uid), typed | {"words": ""}).status_code == 422
    assert browser.post(url("firm-words", link.uid), typed).status_code == 302
    assert "When did you last" not in text(browser.get(url("firm-answer", link.uid)))
    shown = text(desk_of().get(url("desk-dispute", dispute.uid)))
    assert "To the installer Volt AS" in shown and "We put it up in 2023." in shown
    owners = Link.objects.get(party=owner_side(dispute).party)
    assert not questions.open_to(owners).filter(firm=firm).exists()
    with pytest.raises(PermissionDenied):
        questions.answer(question_uid=asked_firm.uid, link=owners, words="For them.")


def test_a_firm_whose_answer_was_void_is_no_side(dispute):
    firm = spoken_firm(dispute)
    assert firm in [side.firm for side in questions.sides(dispute, clock.now())]

    FirmAnswer.objects.filter(firm=firm).update(void_at=clock.now())

    assert firm not in [side.firm for side in questions.sides(dispute, clock.now())]


def test_who_is_feared_is_asked_nothing_and_neither_is_a_firm_and_the_page_says_why(dispute):
    spoken_firm(dispute)
    dispute.charger.tickets.update(fears_owner=True)

    shown = text(desk_of().get(url("desk-dispute", dispute.uid)))

    assert "only the claimants are asked" in shown
    for side in questions.sides(dispute, clock.now()):
        with pytest.raises(PermissionDenied, match="fears"):
            questions.ask(dispute_uid=dispute.uid, by=make_agent(), side=side, body="When?")
    assert not Notice.objects.filter(kind="party_question").exists()


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
