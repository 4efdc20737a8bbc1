"""Letters: what is printed, how often a code may be tried, what a stop code stops."""

import csv
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django_fsm import TransitionNotAllowed

from accounts.models import ContactPoint
from chargers.models import Tenure
from records import clock, outbox
from records.models import Event, OutboxRow
from support import codes, letterpress
from support.machine import State
from support.models import Deadline, Letter
from support.services import letters
from tests.factories import (
    asked,
    make_owner,
    make_person,
    make_ticket,
    place_charger,
    reload,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

PAGE = re.compile(rb"/Type /Page\b(?!s)")
CODE = re.compile(rb"\(([2-9A-HJ-NP-Z]{4,5}-[2-9A-HJ-NP-Z]{4,5})\) Tj")


@pytest.fixture(autouse=True)
def _letters_dir(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path / "letters")
    yield
    shutil.rmtree(settings.LETTERS_DIR, ignore_errors=True)


def household_letter(*, printed=True, state=State.COLLECTING, charger=None) -> Letter:
    ticket = make_ticket(state, charger=charger)
    letter = letters.send(ticket=ticket, to="household", at=clock.now())
    if printed:
        letters.print_due(at=clock.now())
    return Letter.objects.get(pk=letter.pk)


def owner_letter() -> Letter:
    charger = place_charger()
    tenure = make_owner(charger, make_person(name="Kari Eier"), established=False)
    tenure = tenure if isinstance(tenure, Tenure) else charger.owner_tenure(clock.now())
    ContactPoint.objects.create(
        user=tenure.person,
        kind="post",
        value="Bakkegata 4, 5003 Bergen, Norway",
        valid_from=tenure.starts_at,
        source="import",
    )
    letter = letters.send(tenure=tenure, to="owner", at=clock.now())
    letters.print_due(at=clock.now())
    return Letter.objects.get(pk=letter.pk)


def rows_of(made) -> list[dict]:
    with made.csv.open(newline="") as file:
        return list(csv.DictReader(file))


# --- Codes ---


def test_codes_are_easy_to_type_and_differ():
    letter = household_letter()
    both = letters.code_of(letter), letters.stop_code_of(letter)

    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", both[0])
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", both[1])
    assert len(set(codes.ALPHABET)) == 32 and not set("01OI") & set(codes.ALPHABET)


def test_codes_of_an_older_key_still_work(settings):
    letter = household_letter()
    code = letters.code_of(letter)
    settings.CODE_KEYS = ["another-key-0123456789-abcdefghijklmnop", *settings.CODE_KEYS]

    assert letters.code_of(letter) != code
    entered = letters.enter(ticket_id=letter.ticket_id, by=letter.ticket.claimant, code=code)
    assert entered.entered_at


# --- Print file ---


def test_the_print_file_has_a_page_and_a_line_for_each_letter_with_its_codes():
    waiting = [household_letter(printed=False) for _number in range(3)]
    now = clock.now()

    made = letters.print_due(at=now, name="today")

    pdf = made.pdf.read_bytes()
    assert len(PAGE.findall(pdf)) == 3
    printed = [code.decode() for code in CODE.findall(pdf)]
    assert printed == [c for x in waiting for c in (letters.code_of(x), letters.stop_code_of(x))]
    rows = rows_of(made)
    assert [row["uid"] for row in rows] == [str(letter.uid) for letter in waiting]
    assert [row["page"] for row in rows] == ["1", "2", "3"]
    place = waiting[0].charger.installation
    assert rows[0]["line1"] == "To the household"
    assert rows[0]["line2"] == f"Storgata {place.house_number}"
    assert rows[0]["line3"] == "0150 OSLO"
    assert rows[0]["country"] == "NO"
    assert made.pdf.parent == Path(made.csv).parent
    assert made.pdf.parent.name == f"{now:%Y-%m-%d}"


def test_no_code_is_in_the_list_for_the_print_house():
    letter = household_letter(printed=False)

    text = letters.print_due(at=clock.now()).csv.read_text()

    assert letters.code_of(letter) not in text and letters.stop_code_of(letter) not in text


def test_a_letter_names_nobody():
    charger = place_charger()
    make_owner(charger, make_person(name="Kari Eier"))
    letter = household_letter(printed=False, charger=charger)
    page = letterpress.Page(letter, letters.address_of(letter), "AAAA-BBBB", "CCCCC-DDDDD")
    head, before, after = letterpress.letter_words.of(letter)

    said = " ".join([*page.address, head, *before, *after])

    for name in ("Kari", "Eier", "Nina", "Nyinnflyttet", letter.ticket.claimant.email):
        assert name not in said
    assert letter.ticket.reference in said and "testserver/stop/" in said


def test_a_printed_letter_counts_as_arrived_three_working_days_later():
    letter = household_letter()

    deadline = Deadline.objects.get(ticket=letter.ticket, kind="letter", done_at=None)
    assert deadline.due_at == letter.arrives_at
    assert letter.arrives_at - letter.printed_at >= timedelta(days=3)
    assert letter.arrives_at.weekday() < 5
    assert Event.objects.filter(stream=f"letter:{letter.uid}", kind="letter_printed").exists()


def test_printing_again_prints_nothing():
    household_letter()

    assert letters.print_due(at=clock.now()) is None


def test_the_days_print_file_is_asked_for_once_and_delivered_twice_is_one_file(settings):
    household_letter(printed=False)
    letters.queue_print(at=clock.now())
    letters.queue_print(at=clock.now())
    row = OutboxRow.objects.get(topic="print_file")

    outbox.run_due()
    letters.print_from_outbox(key=row.key, **row.payload)

    files = sorted(path.suffix for path in Path(settings.LETTERS_DIR).rglob("letters-*"))
    assert files == [".csv", ".pdf"]
    assert not list(Path(settings.LETTERS_DIR).rglob(".*"))


def test_a_run_that_dies_before_its_rows_are_written_is_repeated_over_the_same_files(
    settings, monkeypatch
):
    letter = household_letter(printed=False)
    whole = letters._mark_printed

    def die(*args):
        raise RuntimeError

    monkeypatch.setattr(letters, "_mark_printed", die)
    with pytest.raises(RuntimeError):
        letters.print_due(at=clock.now(), name="today")
    assert Letter.objects.get(pk=letter.pk).printed_at is None

    monkeypatch.setattr(letters, "_mark_printed", whole)
    letters.print_due(at=clock.now(), name="today")

    assert len(list(Path(settings.LETTERS_DIR).rglob("*.pdf"))) == 1
    assert Letter.objects.get(pk=letter.pk).printed_at


def test_letters_of_closed_requests_stay_unprinted():
    household_letter(printed=False, state=State.WITHDRAWN)

    letters.queue_print(at=clock.now())

    assert not OutboxRow.objects.filter(topic="print_file").exists()
    assert letters.print_due(at=clock.now()) is None


def test_no_cell_of_the_list_is_a_formula():
    charger = place_charger()
    charger.installation.street = '=HYPERLINK("http://evil.example")'
    charger.installation.unit = "@SUM(1)"
    charger.installation.save()
    household_letter(printed=False, charger=charger)

    [row] = rows_of(letters.print_due(at=clock.now()))

    assert all(value[:1] not in set("=+-@") for value in row.values())
    assert row["line2"].startswith("'=HYPERLINK")


def test_letters_that_the_typeface_lacks_become_plain_ones():
    assert letterpress.printable("Łódź Příkop Ålesund €5") == "Łódz Príkop Ålesund €5"
    assert "?" not in letterpress.printable("Ææ Øø Åå Ää Öö Üü ß é ñ ç ő ű ğ ş đ")


def test_a_place_without_an_address_gets_no_letter():
    charger = place_charger()
    charger.installation.street = ""
    charger.installation.save()
    ticket = make_ticket(State.COLLECTING, charger=charger)

    with pytest.raises(ValidationError):
        letters.send(ticket=ticket, to="household", at=clock.now())

    assert not Letter.objects.exists()


def test_a_notice_to_the_owner_has_a_stop_code_and_no_code_for_the_claimant():
    tenure = owner_letter().tenure
    ticket = make_ticket(State.COLLECTING, charger=tenure.charger)
    notice = letters.send(ticket=ticket, to="owner", at=clock.now())

    pdf = letters.print_due(at=clock.now()).pdf.read_bytes()

    assert CODE.findall(pdf) == [letters.stop_code_of(notice).encode()]
    with pytest.raises(TransitionNotAllowed):
        letters.enter(ticket_id=ticket.pk, by=ticket.claimant, code=letters.code_of(notice))


def test_the_command_prints_what_waits_and_names_the_files(capsys):
    household_letter(printed=False)

    call_command("print_letters")
    call_command("print_letters")

    said = capsys.readouterr().out
    assert "1 letters: " in said and "No letter is waiting." in said


# --- Entering the code ---


@pytest.mark.parametrize("spell", [str, str.lower, lambda c: f" {c[:2]} {c[2:].lower()} "])
def test_the_claimant_enters_the_code_however_it_is_typed(spell):
    letter = household_letter()
    before = reload(letter.ticket)

    entered = letters.enter(
        ticket_id=letter.ticket_id, by=before.claimant, code=spell(letters.code_of(letter))
    )

    after = reload(letter.ticket)
    assert entered.entered_at
    assert after.facts_version > before.facts_version
    assert Event.objects.filter(stream=after.stream, kind="letter_entered").count() == 1


def test_the_code_entered_twice_is_one_event():
    letter = household_letter()
    for _time in range(2):
        letters.enter(
            ticket_id=letter.ticket_id, by=letter.ticket.claimant, code=letters.code_of(letter)
        )

    assert Event.objects.filter(kind="letter_entered").count() == 1


def test_five_wrong_codes_end_a_letter_and_the_right_one_comes_too_late():
    letter = household_letter()
    about = {"ticket_id": letter.ticket_id, "by": letter.ticket.claimant}
    said = []
    for _try in range(5):
        with pytest.raises(ValidationError) as wrong:
            letters.enter(**about, code="AAAA-AAAA")
        said.append(wrong.value.message_dict["code"][0])

    with pytest.raises(ValidationError):
        letters.enter(**about, code=letters.code_of(letter))

    assert "4 tries left" in said[0] and "1 try left" in said[3] and "Five wrong" in said[4]
    assert Letter.objects.get().entered_at is None
    assert Letter.objects.get().tries == 5


def test_a_second_letter_works_when_the_first_one_is_ended():
    letter = household_letter()
    about = {"ticket_id": letter.ticket_id, "by": letter.ticket.claimant}
    Letter.objects.update(tries=5)
    second = letters.send(ticket=letter.ticket, to="household", at=clock.now())
    letters.print_due(at=clock.now())

    assert letters.enter(**about, code=letters.code_of(second)).pk == second.pk
    with pytest.raises(ValidationError):
        letters.enter(**about, code=letters.code_of(letter))


def test_only_the_claimant_enters_the_code_and_others_use_up_no_try():
    letter = household_letter()

    with pytest.raises(PermissionDenied):
        letters.enter(ticket_id=letter.ticket_id, by=make_person(), code=letters.code_of(letter))

    assert Letter.objects.get().tries == 0


def test_a_code_before_its_letter_is_printed_opens_nothing():
    letter = household_letter(printed=False)

    with pytest.raises(TransitionNotAllowed):
        letters.enter(
            ticket_id=letter.ticket_id, by=letter.ticket.claimant, code=letters.code_of(letter)
        )


def test_a_code_for_a_closed_request_is_refused():
    letter = household_letter(printed=False, state=State.WITHDRAWN)
    Letter.objects.update(printed_at=clock.now())

    with pytest.raises(TransitionNotAllowed):
        letters.enter(
            ticket_id=letter.ticket_id, by=letter.ticket.claimant, code=letters.code_of(letter)
        )

    assert Letter.objects.get().entered_at is None


def test_the_owner_of_a_tenure_enters_the_code_from_the_letter_and_is_established():
    letter = owner_letter()
    owner, charger = letter.tenure.person, letter.charger

    letters.establish(charger_id=charger.pk, by=owner, code=letters.code_of(letter))

    assert Tenure.objects.get(pk=letter.tenure_id).established


def test_nobody_else_is_established_by_an_owners_letter():
    letter = owner_letter()

    with pytest.raises(PermissionDenied):
        letters.establish(
            charger_id=letter.charger_id, by=make_person(), code=letters.code_of(letter)
        )

    assert not Tenure.objects.get(pk=letter.tenure_id).established


# --- Stopping ---


def test_a_stop_code_stops_the_request_once():
    letter = household_letter()

    letters.stop(stop_code=letters.stop_code_of(letter).lower())
    letters.stop(stop_code=letters.stop_code_of(letter))

    ticket = reload(letter.ticket)
    assert ticket.state == State.DISPUTED
    assert Letter.objects.get().stopped_at
    assert Event.objects.filter(stream=ticket.stream, kind="objected").count() == 1


def test_no_other_code_stops_anything():
    letter = household_letter()

    for code in ("", "AAAAA-AAAAA", letters.code_of(letter), letter.ticket.request_code):
        with pytest.raises(ValidationError):
            letters.stop(stop_code=code)

    assert reload(letter.ticket).state == State.COLLECTING


def test_a_stop_code_for_a_closed_request_says_so():
    letter = household_letter(printed=False, state=State.WITHDRAWN)
    Letter.objects.update(printed_at=clock.now())

    with pytest.raises(TransitionNotAllowed):
        letters.stop(stop_code=letters.stop_code_of(letter))

    assert Letter.objects.get().stopped_at is None


def test_the_owner_at_the_address_stops_somebody_who_poses_as_them():
    letter = owner_letter()
    Tenure.objects.filter(pk=letter.tenure_id).update(establishing_since=clock.now())

    letters.stop(stop_code=letters.stop_code_of(letter))

    tenure = Tenure.objects.get(pk=letter.tenure_id)
    assert tenure.establishing_since is None and not tenure.established


def test_a_household_with_no_owner_on_record_gets_a_letter_by_itself():
    charger = place_charger()
    ticket = asked(charger)

    assert Letter.objects.get(ticket=ticket).to == "household"
