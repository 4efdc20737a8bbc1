"""A file that is not what it says is refused whole; in the others each row stands for itself."""

import json

import pytest
from django.core.management import CommandError, call_command

from chargers.imports.report import safe_cell
from chargers.models import Charger, ImportBatch, ImportRow, Installation, Pin
from tests.chargers.registry_files import (
    ROW,
    charger_row,
    dump,
    findings,
    pin_of,
    place_row,
    refuse,
    run,
    write_csv,
    write_page,
)

pytestmark = pytest.mark.django_db
GOOD = json.dumps({"Pages": 1, "Data": [charger_row()]})
HEADER = ",".join(ROW)
LINE = ",".join(ROW.values())
NOT_WHAT_THEY_SAY = {
    "empty.json": b"",
    "blank.csv": b" \r\n\n",
    "html.json": b"<!doctype html><title>Sign in</title>",
    "text.json": b"no JSON at all",
    "cut.json": GOOD.encode()[:-20],
    "cut-between.json": GOOD.encode().replace(b"]}", b"]"),
    "two.json": (GOOD + GOOD).encode(),
    "list.json": b"[1, 2]",
    "number.json": b"12",
    "sessions.json": b'{"Pages": 1, "Data": [{"SessionId": "x"}]}',
    "other.json": b'{"error": "unauthorised"}',
    "deep.json": b'{"Data": ' + b"[" * 100_000,
    "utf16.json": GOOD.encode("utf-16"),
    "latin.json": '{"Data": [{"DeviceId": "ZAP000001", "Name": "Tromsø"}]}'.encode("cp1252"),
    "binary.csv": bytes(range(256)) * 20,
    "picture.csv": b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
    "no-serial.csv": b"name,pin\nA,0042\n",
    "twice.csv": b"serial,pin,pin\nZAP000001,0042,0043\n",
    "cp1252.csv": f"{HEADER}\n{LINE.replace('Oslo', 'Tromsø')}\n".encode("cp1252"),
    "cp1252-late.csv": f"{HEADER}\n{LINE}\n".encode() * 3000 + "Tromsø\n".encode("cp1252"),
    "utf16.csv": f"{HEADER}\n{LINE}\n".encode("utf-16"),
    "page.csv": b"<html><body>serial</body></html>",
}


