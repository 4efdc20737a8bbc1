"""Erasing a person: nothing that names them is left anywhere, what was decided stays."""

import csv
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection

from accounts import codes
from accounts.models import ContactPoint, Role, User
from chargers.models import Installation, Proposal, Tenure
from records import chain, clock
from support.invariants import check_all
from support.models import Erasure, FormKey
from support.services import desk, erasing, erasure_steps, letters, tickets
from tests.factories import (
    asked,
    make_agent,
    make_person,
    make_senior,
    make_staff,
    own,
    place_charger,
    reload,
)

pytestmark = pytest.mark.django_db

NAME = "Canarina Zwitscherfjord"
MAIL = "canarina.zwit@canary.example"
PHONE = "+47 987 65 432"
POST = "Kanarifuglveien 77, 9999 Canaryville"
LINE = "Kanarifuglveien 78"
CANARIES = ("Canarina", "Zwitscherfjord", MAIL, "canarina.zwit", "987 65 432", "98765432",
            "Kanarifuglveien")  # fmt: skip


def columns():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            " AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition ORDER BY 1, 2"
        )
        return cursor.fetchall()


def places_of_canaries():
    """Return where in the database, the store and the letters one of the canaries stands."""
    found = []
    with connection.cursor() as cursor:
        for table, column in columns():
            for canary in CANARIES:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s',  # noqa: S608
                    [f"%{canary}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}: {canary}")
    for session in _sessions():
        found += [f"session: {canary}" for canary in CANARIES if canary in str(session)]
    return found + _in_files()


def _sessions():
    return [row.get_decoded() for row in SessionStore.get_model_class().objects.all()]


def _in_files():
    found = []
    for path in Path(settings.LETTERS_DIR).rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("latin-1")
            found += [f"{path.name}: {canary}" for canary in CANARIES if canary in content]
    return found


@pytest.fixture
def world(tmp_path, settings, run_outbox):
    """A person who asked, was refused, owned another charger and left: they are everywhere."""
    settings.LETTERS_DIR = str(tmp_path)
    person = make_person(name=NAME, email=MAIL)
    person.set_password("x")
    person.save()
    now = clock.now()
    for kind, value in (("phone", PHONE), ("post", f"{POST}"), ("email", MAIL)):
        ContactPoint.objects.create(
            user=person, kind=kind, value=value, valid_from=now, source="import"
        )
    agent = make_agent()
    ticket = asked(place_charger(), claimant=person, claimant_name=NAME, address_line=LINE)
    desk.write(ticket_id=ticket.pk, by=person, body=f"I am {NAME}, call {PHONE}")
    desk.write(ticket_id=ticket.pk, by=agent, body=f"{NAME} called", internal=True)
    desk.reject(ticket_id=ticket.pk, by=agent, reason="not_shown", words=f"Dear {NAME}",
                facts_version=reload(ticket).facts_version)  # fmt: skip
    charger = _owned(person, now)
    _named_elsewhere(charger, person, agent, now)
    codes.request(email=MAIL, purpose="sign_in", browser="x")
    FormKey.objects.create(key="k" * 20, user=person, fingerprint="x", location="/")
    session = SessionStore()
    session["_auth_user_id"], session["asked_email"] = str(person.pk), MAIL
    session.save()
    run_outbox(failing=True)
    return person, reload(ticket), charger


def _owned(person, now):
    """They owned a charger, had a letter there, and handed it over before."""
    charger = place_charger(name=f"{NAME}'s charger")
    own(charger, person, established=False)
    Installation.objects.filter(pk=charger.installation_id).update(
        contact_email=MAIL, name=f"Home of {NAME}"
    )
    tenure = Tenure.objects.get(charger=charger)
    letters.send(tenure=tenure, to="owner", at=now)
    other = place_charger()
    someone = own(other, make_person(name="Somebody Else"), established=False)
    ContactPoint.objects.create(user=someone, kind="post", value="Elsewhere 1, 0001 Oslo",
                                valid_from=now, source="import")  # fmt: skip
    letters.send(tenure=other.tenures.get(), to="owner", at=now)
    letters.print_due(at=clock.now(), name="day")
    Tenure.objects.filter(charger=charger).update(ends_at=clock.now())
    return charger


