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


def test_a_member_of_staff_is_made_with_parts_and_a_password(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long pass phrase of mine\n"))

    staff("Agent@Example.com", "--begin", "agent", "senior", "--name", "Ada", "--password")

    ada = User.objects.get()
    assert (ada.email, ada.name) == ("agent@example.com", "Ada")
    assert ada.check_password("a long pass phrase of mine")
    assert roles.roles_of(ada, clock.now()) == {Role.AGENT, Role.SENIOR}


def test_a_part_is_ended_and_the_row_stays():
    staff("agent@example.com", "--begin", "agent")
    staff("agent@example.com", "--end", "agent")

    ada = User.objects.get()
    assert roles.roles_of(ada, clock.now()) == set()
    assert ada.staff_roles.get().ends_at


@pytest.mark.parametrize("password", ["short", "polniypizdec0211", ""])
def test_a_weak_password_changes_nothing(monkeypatch, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(password))

    with pytest.raises(CommandError):
        staff("agent@example.com", "--begin", "agent", "--password")
    assert not User.objects.exists()


def test_what_is_no_address_is_refused():
    with pytest.raises(CommandError, match="no e-mail address"):
        staff("agent", "--begin", "agent")
