"""The whole product on this machine: servers, web, worker, beat, mail catcher.

The demo and the story use it alike; they differ in the folder, in the ports and in whether the
clock may be moved.
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import processes
from deploy.local.problems import Problem
from deploy.local.processes import GUARD, LOOPBACK
from deploy.local.progress import step
from deploy.local.secrets import secrets_of
from deploy.local.servers import ROOT, Stack, start_mail_catcher, start_servers

NEEDED_BYTES = 500 * 1024 * 1024


@contextmanager
def running(
    *,
    folder: Path,
    port: int | None = None,
    mail_port: int | None = None,
    extra: Mapping[str, str] | None = None,
    own_servers: Mapping[str, str] = os.environ,
) -> Iterator[Stack]:
    """Run everything in ``folder`` until the block ends; ports are free ones unless given.

    ``extra`` is added to the product's environment. Servers named by DATABASE_URL, REDIS_URL and
    STORAGE_URL in ``own_servers`` are used instead of starting one. Prints a line for each step.
    Raises Problem when something does not start; what had started is ended then, too.
    """
    require_space(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    stack = Stack(folder.resolve())
    try:
        start_servers(stack, own_servers)
        start_mail_catcher(stack, mail_port)
        _complete_environment(stack, port or processes.free_port(), extra or {})
        prepare(stack)
        _start_product(stack)
        yield stack
    finally:
        stack.stop()
        GUARD.leave()


def require_space(folder: Path) -> None:
    """Raise Problem when the disk is nearly full."""
    place = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise Problem(
            f"Only {free // 2**20} MB are free at {place}: about 500 MB are needed.",
            "Free some space and start again.",
        )


def _complete_environment(stack: Stack, port: int, extra: Mapping[str, str]) -> None:
    """Add the product's own settings, and write them down for commands run by hand."""
    secrets = secrets_of(stack.folder)
    stack.env |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "0",
        "DEMO": "1",
        "BASE_URL": f"http://{LOOPBACK}:{port}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "SECRET_KEY": secrets.secret_key,
        "LINK_KEYS": secrets.link_key,
        "CODE_KEYS": secrets.code_key,
        "FACTOR_KEYS": secrets.factor_key,
        "PIN_KEYSET": str(stack.folder / "pin-keyset.json"),
        "EVIDENCE_KEYSET": str(stack.folder / "evidence-keyset.json"),
        # Collected once for every stack of this checkout.
        "STATIC_ROOT": str(ROOT / ".static"),
        "LETTERS_DIR": str(stack.folder / "letters"),
        **extra,
    }
    file = stack.folder / "env"
    file.touch(mode=0o600)
    known = os.environ.items()
    lines = [f"{k}={shlex.quote(v)}\n" for k, v in stack.env.items() if (k, v) not in known]
    file.write_text("".join(lines))


def prepare(stack: Stack) -> None:
    """Migrate, grant, collect the static files and load the demo people, saying each step.

    Raises Problem naming the log when one of them fails.
    """
    command = [sys.executable, "-m", "deploy.local.prepare", str(stack.folder)]
    with stack.log("prepare").open("a") as log:
        done = subprocess.run(command, cwd=ROOT, env=stack.env, stderr=log)
    if done.returncode != 0:
        raise Problem("The database could not be made ready.", f"See {stack.log('prepare')}.")


def _start_product(stack: Stack) -> None:
    port = urlsplit(stack.base_url).port
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    quiet = ["--without-gossip", "--without-mingle"]
    worker = ["worker", "--concurrency", "2", *quiet]
    reader = ["worker", "--queues", "reading", "--concurrency", "1", "--hostname", "reading@%h"]
    schedule = ["--schedule", stack.folder / "beat-schedule", "--pidfile", ""]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--no-control-socket"]
    web += ["--bind", f"{LOOPBACK}:{port}", "--worker-class", "gthread", "--workers", "2"]
    web += ["--threads", "4", "--graceful-timeout", "5", "--preload"]
    options = {"env": stack.env, "cwd": ROOT}
    with step("Starting web server, worker and beat"):
        parts = [
            ("Worker", "worker", celery + worker),
            ("Beat", "beat", [*celery, "beat", *schedule]),
        ]
        if importlib.util.find_spec("rapidocr"):
            parts.append(("Reading worker", "reading", celery + reader + quiet))
        for name, log, command in (*parts, ("Web server", "web", web)):
            stack.add(processes.start(name, command, log=stack.log(log), **options))
        is_ready = partial(_answers_pages, stack.base_url)
        processes.wait_until_ready(stack.running[-1], is_ready, seconds=60)
        if dead := stack.first_dead():
            raise Problem(f"{dead.name} ended: {dead.last_words()}", f"See {dead.log}.")


def _answers_pages(base_url: str) -> bool:
    try:
        urllib.request.urlopen(f"{base_url}/healthz", timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
