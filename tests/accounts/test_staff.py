import io
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import roles
from accounts.models import Role, User
from records import clock

pytestmark = pytest.mark.django_db


def staff(*arguments, **options):
    call_command("staff", *arguments, stdout=StringIO(), **options)


def test_a_name_and_a_password_are_set_by_hand(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long pass phrase of mine\n"))

    staff("Agent@Example.com", "--name", "Ada", "--password")

    ada = User.objects.get()
    assert (ada.email, ada.name) == ("agent@example.com", "Ada")
    assert ada.check_password("a long pass phrase of mine")


def test_no_part_is_given_by_hand():
    with pytest.raises(CommandError, match="--begin"):
        staff("agent@example.com", "--begin", "agent")


def test_a_part_is_ended_and_the_row_stays():
    ada = User.objects.create_user("agent@example.com")
    roles.begin(user=ada, role=Role.AGENT, at=clock.now())
    staff("agent@example.com", "--end", "agent")

    assert roles.roles_of(User.objects.get(), clock.now()) == set()
    assert ada.staff_roles.get().ends_at


@pytest.mark.parametrize("password", ["short", "polniypizdec0211", ""])
def test_a_weak_password_changes_nothing(monkeypatch, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(password))

    with pytest.raises(CommandError):
        staff("agent@example.com", "--password")
    assert not User.objects.exists()


def test_what_is_no_address_is_refused():
    with pytest.raises(CommandError, match="no e-mail address"):
        staff("agent")


def test_who_is_disabled_plays_no_part():
    person = User.objects.create_user("agent@example.com")
    roles.begin(user=person, role=Role.AGENT, at=clock.now())
    assert roles.roles_of(person, clock.now()) == {Role.AGENT}

    User.objects.filter(pk=person.pk).update(is_active=False)

    assert roles.roles_of(person, clock.now()) == set()