@pytest.mark.parametrize("name", NOT_WHAT_THEY_SAY)
def test_a_file_that_is_not_what_it_says_changes_nothing(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(NOT_WHAT_THEY_SAY[name])
    before = dump()

    words = refuse(path, report=str(tmp_path / "report.txt"))

    assert name in words
    assert dump() == before
    assert ImportBatch.objects.get().state == ImportBatch.State.REFUSED
    (found,) = findings(tmp_path / "report.txt")
    assert (found["file"], found["row"], found["taken"]) == (name, "0", "no")
    assert found["reason"] and found["cure"]


def test_the_others_of_one_call_are_taken_all_the_same(tmp_path):
    (tmp_path / "html.json").write_text("<html>")
    write_csv(tmp_path / "ours.csv", {})
    (tmp_path / "notes.txt").write_text("not for us")

    words = refuse(tmp_path)

    assert "html.json" in words and "ours.csv" not in words
    assert Charger.objects.count() == 1


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    assert "missing.csv" in refuse(tmp_path / "missing.csv")


def test_no_path_is_a_usage_error():
    with pytest.raises(CommandError, match="Name at least one"):
        call_command("import_registry")


@pytest.mark.parametrize(
    "form",
    [
        {"encoding": "utf-8-sig"},
        {"delimiter": ";"},
        {"delimiter": "\t"},
        {"newline": "\r\n"},
        {"newline": "\r"},
        {"delimiter": ";", "newline": "\r\n", "encoding": "utf-8-sig"},
    ],
    ids=str,
)
def test_our_csv_is_read_in_the_forms_that_spreadsheets_write(form, tmp_path):
    run(write_csv(tmp_path / "ours.csv", {"city": "Tromsø"}, {"serial": "ZAP000002"}, **form))

    assert Charger.objects.count() == 2
    assert Installation.objects.get().city == "Tromsø"
    assert pin_of(Charger.objects.get(serial="ZAP000001")) == "0042"


def test_headers_in_other_letters_and_unknown_columns_are_understood(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("Serial, PIN ,Postal Code,Colour\nzap-000 001,0042,0155,red\n\n,,,\n")

    run(path, report=str(tmp_path / "report"))

    assert pin_of(Charger.objects.get(serial="ZAP000001")) == "0042"
    (found,) = findings(tmp_path / "report")
    assert (found["field"], found["taken"]) == ("colour", "yes")


BAD_ROWS = {
    "serial": ["", "--", "A" * 41, "APM000123"],
    "pin": ["42", "00 42", "4.2E3", "0" * 17, "٠٠٤٢"],
    "country": ["Norway", "XX", "N"],
    "owner_email": ["not an address", "a@b", "two@example.org, three@example.org"],
    "owner_since": ["yesterday", "01.03.2024", "2024-13-01", "2999-01-01", "24-03-01"],
    "service_email": ["nobody"],
    "kind": ["castle"],
    "installation": ["x" * 201, "evil\u202etxt"],
    "owner_name": ["a\x00b", "\x1b[31mred"],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD_ROWS.items() for value in values]
)
def test_a_bad_field_loses_its_row_and_no_other(field, value, tmp_path):
    rows = [{"serial": "ZAP000002"}, {field: value}, {"serial": "ZAP000003"}]

    run(write_csv(tmp_path / "ours.csv", *rows), report=str(tmp_path / "report"))

    assert set(Charger.objects.values_list("serial", flat=True)) == {"ZAP000002", "ZAP000003"}
    (found,) = findings(tmp_path / "report")
    assert (found["file"], found["row"], found["field"]) == ("ours.csv", "3", field)
    assert found["reason"] and found["cure"] and found["taken"] == "no"
    assert ImportRow.objects.filter(refused=True, field=field, number=3).exists()


@pytest.mark.parametrize("line", ['ZAP000009,"Go', "ZAP000009,Go", LINE + ",more", '"ZAP0"9",Go'])
def test_a_broken_line_loses_itself_and_no_other(line, tmp_path):
    path = tmp_path / "ours.csv"
    second = LINE.replace("ZAP000001", "ZAP000002")
    path.write_text("\n".join([HEADER, LINE, line, second]) + "\n")

    run(path, report=str(tmp_path / "report"))

    assert Charger.objects.count() == 2
    assert [found["row"] for found in findings(tmp_path / "report")] == ["3"]


def test_a_numeric_pin_is_refused_and_an_empty_one_is_none(tmp_path):
    rows = [
        charger_row(Pin=42),
        charger_row("ZAP000002", Pin=""),
        charger_row("ZAP000003", Pin=None),
    ]

    run(write_page(tmp_path / "page.json", *rows), report=str(tmp_path / "report"))

    assert set(Charger.objects.values_list("serial", flat=True)) == {"ZAP000002", "ZAP000003"}
    assert not Pin.objects.exists()
    assert [row["field"] for row in findings(tmp_path / "report") if row["taken"] == "no"] == [
        "Pin"
    ]


@pytest.mark.parametrize(
    "moment",
    [
        "2025-05-06T17:36:08+00:00",
        "2025-05-06T17:36:08.123Z",
        "2026-04-23T11:41:39.1",
        "2026-04-23T11:41:39.1234567",
        "2026-04-23T11:41:39",
        None,
    ],
)
def test_times_with_and_without_zone_and_odd_fractions_are_times(moment, tmp_path):
    row = charger_row(CreatedOnDate=moment, InstallationId=None)

    run(write_page(tmp_path / "page.json", row), report=str(tmp_path / "report"))

    assert Charger.objects.count() == 1
    assert findings(tmp_path / "report") == []


def test_rows_of_one_serial_that_agree_are_one(tmp_path):
    rows = [{"pin": ""}, {"serial": "zap 000001"}, {"serial": "ZAPOOOOO1", "owner_email": ""}]

    run(write_csv(tmp_path / "ours.csv", *rows))

    charger = Charger.objects.get()
    assert pin_of(charger) == "0042"
    assert charger.owner_state == "known"


@pytest.mark.parametrize(
    "other",
    [
        {"pin": "7777"},
        {"owner_email": "other@example.org"},
        {"owner_email": "none"},
        {"address": "Storgata 13"},
        {"service_email": "other@elektro.example"},
    ],
    ids=str,
)
def test_rows_of_one_serial_that_contradict_each_other_are_not_taken(other, tmp_path):
    rows = [{}, {"serial": "ZAP000002"}, {"serial": " zap000001"} | other]

    run(write_csv(tmp_path / "ours.csv", *rows), report=str(tmp_path / "report"))

    assert Charger.objects.get().serial == "ZAP000002"
    assert [found["row"] for found in findings(tmp_path / "report")] == ["2", "4"]


def test_a_second_field_that_repeats_the_serial_decides_a_contradiction(tmp_path):
    stray = charger_row(MID="GPG895219", Pin="7777", InstallationId="i-2")

    run(write_page(tmp_path / "page.json", stray, charger_row(), charger_row()))

    assert pin_of(Charger.objects.get()) == "0042"


def test_a_list_that_is_null_is_no_rows(tmp_path):
    path = tmp_path / "page.json"
    path.write_text('{"Pages": 0, "Data": null, "Message": "No chargers"}')

    run(path)

    assert ImportBatch.objects.get().state == ImportBatch.State.APPLIED


def test_a_long_page_is_read_across_chunks(tmp_path):
    rows = [charger_row(f"ZAP{n:06d}", Note="å" * 997) for n in range(300)]

    run(write_page(tmp_path / "page.json", *rows, place_row(Notes="x" * 70_000)))

    assert Charger.objects.count() == 300 and Installation.objects.count() == 1


def test_a_page_that_is_one_long_value_is_refused(tmp_path):
    path = tmp_path / "page.json"
    path.write_text('{"Data": [{"DeviceId": "' + "A" * 3_000_000)

    assert "page.json" in refuse(path)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(tmp_path, capsys):
    path = write_csv(tmp_path / "ours.csv", {}, {"serial": ""})
    before = dump()

    run(path, dry_run=True, report=str(tmp_path / "report"))

    assert dump() == before
    assert not ImportBatch.objects.exists()
    said = capsys.readouterr().out
    assert "new chargers: 1" in said and "nothing was changed" in said
    assert len(findings(tmp_path / "report")) == 1


def test_report_cells_run_nothing_in_a_spreadsheet(tmp_path):
    assert safe_cell("=1+1") == "'=1+1"
    assert safe_cell("@SUM(A1)") == "'@SUM(A1)"
    assert safe_cell("plain") == "plain"
    name = "=cmd.csv"
    write_csv(tmp_path / name, {"serial": ""})

    run(tmp_path / name, report=str(tmp_path / "report"))

    assert findings(tmp_path / "report")[0]["file"] == "'=cmd.csv"


def test_a_report_that_cannot_be_written_stops_before_anything_is_done(tmp_path):
    path = write_csv(tmp_path / "ours.csv", {})

    with pytest.raises(CommandError, match="cannot be written"):
        run(path, report=str(tmp_path / "no folder" / "report"))

    assert not Charger.objects.exists()
