"""Bring database, keys, static files and demo people to where the demo needs them.

`python -m deploy.local.prepare FOLDER`, in the product's environment. All in one process, because
starting Django once per command would take most of a second start's time.
"""

import fcntl
import hashlib
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from deploy.local.progress import step


def main(folder: Path) -> None:
    """Run each step; every one of them is harmless when there is nothing to do."""
    django.setup()
    with step("Migrating the database"):
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        call_command("grant_rights", database="owner", stdout=StringIO())
        call_command("make_pin_keys", stdout=StringIO())
        call_command("make_evidence_keys", stdout=StringIO())
    collect_static(Path(settings.STATIC_ROOT))
    with step("Loading the demo people and their registry"):
        call_command("load_demo", stdout=StringIO())
        people = StringIO()
        call_command("demo_people", "--json", stdout=people)
    (folder / "people.json").write_text(people.getvalue())


def collect_static(root: Path) -> None:
    """Collect style sheets and scripts unless those collected are still the same ones."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = root / ".collected", static_fingerprint()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        with step("Collecting style sheets and scripts"):
            call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Return what changes when any static file, or how it is stored, does."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
