import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from chargers.models import Charger, Grant, Share, Tenure
from chargers.refusals import Paused, Refused
from chargers.services import access, holds, tenures
from records import clock
from records.models import Event
from tests.chargers.world import ago, make_charger, make_owner, make_person, make_service

pytestmark = pytest.mark.django_db


def change_owner(charger, to, origin="ticket:1"):
    with transaction.atomic():
        locked = Charger.objects.lock(charger.pk)
        return tenures.change_owner(charger=locked, to=to, at=clock.now(), origin=origin)


def locked(verb, charger, **arguments):
    with transaction.atomic():
        return verb(charger=Charger.objects.lock(charger.pk), at=clock.now(), **arguments)


def kinds(charger):
    events = Event.objects.filter(stream=charger.stream).order_by("number")
    return [event.kind for event in events]


def test_a_hand_over_ends_everything_of_the_old_owner_and_starts_the_new():
    charger = make_charger()
    old, new = make_owner(charger), make_person()
    make_service(charger)
    share, _code = access.share(charger=charger, by=old, to_name="A", to_email="a@example.com")

    grant = change_owner(charger, new)

    now = clock.now()
    tenure = charger.owner_tenure(now)
    assert (tenure.person, tenure.established, tenure.proof_awaited) == (new, True, True)
    assert (grant.tenure, grant.person, grant.ends_at) == (tenure, new, None)
    former = Tenure.objects.get(person=old)
    assert former.ends_at == tenure.starts_at == grant.starts_at
    assert Share.objects.get(pk=share.pk).cancelled_at == former.ends_at
    assert not charger.tenures.service().current(now).exists()
    assert Charger.objects.get(pk=charger.pk).owner_state == "known"
    assert kinds(charger) == [
        "share_made",
        "share_cancelled",
        "service_ended",
        "owner_changed",
        "grant_opened",
    ]


def test_the_next_hand_over_ends_the_grant():
    charger = make_charger()
    first = change_owner(charger, make_person(), "ticket:1")

    second = change_owner(charger, make_person(), "ticket:2")

    first = Grant.objects.get(pk=first.pk)
    assert first.ends_at == second.starts_at
    assert Grant.objects.filter(charger=charger, ends_at=None).get() == second
    assert "grant_ended" in kinds(charger)


def test_the_owner_is_not_handed_their_own_charger():
    charger = make_charger()
    owner = make_owner(charger)

    with pytest.raises(Refused):
        change_owner(charger, owner)

    assert Tenure.objects.get().ends_at is None


@pytest.mark.parametrize("kind", ["dispute", "freeze", "contest"])
def test_no_hand_over_while_a_hold_is_open(kind):
    charger = make_charger()
    owner = make_owner(charger)
    locked(holds.place, charger, kind=kind)

    with pytest.raises(Paused):
        change_owner(charger, make_person())

    assert charger.owner(clock.now()) == owner
    assert not Grant.objects.exists()


def test_one_ticket_makes_one_grant():
    charger, other = make_charger(), make_charger()
    change_owner(charger, make_person(), "ticket:1")

    with pytest.raises(IntegrityError):
        change_owner(other, make_person(), "ticket:1")

    assert other.owner(clock.now()) is None


@pytest.mark.django_db(transaction=True)
def test_a_hand_over_needs_the_caller_s_lock():
    charger, person = make_charger(), make_person()
    with pytest.raises(TransactionManagementError):
        tenures.change_owner(charger=charger, to=person, at=clock.now(), origin="ticket:1")


def test_two_owners_at_one_moment_are_refused_by_postgresql():
    charger = make_charger()
    make_owner(charger)

    with pytest.raises(IntegrityError, match="one_owner_at_a_time"), transaction.atomic():
        make_owner(charger, starts_at=ago(days=1))


def test_owners_may_follow_one_another_without_a_gap():
    charger = make_charger()
    change_at = ago(days=10)
    make_owner(charger, ends_at=change_at)
    after = make_owner(charger, starts_at=change_at)

    assert charger.owner(change_at) == after


def test_a_contest_gives_the_charger_back_as_it_was():
    charger = make_charger()
    old, new = make_owner(charger, established=False), make_person()
    before = charger.owner_tenure(clock.now())
    change_owner(charger, new)
    locked(holds.place, charger, kind="contest")

    tenure = locked(tenures.give_back, charger, to_tenure=before, origin="contest:1")

    assert charger.owner(clock.now()) == old
    assert not tenure.established
    assert not Grant.objects.filter(ends_at=None).exists()


def test_only_a_former_owner_of_this_charger_gets_it_back():
    charger, other = make_charger(), make_charger()
    make_owner(other)

    with pytest.raises(Refused):
        elsewhere = other.owner_tenure(clock.now())
        locked(tenures.give_back, charger, to_tenure=elsewhere, origin="contest:1")


def test_an_agreed_proposal_makes_an_owner_without_a_grant():
    charger = make_charger()
    make_owner(charger)
    person = make_person()

    tenure = locked(tenures.follow_source, charger, person=person, origin="proposal:1")

    assert charger.owner(clock.now()) == person
    assert not tenure.established
    assert not Grant.objects.exists()


def test_ownership_can_end_with_nobody_to_follow():
    charger = make_charger()
    make_owner(charger)

    locked(tenures.end_ownership, charger, origin="proposal:1", state="none")

    assert charger.owner(clock.now()) is None
    assert Charger.objects.get(pk=charger.pk).owner_state == "none"


def test_use_is_given_once_per_ticket_and_shows_no_pin():
    charger, tenant = make_charger(), make_person()
    use = {"person": tenant, "ends_at": ago(days=-365), "origin": "ticket:1"}

    first = locked(tenures.give_use, charger, **use)
    second = locked(tenures.give_use, charger, **use)

    assert first == second
    assert access.why_not(charger, tenant, clock.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_hand_overs_at_once_one_follows_the_other():
    charger = make_charger()
    make_owner(charger)
    together, made = threading.Barrier(2), []

    def hand_over(person, origin):
        together.wait()
        try:
            made.append(change_owner(charger, person, origin))
        finally:
            connection.close()

    for round_number in range(5):
        claims = [(make_person(), f"ticket:{round_number}-{n}") for n in range(2)]
        run_together(hand_over, claims)
        assert len(made) == 2 * (round_number + 1)
        assert Grant.objects.filter(charger=charger, ends_at=None).count() == 1
        now = clock.now()
        assert charger.tenures.owners().current(now).count() == 1
        grant = Grant.objects.get(charger=charger, ends_at=None)
        assert grant.person == charger.owner(now)


@pytest.mark.django_db(transaction=True)
def test_of_two_completions_of_one_ticket_at_once_one_counts():
    charger, person = make_charger(), make_person()
    make_owner(charger)
    together, made, refused = threading.Barrier(2), [], []

    def hand_over():
        together.wait()
        try:
            made.append(change_owner(charger, person))
        except Refused as error:
            refused.append(error)
        finally:
            connection.close()

    run_together(hand_over, [(), ()])

    assert (len(made), len(refused)) == (1, 1)
    assert Grant.objects.count() == 1


def run_together(work, arguments):
    threads = [threading.Thread(target=work, args=each) for each in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
