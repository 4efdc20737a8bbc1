import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from chargers.models import Charger, Grant, Hold, Reveal, Share, Tenure
from chargers.refusals import Paused
from chargers.services import holds, tenures
from records import clock
from records.models import Event
from tests.chargers.world import (
    ago,
    make_charger,
    make_installation,
    make_owner,
    make_person,
    make_service,
)

pytestmark = pytest.mark.django_db


def place(charger, kind="dispute"):
    with transaction.atomic():
        return holds.place(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


def lift(charger, kind="dispute"):
    with transaction.atomic():
        return holds.lift(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


def begin_grant(charger):
    tenure = charger.owner_tenure(clock.now())
    return Grant.objects.create(
        charger=charger,
        person=tenure.person,
        tenure=tenure,
        origin="ticket:x",
        starts_at=clock.now(),
    )


def begin_share(charger):
    return Share.objects.create(
        charger=charger,
        tenure=charger.owner_tenure(clock.now()),
        to_name="A",
        to_email="a@example.com",
        code_hash="x",
        made_at=clock.now(),
        expires_at=clock.now(),
    )


def begin_service(charger):
    return make_service(charger)


def begin_service_of_the_place(charger):
    return make_service(charger.installation)


BEGINNINGS = [begin_grant, begin_share, begin_service, begin_service_of_the_place]


@pytest.mark.parametrize("kind", Hold.Kind.values)
@pytest.mark.parametrize("begin", BEGINNINGS)
def test_postgresql_lets_nothing_begin_while_a_hold_is_open(begin, kind):
    charger = make_charger()
    make_owner(charger)
    place(charger, kind)

    with pytest.raises(IntegrityError), transaction.atomic():
        begin(charger)

    lift(charger, kind)
    assert begin(charger)


def test_a_hold_next_door_stops_service_of_the_whole_place_but_not_of_this_charger():
    place_of_both = make_installation()
    held, other = (make_charger(installation=place_of_both) for _ in range(2))
    place(held)

    assert make_service(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_service(place_of_both)


def test_a_hold_is_placed_once_and_lifted_once():
    charger = make_charger()

    first, second = place(charger), place(charger)
    lifted, nothing = lift(charger), lift(charger)

    assert first == second == lifted
    assert nothing is None
    assert place(charger) != first
    kinds = Event.objects.filter(stream=charger.stream).order_by("number")
    assert [event.kind for event in kinds] == ["hold_placed", "hold_lifted", "hold_placed"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", [holds.place, holds.lift])
def test_a_hold_needs_the_caller_s_lock(verb):
    with pytest.raises(TransactionManagementError):
        verb(charger=make_charger(), kind="freeze", at=clock.now())


def test_nothing_of_what_was_seen_is_changed_or_removed():
    charger = make_charger()
    owner = make_owner(charger)
    tenure = charger.owner_tenure(clock.now())
    reveal = Reveal.objects.create(charger=charger, person=owner, at=clock.now(), tenure=tenure)
    begin_grant(charger), begin_share(charger), place(charger)

    statements = ["UPDATE chargers_reveal SET job = 'x'"]
    for table in ("reveal", "grant", "share", "tenure", "hold", "pin"):
        statements += [f"DELETE FROM chargers_{table}", f"TRUNCATE chargers_{table} CASCADE"]
    for statement in statements:
        with pytest.raises(Exception, match="for ever|denied"), transaction.atomic():
            connection.cursor().execute(statement)

    assert Reveal.objects.get() == reveal
    assert Tenure.objects.count() == Grant.objects.count() == Share.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chargers_tenure SET ends_at = NULL",
        "UPDATE chargers_tenure SET ends_at = ends_at + interval '1 day'",
        "UPDATE chargers_tenure SET role = 'service_access'",
        "UPDATE chargers_tenure SET starts_at = starts_at - interval '1 day'",
    ],
)
def test_what_has_ended_does_not_begin_again(change):
    make_owner(make_charger(), ends_at=ago(days=1))

    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(change)


def test_a_grant_belongs_to_the_tenure_of_its_person_and_charger():
    charger, other = make_charger(), make_charger()
    make_owner(charger)
    tenure = charger.owner_tenure(clock.now())
    good = {"charger": charger, "person": tenure.person, "tenure": tenure}

    for wrong in ({"person": make_person()}, {"charger": other}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(**good | wrong, origin="ticket:x", starts_at=clock.now())


def test_a_shared_garage_without_a_board_gives_no_hand_over():
    garage = make_installation(kind="shared")
    charger = make_charger(installation=garage)
    claimant = make_person()

    def hand_over():
        with transaction.atomic():
            locked = Charger.objects.lock(charger.pk)
            tenures.change_owner(charger=locked, to=claimant, at=clock.now(), origin="ticket:1")

    with pytest.raises(IntegrityError):
        hand_over()
    garage.board = make_person()
    garage.save()
    hand_over()

    assert charger.owner(clock.now()) == claimant


def test_use_does_not_begin_while_a_hold_is_open():
    charger = make_charger()
    place(charger, "freeze")

    with pytest.raises(Paused), transaction.atomic():
        tenures.give_use(
            charger=Charger.objects.lock(charger.pk),
            person=make_person(),
            at=clock.now(),
            ends_at=ago(days=-30),
            origin="ticket:1",
        )
