"""The private PostgreSQL and Redis of one test run, and what the product reads to find them.

The process that pytest was started in starts them; its xdist workers, and any program that a test
runs, find them in the environment and take a database of their own name.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from tink import aead, json_proto_keyset_format, new_keyset_handle, secret_key_access

from deploy.local import postgres, redis
from deploy.local.problems import Problem
from deploy.local.processes import GUARD, LOOPBACK

POSTGRES, REDIS, PASSWORD = "TESTS_POSTGRES_PORT", "TESTS_REDIS_PORT", "TESTS_PASSWORD"
FOLDER = "TESTS_FOLDER"
_started: list = []


def environment() -> dict[str, str]:
    """Return the product's environment for this process, starting the servers if nobody has."""
    if POSTGRES not in os.environ:
        try:
            _start()
        except Problem as problem:
            raise SystemExit(f"The tests' own servers: {problem}") from None
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    database = f"test_{worker}"
    redis_port, password = os.environ[REDIS], os.environ[PASSWORD]
    folder = os.environ[FOLDER]
    return {
        "DATABASE_URL": url_of(postgres.APP, database),
        "DATABASE_OWNER_URL": url_of(postgres.OWNER, database),
        "REDIS_URL": f"redis://:{password}@{LOOPBACK}:{redis_port}/{number % 64}",
        "STORAGE_URL": f"file://{folder}/evidence-{worker}",
        "LETTERS_DIR": f"{folder}/letters-{worker}",
        "STATIC_ROOT": f"{folder}/static",
        "MAIL_URL": f"smtp://{LOOPBACK}:1",
        "BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": f"testserver,localhost,{LOOPBACK}",
        "SECRET_KEY": "tests-only-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",
        "LINK_KEYS": "tests-only-link-key-0123456789-abcdefghijklmnopqrstuvwxyz",
        "CODE_KEYS": "tests-only-code-key-0123456789-abcdefghijklmnopqrstuvwxyz",
        "FACTOR_KEYS": "tests-only-factor-key-0123456789-abcdefghijklmnopqrstuvwxyz",
        "PIN_KEK": "",
        "EVIDENCE_KEK": "",
        "CLOCK_MAY_MOVE": "1",
        "DEBUG": "0",
        "DEMO": os.environ.get("DEMO", "0"),
        "LOG_LEVEL": "WARNING",
    }


def url_of(user: str, database: str) -> str:
    """Return the address of a database of this run's server as one of its users."""
    password, port = os.environ[PASSWORD], os.environ[POSTGRES]
    return f"postgres://{user}:{password}@{LOOPBACK}:{port}/{database}"


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="handover-tests-"))
    GUARD.tell(f"rm {folder}")
    (folder / "static").mkdir()
    atexit.register(stop)
    password = secrets.token_hex(16)
    _started.append((os.getpid(), folder))
    database = postgres.start(
        folder=folder, log=folder / "postgres.log", password=password, durable=False
    )
    _started.append(database.process)
    postgres.make_roles(database, owner_password=password, app_password=password)
    with database.connect() as connection:
        # Clean-up deletes rows that triggers protect; nobody may do that outside tests.
        connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {postgres.OWNER}")
    broker = redis.start(folder=folder / "redis", log=folder / "redis.log", password=password)
    _started.append(broker.process)
    os.environ |= {
        POSTGRES: str(database.port),
        REDIS: str(broker.port),
        PASSWORD: password,
        FOLDER: str(folder),
        "PIN_KEYSET": _keyset(),
        "EVIDENCE_KEYSET": _keyset(),
        # Workers must agree on the order of tests, also of those made from a set.
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"),
    }


def _keyset() -> str:
    aead.register()
    handle = new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)


def stop() -> None:
    """End what this process started and delete its data; harmless when it started nothing."""
    if not _started or _started[0][0] != os.getpid():
        return
    (_, folder), *processes = _started
    _started.clear()
    for process in reversed(processes):
        process.stop()
    postgres.remove_data(folder)
    shutil.rmtree(folder, ignore_errors=True)
    GUARD.leave()
