"""An owner whose contact was just changed says no like anybody, and yes to nothing for 30 days."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Role, User
from chargers.models import Proposal
from chargers.refusals import ContactChanged
from chargers.services import access, proposals, proposing
from records import clock
from support import rules
from support.models import Answer
from support.services import answers, offers
from support.services.facts import facts_of
from tests.chargers.world import ago, make_person, make_staff
from tests.factories import asked, name_claimant, own, place_charger, reload

pytestmark = pytest.mark.django_db
Kind = Answer.Kind


@pytest.fixture
def owned():
    charger = place_charger()
    return charger, own(charger, make_person(email="old@example.com"))


def change_contact(charger):
    """Change the owner's address as staff do: proposed, told, seven days, agreed."""
    proposal = proposing.owner_contact(
        serial=charger.serial,
        contact="email",
        value="new@example.com",
        reason="A long enough reason.",
        by=make_staff(Role.AGENT),
    )
    Proposal.objects.filter(pk=proposal.pk).update(notice_at=ago(days=8))
    proposals.agree(proposal=proposal, by=make_staff(Role.ADMINISTRATOR))


@pytest.mark.parametrize("kind", [Kind.NAMED, Kind.VACATED])
def test_their_yes_waits_thirty_days(owned, kind, pass_time):
    charger, owner = owned
    ticket = asked(charger)
    change_contact(charger)

    with pytest.raises(ValidationError, match="30 days"):
        say(charger, owner, ticket, kind)
    pass_time(days=31)

    assert say(charger, owner, ticket, kind).kind == kind


def say(charger, owner, ticket, kind):
    named = kind == Kind.NAMED
    return answers.answer(
        charger_id=charger.pk,
        party=User.objects.get(pk=owner.pk),
        kind=kind,
        code_proved=True,
        request_code=ticket.request_code if named else "",
        surname=ticket.claimant_name.split()[-1] if named else "",
    )


@pytest.mark.parametrize("kind", [Kind.STILL_MINE, Kind.SAFETY])
def test_their_no_counts_at_once(owned, kind):
    charger, owner = owned
    ticket = asked(charger)
    change_contact(charger)

    answers.answer(charger_id=charger.pk, party=User.objects.get(pk=owner.pk), kind=kind)

    assert charger.open_holds().exists() or reload(ticket).state == "disputed"


def test_a_yes_given_before_counts_no_more_once_the_contact_changes(owned):
    charger, owner = owned
    ticket = asked(charger)
    name_claimant(ticket, owner)
    assert rules.Class.NAMED_CONSENT in facts_of(reload(ticket), clock.now()).classes

    change_contact(charger)

    facts = facts_of(reload(ticket), clock.now())
    assert rules.Class.NAMED_CONSENT not in facts.classes
    assert rules.Flag.CONTACT_CHANGED in facts.flags


def test_they_neither_look_nor_share_nor_hand_over(owned):
    charger, owner = owned
    change_contact(charger)
    owner, now = User.objects.get(pk=owner.pk), clock.now()

    with pytest.raises(ContactChanged):
        access.reveal(charger=charger, by=owner, authenticated_at=now)
    with pytest.raises(ContactChanged):
        access.share(charger=charger, by=owner, to_name="Kari", to_email="kari@example.com")
    with pytest.raises(PermissionDenied, match="30 days"):
        offers.offer(charger_id=charger.pk, by=owner, to_name="Kari", to_email="kari@example.com")
    assert access.contact_changed(owner, now + timedelta(days=29))
