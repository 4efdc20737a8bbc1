"""Links: who they belong to, what a token stands for, and what a broken one is told."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from records import clock
from support.models import Link
from support.services import links
from tests.factories import make_charger, make_person, make_ticket

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def make_link(**fields):
    about = {"purpose": "owner", "charger": make_charger(), "party": make_person()} | fields
    return links.make(at=clock.now(), **about)


def refusal(token, *, at=None):
    with pytest.raises(ValidationError) as refused:
        links.open(token, at=at or clock.now())
    return refused.value.code


def test_a_token_stands_for_its_link():
    link = make_link()

    assert links.open(links.token(link), at=clock.now()) == link


def test_an_owner_has_one_link_to_a_charger_whatever_the_ticket():
    charger, owner = make_charger(), make_person()
    first = make_link(charger=charger, party=owner)

    later = clock.now() + timedelta(days=100)
    second = links.make(purpose="owner", charger=charger, party=owner, at=later)

    assert second == first
    assert Link.objects.get().expires_at == later + timedelta(days=120)


def test_other_parties_chargers_roles_and_tickets_have_links_of_their_own():
    charger, person = make_charger(), make_person()
    tickets = [make_ticket(charger=charger), make_ticket(charger=charger)]
    made = {
        make_link(charger=charger, party=person).pk,
        make_link(charger=charger, party=person, as_board=True).pk,
        make_link(charger=charger).pk,
        make_link(party=person).pk,
        *(make_link(charger=charger, party=person, purpose="offer", ticket=t).pk for t in tickets),
    }

    assert len(made) == 6


def test_a_link_that_ran_out_or_was_revoked_is_not_used_again():
    link = make_link()
    again = {"purpose": "owner", "charger": link.charger, "party": link.party}

    late = links.make(**again, at=link.expires_at)
    links.revoke(charger=link.charger, party=link.party, at=clock.now())
    new = links.make(**again, at=clock.now())

    assert len({link.pk, late.pk, new.pk}) == 3


@pytest.mark.parametrize("place", [0, 5, 20, 25, 40, -1])
def test_a_token_with_one_sign_changed_is_damaged(place):
    token = links.token(make_link())
    other = "A" if token[place] != "A" else "B"
    signs = list(token)
    signs[place] = other

    assert refusal("".join(signs)) == "damaged"


@pytest.mark.parametrize("token", ["", ".", "abc", "é" * 22 + ".x", "A" * 22 + "." + "B" * 43])
def test_anything_else_is_damaged(token):
    assert refusal(token) == "damaged"


def test_a_token_that_was_cut_off_is_damaged():
    token = links.token(make_link())

    assert {refusal(token[:length]) for length in range(len(token))} == {"damaged"}


def test_a_link_runs_out_after_120_days():
    link = make_link()
    token = links.token(link)

    assert links.open(token, at=link.made_at + timedelta(days=119, hours=23))
    assert refusal(token, at=link.made_at + timedelta(days=120)) == "expired"


def test_a_revoked_link_says_so():
    link = make_link()
    links.revoke(charger=link.charger, party=link.party, at=clock.now())

    assert refusal(links.token(link)) == "revoked"


def test_a_signature_for_one_purpose_is_worth_nothing_for_another():
    link = make_link()
    token = links.token(link)
    Link.objects.filter(pk=link.pk).update(purpose="offer")

    assert refusal(token) == "damaged"


def test_a_signature_for_one_link_is_worth_nothing_for_another():
    one, other = links.token(make_link()), links.token(make_link())

    assert refusal(f"{one.partition('.')[0]}.{other.partition('.')[2]}") == "damaged"


def test_old_keys_still_open_links_until_they_are_taken_away(settings):
    token = links.token(make_link())
    old = settings.LINK_KEYS

    settings.LINK_KEYS = ["a-newer-key-0123456789-abcdefghijklmnopqrstuvwxyz", *old]
    assert links.open(token, at=clock.now())

    settings.LINK_KEYS = settings.LINK_KEYS[:1]
    assert refusal(token) == "damaged"


def test_opening_a_link_changes_nothing():
    link = make_link()
    before = Link.objects.values().get()

    links.open(links.token(link), at=clock.now())

    assert Link.objects.values().get() == before
