"""The demo: its registry through the real import, its people, and that it is never live."""

import json
from collections import Counter
from datetime import timedelta
from io import StringIO

import pyotp
import pytest
from django.core.management import CommandError, call_command

from accounts import factors, roles
from accounts.models import FirmMember, InstallerFirm, Role, StaffRole, User
from chargers.models import Charger, Installation, Pin, Tenure
from records import clock
from support.demo import loading, people

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    call_command("load_demo", stdout=StringIO(), stderr=StringIO())


def counted() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Charger, User, Tenure, StaffRole)}


def test_loading_the_demo_twice_changes_nothing_the_second_time(demo):
    before = counted()

    call_command("load_demo", stdout=StringIO())

    assert counted() == before
    assert before["Charger"] == len(loading.SERIALS) == Pin.objects.count()


def test_the_demo_has_every_part_of_the_house(demo):
    parts = Counter(row.role for row in StaffRole.objects.filter(ends_at=None))

    assert parts == {
        "agent": 3,
        "senior": 3,
        "safety_officer": 1,
        "auditor": 1,
        "privacy_officer": 1,
        "administrator": 2,
    }
    assert roles.is_staff(User.objects.by_email("agent1@handover.example"), clock.now())


def test_one_owner_is_established_and_the_others_are_known_from_the_import(demo):
    owners = Tenure.objects.owners().filter(ends_at=None)

    established = [tenure.person.email for tenure in owners if tenure.established]

    assert established == ["olga.owner@example.org"]
    assert owners.count() == 4


def test_owners_are_known_none_or_unknown(demo):
    states = Counter(Charger.objects.values_list("owner_state", flat=True))

    assert states == {"known": 4, "none": 1, "unknown": 5}


def test_a_place_has_only_the_installer_and_a_garage_has_a_board(demo):
    firm = InstallerFirm.objects.get(email=people.FIRM_EMAIL)
    charger = Charger.objects.get(serial="GPG100105")
    garage = Installation.objects.get(kind="shared")

    assert firm.registered_at
    assert FirmMember.objects.get(firm=firm).user.email == people.MEMBER.email
    assert Tenure.objects.on(charger).service().get(ends_at=None).firm == firm
    assert not charger.tenures.owners().exists()
    assert garage.board.email == "board@garage.example"
    assert garage.chargers.count() == 3


def test_staff_sign_in_with_the_password_and_the_app_that_are_printed(demo):
    out = StringIO()

    call_command("demo_people", "--json", stdout=out)
    told = {row["email"]: row for row in json.loads(out.getvalue())}

    for one in people.STAFF:
        user, row = User.objects.by_email(one.email), told[one.email]
        assert user.check_password(row["password"]) and row["password"] in row["sign_in"]
        factors.check(user=user, text=pyotp.TOTP(row["app_key"]).now())
    assert told["rita@example.org"]["sign_in"] == "code from the mail"
    assert not User.objects.by_email("rita@example.org").has_usable_password()


def test_the_records_are_open_to_administrators_and_the_auditor_of_the_demo(demo):
    opened = {one.role for one in people.STAFF if User.objects.by_email(one.email).is_staff}

    assert opened == {Role.ADMINISTRATOR, Role.AUDITOR}


def test_the_password_is_this_installations_own(settings):
    first = people.password()
    settings.SECRET_KEY = "another-installation"

    assert people.password() != first
    assert len(first) >= 15


@pytest.mark.parametrize("command", ["load_demo", "demo_people"])
def test_demo_people_are_refused_where_this_is_no_demo(settings, command):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO"):
        call_command(command, stdout=StringIO())
    assert not User.objects.exists()


def test_the_clock_moves_ahead_only_where_it_may(settings):
    before = clock.now()

    settings.CLOCK_MAY_MOVE = False
    with pytest.raises(CommandError, match="CLOCK_MAY_MOVE"):
        call_command("move_clock", "--days", "3")
    assert clock.now() - before < timedelta(hours=1)

    settings.CLOCK_MAY_MOVE = True
    call_command("move_clock", "--days", "3", "--hours", "2", stdout=StringIO())
    assert clock.now() - before > timedelta(days=3, hours=1)
    with pytest.raises(CommandError, match="backwards"):
        call_command("move_clock", "--hours", "-1")
