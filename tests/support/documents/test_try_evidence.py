"""The command that runs any files through the real pipeline."""

import io
import json
import os
from io import StringIO

import pytest
import segno
from django.core.management import CommandError, call_command

from support.documents import trial
from support.sandbox import SandboxUnavailable
from support.sandbox.reading import Reading
from tests.support.sandbox import files


def run(*paths, **options):
    out = StringIO()
    call_command("try_evidence", *map(str, paths), stdout=out, no_reading=True, jobs=2, **options)
    return out.getvalue().splitlines()


def test_files_and_folders_give_a_line_each_and_totals(tmp_path):
    folder = tmp_path / "folder" / "deeper"
    folder.mkdir(parents=True)
    (folder / "agreement.pdf").write_bytes(files.written("Buyer: Per Sample"))
    (folder / "locked?.txt").write_bytes(b"text")
    (tmp_path / "label.jpg").write_bytes(files.photo() + files.EICAR)
    found = tmp_path / "found.json"

    lines = run(tmp_path / "folder", tmp_path / "label.jpg", json=str(found))

    assert lines[0].startswith("accepted     -                pages=1  flags=producer,dates")
    assert "buyer:Per Sample" in lines[0]
    assert lines[1].startswith("returned     not_taken ")
    assert lines[2].startswith("quarantined  infected ")
    assert lines[3] == "3 files, 1 pictures"
    rows = json.loads(found.read_text())
    assert [row["verdict"] for row in rows["files"]] == ["accepted", "returned", "quarantined"]
    assert rows["totals"]["files"] == 3
    assert rows["files"][0]["pages"][0]["words"][0]["text"] == "Buyer:"


def test_codes_are_told_but_not_one_that_holds_a_pin(tmp_path):
    for name, text in (("open", "ZPR123456"), ("secret", "SN=ZPR123456;PIN=4821")):
        target = io.BytesIO()
        segno.make_qr(text).save(target, kind="png", scale=8)
        (tmp_path / name).write_bytes(target.getvalue())

    lines = run(tmp_path, json=str(tmp_path.parent / "codes.json"))

    assert "facts=qr:ZPR123456; serial:ZPR123456" in lines[0]
    assert "facts=qr:covered; serial:ZPR123456; pin:covered" in lines[1]
    assert (tmp_path.parent / "codes.json").stat().st_mode & 0o077 == 0


def test_odd_names_are_escaped_and_odd_files_are_lines(tmp_path):
    (tmp_path / "bidi\u202e \n\x1b[31m").write_bytes(b"x")
    (tmp_path / os.fsdecode(b"not-\xff-utf8")).write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / ("n" * 250)).write_bytes(b"")

    lines = run(tmp_path, json=str(tmp_path.parent / "odd.json"))[:5]

    assert [line.split()[:2] for line in lines] == [
        ["returned", "not_taken"],
        ["returned", "empty"],
        ["returned", "not_taken"],
        ["returned", "could_not_read"],
        ["returned", "could_not_read"],
    ]
    assert "\\u202e \\n\\x1b[31m" in lines[0]
    assert not any(letter in "".join(lines) for letter in "\u202e\x1b")


def test_a_path_that_is_not_there_fails_after_the_others(tmp_path):
    (tmp_path / "text").write_bytes(b"x")
    out = StringIO()

    with pytest.raises(CommandError, match="gone"):
        call_command("try_evidence", str(tmp_path / "gone"), str(tmp_path), stdout=out)

    assert "not_taken" in out.getvalue()


def test_a_sandbox_that_does_not_start_is_a_line_too(tmp_path, monkeypatch):
    def unavailable(*_args, **_options):
        raise SandboxUnavailable("busy")

    monkeypatch.setattr(trial, "open_file", unavailable)
    (tmp_path / "photo").write_bytes(files.photo())

    assert run(tmp_path)[0].startswith("returned     could_not_open")


def test_a_picture_that_a_busy_machine_did_not_read_is_tried_again(tmp_path, monkeypatch):
    (tmp_path / "label.jpg").write_bytes(files.photo())
    tries = []

    def read(pages):
        tries.append(len(pages))
        if len(tries) < 3:
            raise SandboxUnavailable("the machine is too busy")
        return Reading(words=[[] for _page in pages])

    monkeypatch.setattr(trial.reading, "read", read)

    [row] = trial.Trial(code="", reads=True, pictures=None).run([str(tmp_path / "label.jpg")], 1)

    assert (row["reading"], tries) == ("read", [1, 1, 1])


def test_pictures_are_kept_when_asked(tmp_path):
    (tmp_path / "a.pdf").write_bytes(files.written("one", "two"))

    run(tmp_path / "a.pdf", pictures=str(tmp_path / "made"))

    made = sorted((tmp_path / "made").iterdir())
    assert [path.name.partition(".")[2] for path in made] == ["1.jpg", "2.jpg"]
    assert all("a_pdf-" in path.name for path in made)
    assert made[0].read_bytes().startswith(b"\xff\xd8")
