"""What a run starts, ends with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local import guard, processes
from deploy.local.problems import Problem
from deploy.local.servers import ROOT

FAMILY = "echo $$; sleep 300 & echo $!; wait"
RUN_THAT_IS_KILLED = """
import sys, time
from pathlib import Path
from deploy.local import processes
log = Path(sys.argv[1])
processes.GUARD.tell(f"rm {log.parent}")
processes.start("sleeper", ["sh", "-c", sys.argv[2]], log=log)
time.sleep(300)
"""


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def two_pids(log: Path) -> list[int]:
    wait_for(lambda: log.exists() and len(log.read_text().split()) == 2)
    return [int(pid) for pid in log.read_text().split()]


def is_alive(pid: int) -> bool:
    return guard.born(pid) != ""


def test_stopping_a_program_ends_what_it_started_too(tmp_path):
    family = processes.start("family", ["sh", "-c", FAMILY], log=tmp_path / "log")
    pids = two_pids(family.log)
    assert all(map(is_alive, pids))

    family.stop()

    assert not family.is_running()
    wait_for(lambda: not any(map(is_alive, pids)))


def test_a_run_that_is_killed_leaves_neither_processes_nor_folders(tmp_path):
    log = tmp_path / "folder" / "log"
    run = subprocess.Popen(
        [sys.executable, "-c", RUN_THAT_IS_KILLED, str(log), FAMILY], cwd=ROOT, env=os.environ
    )
    pids = two_pids(log)

    run.kill()
    run.wait()

    wait_for(lambda: not any(map(is_alive, pids)))
    wait_for(lambda: not log.parent.exists())


def test_a_program_that_will_not_listen_is_ended_all_the_same(tmp_path):
    deaf = processes.start("deaf", ["sh", "-c", f"trap '' TERM; {FAMILY}"], log=tmp_path / "log")
    pids = two_pids(deaf.log)

    deaf.stop(patience=0.2)

    wait_for(lambda: not any(map(is_alive, pids)))


def test_a_server_that_ends_at_once_is_reported_with_its_own_words(tmp_path):
    command = ["sh", "-c", "echo 'ERROR: no such luck'; exit 3"]
    server = processes.start("Oracle", command, log=tmp_path / "log")

    with pytest.raises(Problem, match="Oracle did not start: ERROR: no such luck See .*log"):
        processes.wait_until_ready(server, lambda: False, seconds=10)


def test_a_program_killed_by_a_signal_is_reported_with_the_signal(tmp_path):
    sleeper = processes.start("sleeper", ["sleep", "300"], log=tmp_path / "log")

    os.kill(sleeper.popen.pid, signal.SIGKILL)
    wait_for(lambda: not sleeper.is_running())

    assert sleeper.last_words() == "signal 9."
    sleeper.stop()


def test_a_neighbour_on_the_port_makes_us_try_another():
    tried = []

    def start_on(port):
        tried.append(port)
        if len(tried) < 3:
            raise processes.PortTaken("taken", "try another")
        return "server"

    assert processes.start_on_free_port(start_on) == "server"
    assert len(set(tried)) == 3
