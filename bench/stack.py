"""What the bench runs on: a durable PostgreSQL and a Redis of its own, databases that are kept.

Everything lies in ``.bench/``. A database is made once for each size, migrated with the product,
and used again until the generator changes; a comment on it says by which it was made.
"""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg import sql

from deploy.local import postgres, processes, redis
from deploy.local.postgres import APP, OWNER
from deploy.local.processes import LOOPBACK, Process
from deploy.local.secrets import secrets_of
from deploy.local.servers import ROOT, Stack

FOLDER = ROOT / ".bench"
EMPTY = "bench_empty"
WORKERS, THREADS = 2, 4
_MADE_BY = ("bench/tickets.py", "bench/rows.py")
_MIGRATED_BY = (
    ["migrate", "--database", "owner", "--verbosity", "0", "--no-input"],
    ["grant_rights", "--database", "owner"],
    ["collectstatic", "--no-input", "--verbosity", "0"],
)


class Bench:
    """The servers of a run, and the databases of each size on them."""

    def __init__(self) -> None:
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        self.stack, self.secrets = Stack(FOLDER), secrets_of(FOLDER)
        options = {"log": self.stack.log("postgres"), "password": self.secrets.superuser}
        self.server = postgres.start(folder=FOLDER, **options)
        self.stack.add(self.server.process)
        passwords = {"owner_password": self.secrets.owner, "app_password": self.secrets.app}
        postgres.make_roles(self.server, **passwords)
        options = {"log": self.stack.log("redis"), "password": self.secrets.redis}
        broker = redis.start(folder=FOLDER / "redis", **options)
        self.stack.add(broker.process)
        self.stack.env |= self._environment() | {"REDIS_URL": broker.url()}

    def _environment(self) -> dict[str, str]:
        found = self.secrets
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "0", "DEMO": "1",
            "ALLOWED_HOSTS": LOOPBACK, "SECRET_KEY": found.secret_key, "LINK_KEYS": found.link_key,
            "CODE_KEYS": found.code_key, "FACTOR_KEYS": found.factor_key, "LOG_LEVEL": "WARNING",
            "PIN_KEYSET": str(FOLDER / "pin-keyset.json"),
            "EVIDENCE_KEYSET": str(FOLDER / "evidence-keyset.json"),
            "STATIC_ROOT": str(FOLDER / "static"), "STORAGE_URL": f"file://{FOLDER / 'store'}",
            "LETTERS_DIR": str(FOLDER / "letters"),
        }  # fmt: skip

    def environment_of(self, database: str) -> dict[str, str]:
        """Return what a process of the product reads to work with one of the databases."""
        return self.stack.env | {
            "DATABASE_URL": self.server.url(APP, self.secrets.app, database),
            "DATABASE_OWNER_URL": self.server.url(OWNER, self.secrets.owner, database),
        }

    def filling(self, database: str) -> dict[str, str]:
        """Return what makes the owner's connection one that may put triggers to sleep."""
        return {"DATABASE_OWNER_URL": self.server.url(database=database)}

    def database(self, size: int, *, kind: str = "desk") -> str:
        """Return the name of the database of so many tickets, made now unless one is kept.

        ``kind`` is "desk" (tickets with all around them) or "deep" (open tickets alone).
        """
        name = f"bench_{kind}_{size}"
        if self._comment(name) == _fingerprint():
            with suppress(subprocess.CalledProcessError):  # a migration was rewritten
                self._manage(*_MIGRATED_BY, database=name)
                return name
        self._copy("template0", EMPTY)
        self._manage(*_MIGRATED_BY, ["make_pin_keys"], ["make_evidence_keys"], database=EMPTY)
        self._copy(EMPTY, name)
        print(f"Making {size:,} tickets ({kind}); they are kept.", flush=True)
        command = [sys.executable, "-m", "bench.tickets", str(size), kind]
        self.run(command, database=name, **self.filling(name))
        with self.server.connect() as connection:
            comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
            made = (sql.Identifier(name), sql.Literal(_fingerprint()))
            connection.execute(comment.format(*made))
        return name

    def _comment(self, name: str) -> str:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        with self.server.connect() as connection:
            found = connection.execute(query, [name]).fetchone()
        return (found and found[0]) or ""

    def _manage(self, *commands: list[str], database: str) -> None:
        for command in commands:
            self.run([sys.executable, "manage.py", *command], database=database, quiet=True)

    def _copy(self, source: str, name: str) -> None:
        parts = map(sql.Identifier, (name, source, OWNER))
        with self.server.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*parts))
            postgres.allow_connections(connection, name)
        if source == "template0":
            with self.server.connect(name) as connection:
                usage = sql.SQL("GRANT USAGE ON SCHEMA public TO {}")
                connection.execute(usage.format(sql.Identifier(APP)))

    def run(self, command: list[str], *, database: str, quiet: bool = False, **env: str) -> None:
        """Run a program of the product or the bench; raises CalledProcessError when it fails."""
        output = subprocess.DEVNULL if quiet else None
        environment = self.environment_of(database) | env
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=output)

    @contextmanager
    def web(self, database: str) -> Iterator[tuple[str, Process]]:
        """Run the product's web server as deployed; yields its address and its process."""
        options = ["--worker-class", "gthread", "--threads", str(THREADS), "--preload"]
        env = self.environment_of(database)
        with self._gunicorn("config.wsgi:application", "/healthz", options, env) as found:
            yield found

    @contextmanager
    def reference(self) -> Iterator[tuple[str, Process]]:
        """Run the bare view that every ratio is taken against."""
        with self._gunicorn("bench.hello:application", "/", [], self.stack.env) as found:
            yield found

    @contextmanager
    def _gunicorn(self, application: str, ready: str, options: list[str], env: dict):
        def start_on(port: int) -> Process:
            command = [sys.executable, "-m", "gunicorn", application, "--no-control-socket"]
            command += ["--bind", f"{LOOPBACK}:{port}", "--workers", str(WORKERS), *options]
            base_url = f"http://{LOOPBACK}:{port}"
            about = {"log": self.stack.log("web"), "env": env | {"BASE_URL": base_url}}
            process = processes.start("Web server", command, cwd=ROOT, **about)
            processes.wait_until_ready(process, lambda: processes.answers(port), seconds=60)
            time.sleep(1.0)  # the workers behind the socket
            return base_url, process

        base_url, process = processes.start_on_free_port(start_on)
        try:
            yield base_url, process
        finally:
            process.stop()

    def stop(self) -> None:
        """End the servers; the databases stay."""
        self.stack.stop()


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in _MADE_BY:
        for path in sorted(Path(ROOT).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
