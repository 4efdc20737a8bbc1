"""The registered owner and the board answer from their mail."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Code
from support.machine import State
from support.models import Answer, Contest, Ticket
from support.services import freezes
from tests.factories import accept, asked, make_person, name_claimant, own, place_charger, reload
from tests.support.public_world import fill, link_to, opened, text, type_code, url

pytestmark = pytest.mark.django_db
NO = ["took_it", "never_mine", "only_installer", "still_mine", "safety"]


class Scene:
    """A charger with its owner, a request for it, and the owner at a browser."""

    def __init__(self):
        self.charger = place_charger()
        self.owner = own(self.charger)
        self.ticket = asked(self.charger)
        self.link = link_to(self.charger, self.owner)
        self.client = opened(self.link)

    def answer(self, **fields):
        return fill(self.client, url("answer", self.link.uid), **fields)

    def standing(self) -> Answer | None:
        return Answer.objects.filter(party=self.owner, void_at=None).first()


@pytest.fixture
def scene():
    return Scene()


def test_the_page_shows_nothing_of_the_charger_or_the_claimant(scene):
    page = text(scene.client.get(url("answer", scene.link.uid)))

    place = scene.charger.installation
    claim = scene.ticket
    for secret in (
        scene.charger.serial,
        scene.charger.serial[-3:],
        place.street,
        claim.request_code,
    ):
        assert secret not in page.replace("amber-otter-4821", "")
    for secret in (claim.claimant_name, claim.claimant.email, "Nyinnflyttet"):
        assert secret not in page
    assert page.count('type="radio"') == 6
    assert "checked" not in page
    assert "only whether their request goes on" in page


@pytest.mark.parametrize("kind", NO)
def test_a_no_is_one_choice_and_one_button(scene, kind):
    response = scene.answer(answer=kind)

    assert response.url == url("answer-done", scene.link.uid)
    assert scene.standing().kind == kind
    assert not Code.objects.exists()
    assert scene.client.get(response.url).status_code == 200
    stops = kind in ("took_it", "still_mine")
    assert (reload(scene.ticket).state == State.DISPUTED) == stops


def test_a_yes_needs_the_code_and_names_the_charger_by_the_owners_own_facts(scene):
    response = scene.answer(answer="no_longer")
    assert response.url == url("answer-code", scene.link.uid)
    assert scene.standing() is None
    assert Code.objects.get().email == scene.owner.email
    assert scene.client.get(url("answer-confirm", scene.link.uid)).status_code == 302

    confirm = type_code(scene.client, scene.link)
    assert confirm.url == url("answer-confirm", scene.link.uid)
    page = text(scene.client.get(confirm.url))
    assert scene.charger.serial[-3:] in page
    assert scene.charger.serial not in page
    assert scene.charger.installation.street in page
    assert "Nyinnflyttet" not in page
    done = fill(scene.client, confirm.url)
    assert done.url == url("answer-done", scene.link.uid)
    assert scene.standing().kind == "vacated"
    assert scene.standing().code_proved


def say_yes(scene, answer="no_longer", **fields):
    scene.answer(answer=answer, **fields)
    confirm = type_code(scene.client, scene.link)
    return fill(scene.client, confirm.url)


def test_naming_the_person_hands_the_charger_over_at_once(scene):
    accept(scene.ticket, "label")
    code = scene.ticket.request_code.replace("-", " ").upper()
    response = say_yes(scene, request_code=code, surname="nyinnflyttet")

    assert response.url == url("answer-done", scene.link.uid)
    ticket = reload(scene.ticket)
    assert ticket.state == State.COMPLETED
    assert ticket.charger.owner(ticket.decided_at) == ticket.claimant
    assert scene.client.get(response.url).status_code == 200


def test_a_code_of_no_request_here_is_said_and_can_be_changed(scene):
    other = asked(place_charger())
    response = say_yes(scene, request_code=other.request_code, surname="Nyinnflyttet")

    assert response.status_code == 422
    assert "no open request with this code" in text(response)
    kept = text(scene.client.get(url("answer", scene.link.uid)))
    assert other.request_code in kept


@pytest.mark.parametrize(
    ("outcome", "answer", "said"),
    [("ownership", "no_longer", "given to this person"), ("use", "tenant", "tenant")],
)
def test_no_page_tells_whether_the_surname_fitted(scene, outcome, answer, said):
    """Nobody who sits at a stranger's mail learns who asks by trying surnames."""
    until = scene.ticket.made_at.date() + timedelta(days=300) if outcome == "use" else None
    Ticket.objects.filter(pk=scene.ticket.pk).update(outcome=outcome, use_until_date=until)
    pages = []
    for surname in ("Nyinnflyttet", "Hansen"):
        scene.client = opened(scene.link)
        named = {"request_code": scene.ticket.request_code, "surname": surname}
        done = say_yes(scene, answer, **named)
        pages.append([_plain(scene, done.url), _plain(scene, url("answer", scene.link.uid))])

    assert pages[0] == pages[1]
    assert said in pages[0][0]


def _plain(scene, address):
    """Return a page without what is new at each showing."""
    return re.sub(r"(value|nonce)=\"[^\"]*\"", "", text(scene.client.get(address)))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose the one that is true"),
        ({"answer": "gone"}, "valid choice"),
        ({"answer": "no_longer", "request_code": "a-b-1"}, "surname of the person"),
        ({"answer": "no_longer", "surname": "Berg"}, "request code as well"),
        ({"answer": "no_longer", "surname": "B" * 200, "request_code": "x"}, "at most 100"),
    ],
)
def test_a_wrong_answer_says_what_is_wrong_and_keeps_the_rest(scene, fields, words):
    response = scene.answer(**fields)

    assert response.status_code == 422
    assert words in text(response)
    assert all(value in text(response) for value in fields.values() if value != "gone")
    assert scene.standing() is None


