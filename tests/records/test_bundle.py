"""Several querysets in one statement, and pages that are read at one moment."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import StaffRole, User
from records import bundle, clock
from records.bundle import at_once
from records.models import Event
from records.moment import apart, one_moment
from records.put_together import part
from support import permissions
from support.models import Policy, Ticket
from tests.factories import make_agent, make_person, make_ticket

pytestmark = pytest.mark.django_db


def test_rows_come_back_as_their_own_querysets_give_them(django_assert_num_queries):
    ticket = make_ticket("in_review")
    wanted = {
        "people": User.objects.order_by("pk"),
        "tickets": Ticket.objects.filter(pk=ticket.pk),
        "events": Event.objects.order_by("-number")[:2],
        "policies": Policy.objects.all(),
    }
    asked = part(lambda: wanted | {"none": User.objects.none()})
    with django_assert_num_queries(1):
        found = at_once(asked)
    for name, rows in wanted.items():
        for mine, theirs in zip(found[name], rows, strict=True):
            values = [(f.name, f.value_from_object(theirs)) for f in theirs._meta.concrete_fields]
            assert [(f, getattr(mine, theirs._meta.get_field(f).attname)) for f, _v in values]
            assert {f: mine._meta.get_field(f).value_from_object(mine) for f, _v in values} == dict(
                values
            )
    assert found["none"] == []
    assert found["tickets"][0].state_on_record == "in_review"


def test_what_is_left_out_is_left_out():
    make_person(name="%s 'quoted' \\ Ø")
    quoted = User.objects.filter(name__contains="quoted").only("pk")
    (person,) = at_once(part(lambda: {"people": quoted}))["people"]
    assert person.get_deferred_fields() >= {"email", "name"}


def test_one_plan_serves_whatever_is_asked_and_other_statements_plan_as_before():
    def both(number):
        return {
            "people": User.objects.filter(pk=number),
            "tickets": Ticket.objects.filter(pk=number),
        }

    for number in range(3):
        at_once(part(both, number=number))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans) > 0, sum(custom_plans) FROM pg_prepared_statements"
            " WHERE statement LIKE 'SELECT (SELECT COALESCE(json_agg%'"
            " AND statement LIKE '%support_ticket%' AND generic_plans + custom_plans > 0"
        )
        assert cursor.fetchone() == (True, 0)
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("auto",)


def locked(*, ticket):
    found = Ticket.objects.select_for_update(of=("self",)).filter(pk=ticket)
    return found.select_related("claimant", "charger__installation")


def test_rows_come_with_what_is_selected_beside_them(django_assert_num_queries):
    tickets = [make_ticket("in_review") for _each in range(3)]
    for ticket in tickets:
        (anew,) = locked(ticket=ticket.pk)
        with django_assert_num_queries(1):
            (found,) = bundle.rows(part(locked, ticket=ticket.pk))
            beside = (found.claimant, found.charger.installation)
        assert vars(found) | {"_state": None} == vars(anew) | {"_state": None}
        assert beside == (anew.claimant, anew.charger.installation)
    assert bundle.rows(part(locked, ticket=0)) == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction():
    ticket = make_ticket("in_review")
    with transaction.atomic():
        assert bundle.rows(part(locked, ticket=ticket.pk)) == [ticket]
    with pytest.raises(TransactionManagementError):
        bundle.rows(part(locked, ticket=ticket.pk))


def test_a_page_is_read_at_one_moment():
    before = clock.now()
    with one_moment():
        first = clock.now()
        with one_moment():
            assert clock.now() == first
        assert clock.now() == first > before
    assert clock.now() > first


def test_a_lock_ends_the_moment_of_a_command():
    ticket = make_ticket("in_review")
    agent = make_agent()
    with one_moment(), transaction.atomic():
        first = clock.now()
        assert permissions.decides(agent)
        StaffRole.objects.filter(user=agent).update(ends_at=first)

        Ticket.objects.lock(ticket.pk)

        assert clock.now() > first
        assert not permissions.decides(agent)
        assert clock.now() == clock.now()


def test_apart_from_a_moment_everything_is_asked_anew():
    with one_moment():
        first = clock.now()
        with apart():
            assert first < clock.now() < clock.now()
        assert clock.now() == first
