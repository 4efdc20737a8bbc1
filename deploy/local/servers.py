"""What runs, and the servers under the product: from their wheels, or the person's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import postgres, processes, redis, s3
from deploy.local.problems import Problem
from deploy.local.processes import LOOPBACK, Process
from deploy.local.progress import step
from deploy.local.secrets import Secrets, secrets_of

ROOT = Path(__file__).resolve().parents[2]
# Where each server listens unless the address says otherwise.
USUAL_PORTS = {"postgres": 5432, "postgresql": 5432, "redis": 6379, "s3": 443}


@dataclass
class Stack:
    """What runs, what the product reads to find it, and what each server is."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)
    servers: dict[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Return the address of the pages."""
        return self.env["BASE_URL"]

    @property
    def mail_url(self) -> str:
        """Return the address of the page with every mail."""
        return self.env["MAIL_CATCHER_URL"]

    def log(self, name: str) -> Path:
        """Return the log file of one part, emptied when it has grown past 5 MB."""
        path = self.folder / "log" / f"{name}.log"
        if path.exists() and path.stat().st_size > 5_000_000:
            path.write_bytes(b"")
        return path

    def add(self, process: Process) -> None:
        """Count a process as ours to end."""
        self.running.append(process)

    def first_dead(self) -> Process | None:
        """Return a process that has ended by itself, if any has."""
        return next((process for process in self.running if not process.is_running()), None)

    def stop(self) -> None:
        """End everything, the last started first: pages, beat, worker, then the servers."""
        while self.running:
            self.running[-1].stop()
            self.running.pop()

    def manage(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run a management command against this stack and return what it said."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        options = {"capture_output": True, "text": True} | options
        return subprocess.run(command, cwd=ROOT, env=self.env, **options)


def start_servers(stack: Stack, own: Mapping[str, str]) -> None:
    """Start each server that the person does not name one of their own for.

    Raises Problem when one does not start, or theirs does not answer.
    """
    secrets = secrets_of(stack.folder)
    stack.env |= _neutral_environment()
    with step("Starting PostgreSQL, Redis and the S3 store"):
        for name, variable, start in (
            ("PostgreSQL", "DATABASE_URL", _start_postgres),
            ("Redis", "REDIS_URL", _start_redis),
            ("S3 store", "STORAGE_URL", _start_store),
        ):
            if own.get(variable):
                stack.env[variable] = own[variable]
                stack.servers[name] = (
                    f"yours, from {variable}: {_require_answer(name, own, variable)}"
                )
            else:
                stack.servers[name] = start(stack, secrets)
    if own.get("DATABASE_URL") and own.get("DATABASE_OWNER_URL"):
        stack.env["DATABASE_OWNER_URL"] = own["DATABASE_OWNER_URL"]


def _neutral_environment() -> dict[str, str]:
    """Return the caller's environment without what would change the product."""
    mine = ("PG", "DATABASE_", "REDIS_", "STORAGE_", "MAIL_", "DJANGO_", "CELERY_", "GUNICORN_")
    mine += ("EVIDENCE_",)
    names = {
        "SECRET_KEY",
        "LINK_KEYS",
        "CODE_KEYS",
        "FACTOR_KEYS",
        "PIN_KEYSET",
        "PIN_KEK",
        "PIN_KEK_OLD",
        "DEBUG",
    }
    names |= {
        "BASE_URL",
        "ALLOWED_HOSTS",
        "BEHIND_PROXY",
        "SECRET_KEY_FALLBACKS",
        "LOG_LEVEL",
        "CLOCK_MAY_MOVE",
    }
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(mine) and key not in names
    }


def _require_answer(name: str, own: Mapping[str, str], variable: str) -> str:
    """Return where a server of the person's own is, without its password.

    Raises Problem when nobody answers there.
    """
    parts = urlsplit(own[variable])
    if parts.scheme == "file":
        return parts.path
    port = parts.port or USUAL_PORTS.get(parts.scheme, 0)
    place = f"{parts.hostname}:{port}"
    try:
        socket.create_connection((parts.hostname, port), timeout=5).close()
    except (OSError, TypeError) as error:
        raise Problem(
            f"{name} does not answer at {place}, named by {variable} ({error}).",
            f"Start it, or unset {variable} to use the one that comes with Handover.",
        ) from None
    return place


def _start_postgres(stack: Stack, secrets: Secrets) -> str:
    server = postgres.start(
        folder=stack.folder, log=stack.log("postgres"), password=secrets.superuser
    )
    stack.add(server.process)
    postgres.make_roles(server, owner_password=secrets.owner, app_password=secrets.app)
    stack.env |= {
        "DATABASE_URL": server.url(postgres.APP, secrets.app, postgres.DATABASE),
        "DATABASE_OWNER_URL": server.url(postgres.OWNER, secrets.owner, postgres.DATABASE),
    }
    return f"from its wheel, {LOOPBACK}:{server.port}"


def _start_redis(stack: Stack, secrets: Secrets) -> str:
    server = redis.start(
        folder=stack.folder / "redis", log=stack.log("redis"), password=secrets.redis
    )
    stack.add(server.process)
    stack.env["REDIS_URL"] = server.url()
    return f"from its wheel, {LOOPBACK}:{server.port}"


def _start_store(stack: Stack, secrets: Secrets) -> str:
    store = s3.start(
        folder=stack.folder / "s3",
        log=stack.log("s3"),
        key=secrets.store_key,
        secret=secrets.store_secret,
    )
    stack.add(store.process)
    stack.env["STORAGE_URL"] = store.url()
    return f"from its wheel (rclone), {LOOPBACK}:{store.port}"


def start_mail_catcher(stack: Stack, mail_port: int | None) -> None:
    """Start the mail catcher, its page on ``mail_port`` if that is given and free."""

    def start_on(smtp_port: int) -> Process:
        http_port = mail_port if mail_port and processes.is_free(mail_port) else None
        http_port = http_port or processes.free_port()
        command = [sys.executable, "-m", "deploy.local.mailcatcher", "--folder"]
        command += [stack.folder / "mails", "--smtp-port", smtp_port, "--http-port", http_port]
        catcher = processes.start(
            "Mail catcher", command, log=stack.log("mail"), env=stack.env, cwd=ROOT
        )
        processes.wait_until_ready(
            catcher,
            lambda: processes.answers(smtp_port) and processes.answers(http_port),
            seconds=30,
        )
        stack.env["MAIL_URL"] = f"smtp://{LOOPBACK}:{smtp_port}"
        stack.env["MAIL_CATCHER_URL"] = f"http://{LOOPBACK}:{http_port}"
        return catcher

    stack.add(processes.start_on_free_port(start_on))