def test_a_wrong_code_counts_and_five_end_it(scene):
    scene.answer(answer="no_longer")
    address = url("answer-code", scene.link.uid)
    for left in (4, 3, 2, 1):
        page = scene.client.post(address, {"digits": "000000x1"})
        assert (page.status_code, f"{left} tr" in text(page)) == (422, True)
    dead = scene.client.post(address, {"digits": "0000001"})

    assert "no longer works" in text(dead)
    assert type_code(scene.client, scene.link).status_code == 422
    resent = scene.client.post(address, {"resend": "1"})
    assert resent.url == address
    assert type_code(scene.client, scene.link).status_code == 302


def test_the_code_of_another_browser_opens_nothing(scene):
    scene.answer(answer="no_longer")
    other = opened(scene.link)
    fill(other, url("answer", scene.link.uid), answer="no_longer")
    Code.objects.order_by("made_at").last().delete()

    assert type_code(other, scene.link).status_code == 422


def test_the_answer_so_far_is_shown_and_can_be_changed(scene):
    scene.answer(answer="never_mine")
    page = text(scene.client.get(url("answer", scene.link.uid)))
    assert "Your answer so far" in page
    assert "never mine" in page
    scene.answer(answer="only_installer")

    assert scene.standing().kind == "only_installer"
    assert Answer.objects.filter(party=scene.owner).count() == 2


@pytest.mark.parametrize("kind", ["still_mine", "safety"])
def test_who_has_stopped_it_before_is_not_told_that_it_is_stopped_again(scene, kind):
    first = text(scene.client.get(scene.answer(answer=kind).url))
    Answer.objects.update(needs_confirmation=True)
    again = text(scene.client.get(url("answer-done", scene.link.uid)))

    assert "stopped" in first and "once they agree" not in first
    assert "once they agree" in again
    assert "Your objection has stopped it" not in again
    assert "Everything about this charger is stopped" not in again


def test_a_yes_while_it_is_frozen_is_refused_in_words(scene):
    scene.answer(answer="no_longer")
    freezes.freeze_charger(charger_id=scene.charger.pk, by=scene.owner)
    confirm = type_code(scene.client, scene.link)
    response = fill(scene.client, confirm.url)

    assert response.status_code == 409
    assert scene.standing() is None


def test_the_same_form_twice_is_one_answer(scene):
    address = url("answer", scene.link.uid)
    fields = {"form_key": "f" * 32, "answer": "never_mine"}
    places = {scene.client.post(address, fields).url for _ in range(3)}

    assert places == {url("answer-done", scene.link.uid)}
    assert Answer.objects.count() == 1


def test_after_the_hand_over_the_former_owner_can_object(scene):
    accept(scene.ticket, "label")
    name_claimant(scene.ticket, scene.owner)
    assert reload(scene.ticket).state == State.COMPLETED
    page = text(scene.client.get(url("answer", scene.link.uid)))
    assert "It was handed over on" in page
    assert scene.ticket.claimant_name not in page
    address = url("contest", scene.link.uid)

    assert scene.client.post(address, {"words": ""}).status_code == 422
    response = scene.client.post(address, {"words": "I never said yes."})
    assert response.url == url("answer", scene.link.uid)
    assert Contest.objects.get().by == scene.owner
    assert "is being looked at" in text(scene.client.get(response.url))


def test_who_holds_it_no_more_and_never_handed_it_over_has_nothing_to_answer():
    charger = place_charger()
    own(charger)
    link = link_to(charger, make_person())
    client = opened(link)

    assert "nothing to answer" in text(client.get(url("answer", link.uid)))
    assert "nothing to answer" in text(client.post(url("answer", link.uid), {"answer": "safety"}))
    assert not Answer.objects.exists()
    assert client.get(url("contest", link.uid)).status_code == 405


class TestBoard:
    """The board of a shared garage."""

    @pytest.fixture
    def garage(self):
        scene = Scene()
        place = scene.charger.installation
        place.kind, place.board = "shared", make_person(name="Styret")
        place.save()
        scene.link = link_to(scene.charger, place.board, as_board=True)
        scene.client, scene.owner = opened(scene.link), place.board
        return scene

    def test_it_agrees_to_a_named_request_only(self, garage):
        nobody = garage.answer(answer="no_longer")
        assert nobody.status_code == 422
        assert "request code of the person" in text(nobody)

        garage.answer(
            answer="no_longer", request_code=garage.ticket.request_code, surname="Nyinnflyttet"
        )
        response = fill(garage.client, type_code(garage.client, garage.link).url)
        assert response.url == url("answer-done", garage.link.uid)
        assert (garage.standing().kind, garage.standing().as_board) == ("named", True)

    def test_it_objects_with_one_button(self, garage):
        assert garage.answer(answer="still_mine").status_code == 302
        assert reload(garage.ticket).state == State.DISPUTED

    def test_it_is_asked_nothing_that_only_an_owner_knows(self, garage):
        page = text(garage.client.get(url("answer", garage.link.uid)))
        assert page.count('type="radio"') == 3
        assert garage.answer(answer="took_it").status_code == 422


def test_the_answer_page_is_kept_by_no_browser(scene):
    response = scene.client.get(url("answer", scene.link.uid))

    assert "no-store" in response["Cache-Control"]
    assert Client().get(url("stop")).status_code == 200
