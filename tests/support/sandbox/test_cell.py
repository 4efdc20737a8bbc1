"""Whatever the disposable process does, it ends as a verdict and costs nobody else anything."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from support.sandbox import SandboxUnavailable, Verdict, cell, open_file, opening, starting
from support.sandbox.inside import framing, limits

ALONE = cell.Program("children", Path(__file__).parent)
SPLIT = cell.Program("children", Path(__file__).parent, is_split=True)
both_ways = pytest.mark.parametrize("program", [ALONE, SPLIT], ids=["alone", "split off"])


@pytest.fixture
def misbehave(monkeypatch):
    """Open a file with a program of ours in place of the opener."""
    monkeypatch.setattr(opening, "PROGRAM", SPLIT)
    return lambda *how: open_file(io.BytesIO(b"%PDF-" + " ".join(how).encode()))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(limits, "WALL_SECONDS", 1.5)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("segfault", "crashed"),
        ("flood", "misbehaved"),
        ("long_frame", "misbehaved"),
        ("noise", "misbehaved"),
        ("never_end", "misbehaved"),
        ("lie_about_picture", "misbehaved"),
        ("lie_without_pictures", "misbehaved"),
        ("lie_about_type", "misbehaved"),
        ("lie_about_reason", "misbehaved"),
        ("lie_in_json", "misbehaved"),
    ],
)
def test_a_child_that_fails_or_lies_is_a_quarantine(misbehave, how, reason):
    opened = misbehave(how)

    assert (opened.verdict, opened.reason) == (Verdict.QUARANTINED, reason)
    assert opened.pages == []


def test_a_child_that_eats_memory_is_stopped_below_the_bound(misbehave):
    opened = misbehave("eat")

    assert (opened.verdict, opened.reason) == (Verdict.QUARANTINED, "out_of_memory")
    assert 600_000_000 < opened.peak_bytes < 1_200_000_000


@pytest.mark.parametrize("how", ["hang", "spin"])
def test_a_hung_child_is_killed_in_time(misbehave, short, monkeypatch, how):
    # However busy this machine is just now.
    monkeypatch.setattr(cell, "_worked_and_waited_seconds", lambda pid: (1.0, 0.1))
    started = time.monotonic()

    opened = misbehave(how)

    assert (opened.verdict, opened.reason) == (Verdict.QUARANTINED, "timed_out")
    assert time.monotonic() - started < 1.5 + 3


def test_a_child_that_the_machine_starved_is_not_the_files_fault(misbehave, short, monkeypatch):
    monkeypatch.setattr(cell, "_worked_and_waited_seconds", lambda pid: (0.1, 1.0))

    with pytest.raises(SandboxUnavailable):
        misbehave("hang")


def test_its_whole_group_is_killed(misbehave, short, tmp_path):
    marker = tmp_path / "grandchild"

    misbehave("fork", str(marker))

    pid = int(marker.read_text())
    _until(lambda: not _lives(pid))


@both_ways
def test_it_ends_with_its_parent(tmp_path, program):
    marker = tmp_path / "child"
    script = (
        "from pathlib import Path; from support.sandbox import cell; "
        f"cell.run(cell.Program('children', Path({str(program.folder)!r}), {program.is_split}), "
        f"b'wait_shut_in {marker}')"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=settings.BASE_DIR) as parent:
        _until(lambda: marker.exists() and marker.read_text())
        pid = int(marker.read_text())
        _until(lambda: _filtered(pid))
        parent.kill()

    _until(lambda: not _lives(pid))


def _filtered(pid):
    """Say whether a process is shut in, or was ended."""
    try:
        return "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def _until(condition):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", ["die_before_ready", "hang_before_ready"])
def test_a_child_that_never_saw_the_file_blames_the_machine(misbehave, short, how):
    with pytest.raises(SandboxUnavailable):
        misbehave(how)


@both_ways
def test_inside_there_is_no_network_no_file_no_secret(tmp_path, monkeypatch, program):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    outside, existing = tmp_path / "outside", tmp_path / "existing"
    existing.write_text("private")
    existing.chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as server, open(existing) as inherited:
        os.set_inheritable(inherited.fileno(), True)
        port = server.getsockname()[1]
        order = f"look_around {port} {outside} {existing}"
        outcome = cell.run(program, order.encode())

    ready, found = (json.loads(payload) for kind, payload in outcome.frames[:2])
    assert outcome.ended == "done"
    assert all(ready[name] for name in ("network", "files", "privileges")), ready
    tried = ("connect", "socket", "write", "write_here", "read", "list", "fork", "run", "kill")
    assert {name: found[name] for name in tried if found[name] == "done"} == {}
    assert not outside.exists()
    assert set(found["environment"]) <= {*starting.ENVIRONMENT, "LC_CTYPE"}
    assert found["modules"] == []
    assert found["inherited"] == [0, 1, 2]
    assert found["uid"] != 0


def test_without_namespaces_the_filter_alone_shuts_it_in(tmp_path):
    folders = [str(Path(opening.__file__).parent), str(Path(__file__).parent)]
    (tmp_path / "alone.py").write_text(
        f"import sys; sys.path[:0] = {folders!r}\n"
        "from inside.confine import Confinement\n"
        "from children import main\n"
        "Confinement._unshared = lambda self: False\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        order = f"look_around {server.getsockname()[1]} {tmp_path / 'outside'} {__file__}"
        outcome = cell.run(cell.Program("alone", tmp_path), order.encode())

    ready, found = (json.loads(payload) for kind, payload in outcome.frames[:2])
    assert (ready["network"], ready["files"]) == ("call filter", "call filter")
    assert [name for name, how in found.items() if how == "done"] == []


def test_it_gives_way_to_whoever_waits_for_a_page(tmp_path):
    """By its niceness, and by that of its session where the kernel shares out by sessions."""
    marker = tmp_path / "child"
    with open(tmp_path / "order", "w+b") as given:
        given.write(f"wait_shut_in {marker}".encode())
        given.flush()
        child = starting.start(SPLIT, given)
    try:
        _until(lambda: marker.exists() and _filtered(child.pid))
        niceness = os.getpriority(os.PRIO_PROCESS, child.pid)
        session = Path(f"/proc/{child.pid}/autogroup")
        assert niceness == os.getpriority(os.PRIO_PROCESS, 0) + 5
        assert not session.exists() or session.read_text().endswith("nice 5\n")
    finally:
        os.close(child.output)
        child.end(True)


def stem():
    """Return the process that others split off from just now."""
    return starting._stem(SPLIT.folder)._process


def test_two_files_share_what_was_imported_and_nothing_else():
    first, second = (cell.run(SPLIT, b"remember") for _file in range(2))

    told = [json.loads(outcome.frames[1][1]) for outcome in (first, second)]
    assert [each["seen_before"] for each in told] == [False, False]
    assert told[0]["parent"] == told[1]["parent"] == stem().pid
    assert told[0]["pid"] != told[1]["pid"]


def test_after_a_crash_the_next_file_begins_from_another_process(misbehave):
    misbehave("lie_without_pictures")
    before = stem()

    misbehave("segfault")

    assert before.poll() is not None
    assert stem().pid != before.pid


def test_others_that_split_off_before_a_crash_go_on():
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(cell.run, SPLIT, b"take_a_while")
        _until(lambda: starting._stem(SPLIT.folder)._alive)
        cell.run(SPLIT, b"segfault")
        assert slow.result().ended == "done"


def test_a_killed_stem_blames_no_file_and_the_next_one_is_opened(tmp_path):
    marker = tmp_path / "child"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cell.run, SPLIT, f"wait_shut_in {marker}".encode())
        _until(lambda: marker.exists() and marker.read_text())
        pid = int(marker.read_text())
        _until(lambda: _filtered(pid))
        stem().kill()
        with pytest.raises(SandboxUnavailable):
            waiting.result()
    _until(lambda: not _lives(pid))

    assert cell.run(SPLIT, b"remember").ended == "done"


def test_a_copy_of_this_process_has_no_part_in_its_stem():
    """A worker's pool makes copies: two on one line would get each other's answers."""
    cell.run(SPLIT, b"remember")
    pid = os.fork()
    if pid == 0:
        os._exit(len(starting._stems))

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert cell.run(SPLIT, b"remember").ended == "done"


def test_frames_are_bounded():
    with pytest.raises(framing.BadFrame):
        framing.unpack(bytearray(framing.HEADER.pack(b"P", 10)), longest=9)
    with pytest.raises(framing.BadFrame):
        framing.unpack(bytearray(framing.HEADER.pack(b"X", 1)), longest=9)