def _named_elsewhere(charger, person, agent, now):
    """Somebody else's request names them in a note; a proposal did; so did a reveal's job."""
    rival = asked(charger)
    desk.write(ticket_id=rival.pk, by=agent, body=f"former owner {NAME}", internal=True)
    closed = {"state": "dropped", "made_at": now, "closed_at": now, "fingerprint": "f"}
    said = {"old": {"email": MAIL}, "new": {"name": NAME}}
    Proposal.objects.create(kind="owner_contact", person=person, **closed, **said)


def officer():
    return make_staff(Role.PRIVACY_OFFICER)


def finish(person):
    erasure = erasing.ask(person_id=person.pk, by=officer())
    return erasing.erase(erasure.pk)


def assert_gone(person, ticket):
    assert places_of_canaries() == []
    assert User.objects.get(pk=person.pk).erased_at
    assert reload(ticket).state == "rejected"
    assert chain.verify() == []
    wrong = {found.name: found.wrong for found in check_all() if found.wrong}
    assert wrong == {}


def test_the_canaries_are_everywhere_before(world):
    assert len({place.split(":")[0] for place in places_of_canaries()}) >= 15


def test_nothing_that_names_them_is_left_anywhere_and_the_chain_verifies(world):
    person, ticket, charger = world

    assert finish(person)

    assert_gone(person, ticket)
    folder = Path(settings.LETTERS_DIR)
    _head, *rows = csv.reader(next(folder.rglob("*.csv")).read_text().splitlines())
    assert [(row[1], row[-1]) for row in rows] == [("Somebody Else", "1")]
    with pikepdf.open(next(folder.rglob("*.pdf"))) as pages:
        assert len(pages.pages) == 1


@pytest.mark.parametrize("cut", range(len(erasure_steps.STEPS) + 1))
def test_cut_off_after_any_step_it_is_finished_by_the_next_run(world, monkeypatch, cut):
    person, ticket, _charger = world
    erasure = erasing.ask(person_id=person.pk, by=officer())

    class Killed(BaseException):
        pass

    def die(*_args):
        raise Killed

    steps = erasure_steps.STEPS
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(erasing, "STEPS", (*steps[:cut], die))
        erasing.erase(erasure.pk)

    assert erasing.run_waiting() == 1
    assert_gone(person, ticket)
    assert erasing.run_waiting() == 0
    assert not erasing.erase(erasure.pk)


@pytest.mark.parametrize("what", ["open request", "owns", "works here", "held"])
def test_what_stands_against_it_makes_it_wait(what, run_outbox):
    person, charger = make_person(), place_charger()
    if what == "open request":
        ticket = asked(charger, claimant=person)
    elif what == "owns":
        own(charger, person)
    elif what == "works here":
        person = make_agent()
    else:
        own(charger, person)
        Tenure.objects.update(ends_at=clock.now())
        charger.holds.create(kind="dispute", placed_at=clock.now())

    assert len(erasing.stands_against(person, clock.now())) == 1
    assert not finish(person)
    assert User.objects.get(pk=person.pk).is_active
    if what == "open request":
        tickets.withdraw(ticket_id=ticket.pk, by=person)
        assert erasing.run_waiting() == 1


def test_only_a_privacy_officer_and_not_about_themself():
    person, privacy = make_person(), officer()

    for by in (person, make_agent(), make_senior()):
        with pytest.raises(PermissionDenied):
            erasing.ask(person_id=person.pk, by=by)
    with pytest.raises(PermissionDenied):
        erasing.ask(person_id=privacy.pk, by=privacy)
    assert not Erasure.objects.exists()


def test_it_can_be_taken_back_while_it_waits_and_asked_for_once():
    person, privacy = make_person(), officer()
    own(place_charger(), person)
    erasure = erasing.ask(person_id=person.pk, by=privacy)

    assert erasing.ask(person_id=person.pk, by=privacy) == erasure
    erasing.cancel(erasure_id=erasure.pk, by=privacy)
    Tenure.objects.update(ends_at=clock.now())
    assert erasing.run_waiting() == 0
    finish(person)
    with pytest.raises(ValidationError):
        erasing.ask(person_id=person.pk, by=privacy)


def test_the_command_asks_for_the_uid_a_second_time(capsys):
    person, privacy = make_person(email="gone@x.example"), officer()

    call_command("erase_person", "gone@x.example", by=privacy.email)
    assert "Nothing was done" in capsys.readouterr().out
    with pytest.raises(Exception, match="nothing was done"):
        call_command("erase_person", "gone@x.example", by=privacy.email, yes="other")
    call_command("erase_person", "gone@x.example", by=privacy.email, yes=str(person.uid))

    assert User.objects.get(pk=person.pk).email == ""
