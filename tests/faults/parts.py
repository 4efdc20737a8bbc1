"""The product's own processes over a test's database: web server, worker, beat."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from deploy.local import processes
from deploy.local.processes import LOOPBACK, Process
from deploy.local.servers import ROOT

WORKERS, THREADS = 2, 8


def environment(**changes: str) -> dict[str, str]:
    """Return this test run's environment for a process of the product's own."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "DEMO": "1", "LOG_LEVEL": "WARNING"}
    return dict(os.environ) | own | changes


@contextmanager
def web(folder: Path, **changes: str) -> Iterator[str]:
    """Run a real gunicorn, 2 workers with 8 threads each; yields its address."""

    def start_on(port: int) -> Process:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--preload"]
        command += ["--no-control-socket", "--bind", f"{LOOPBACK}:{port}"]
        command += ["--worker-class", "gthread", "--graceful-timeout", "2"]
        command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
        base_url = f"http://{LOOPBACK}:{port}"
        env = environment(BASE_URL=base_url, ALLOWED_HOSTS=LOOPBACK, **changes)
        process = processes.start("Web", command, log=folder / "web.log", env=env, cwd=ROOT)
        processes.wait_until_ready(process, partial(_answers, base_url), seconds=90)
        process.base_url = base_url
        return process

    process = processes.start_on_free_port(start_on)
    try:
        yield process.base_url
    finally:
        process.stop()


def _answers(base_url: str) -> bool:
    try:
        urllib.request.urlopen(f"{base_url}/healthz", timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True


def celery(folder: Path, name: str, *arguments: str, **changes: str) -> Process:
    """Start ``celery -A config <arguments>``: a worker or a beat."""
    command = [sys.executable, "-m", "celery", "-A", "config", *arguments]
    env = environment(**changes)
    return processes.start(name, command, log=folder / f"{name}.log", env=env, cwd=ROOT)


def wait_for(condition: Callable[[], object], *, seconds: float, what: str) -> object:
    """Wait until ``condition()`` is true, and return what it gave."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return found
