import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chargers import pins


class Command(BaseCommand):
    help = "Make the keyset that PINs are sealed with, once; or give it a new primary key."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--force-new-primary",
            action="store_true",
            help="Add a new primary key to the keyset. Run rotate_keys afterwards.",
        )

    def handle(self, *args, force_new_primary: bool, **options):
        if settings.PIN_KEYSET.lstrip().startswith("{"):
            self._print_new_primary(force_new_primary)
            return
        path = Path(settings.PIN_KEYSET)
        if not path.exists():
            write_private(path, pins.new_keyset())
            self.stdout.write("A new keyset was made. Back it up apart from the database.")
        elif force_new_primary:
            write_private(path, pins.with_new_primary(path.read_text()))
            self.stdout.write("A new primary key was added. Now run `manage.py rotate_keys`.")
        else:
            self.stdout.write("There is a keyset already; it was left alone.")

    def _print_new_primary(self, force: bool) -> None:
        if not force:
            raise CommandError("PIN_KEYSET holds a keyset already; it was left alone.")
        self.stdout.write(pins.with_new_primary(settings.PIN_KEYSET))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
