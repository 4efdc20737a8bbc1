from django.core.management.base import BaseCommand, CommandError

from support.services import rotation


class Command(BaseCommand):
    help = (
        "Add a new primary key and seal everything again with it: PINs, data keys of evidence, "
        "authenticator apps. Works while the pages do; killed at any moment, run it again and it "
        "goes on: no further key is added while something waits."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--only", choices=sorted(rotation.TABLE), help="this alone")
        parser.add_argument("--batch", type=int, default=500, help="rows in one transaction")
        parser.add_argument("--resume", action="store_true", help="add no key, seal what waits")
        parser.add_argument(
            "--retire",
            action="store_true",
            help="take keys that nothing needs out of the keysets; backups may still need them",
        )

    def handle(self, *args, only: str | None, batch: int, resume: bool, retire: bool, **options):
        if batch < 1:
            raise CommandError("--batch is the number of rows in one transaction: 1 or more.")
        names = [only] if only else list(rotation.TABLE)
        bad = sum(self._rotate(rotation.TABLE[name], batch, resume or retire) for name in names)
        if bad:
            raise CommandError(f"{bad} rows open with no key of ours and were left as they are.")
        for name in names if retire else ():
            self._retire(rotation.TABLE[name])

    def _rotate(self, sealed: rotation.Sealed, batch: int, resume: bool) -> int:
        """Bring one kind to its newest key; return how many rows could not be opened."""
        waiting = rotation.count_waiting(sealed)
        if waiting:
            self.stdout.write(f"{sealed.what}: going on, {waiting} are sealed with an older key.")
        elif not resume:
            self.stdout.write(f"{sealed.what}: {self._key_added(sealed)}")
            waiting = rotation.count_waiting(sealed)
        done, bad = 0, set()
        for each in rotation.run(sealed, at_most=batch):
            done += each.sealed
            bad.update(each.unreadable)
            self.stdout.write(f"{sealed.what}: {done} of {waiting} sealed again")
        for row in sorted(bad)[:20]:
            self.stderr.write(f"{sealed.what}: row {row} opens with no key of ours")
        self.stdout.write(f"{sealed.what}: all are sealed with the newest key, {done} in this run.")
        return len(bad)

    def _key_added(self, sealed: rotation.Sealed) -> str:
        if rotation.add_key(sealed):
            return "a new primary key was added."
        if sealed.keyset is None:
            return "put a new key before the others in its setting, then run this again."
        return (
            f"the keyset stands in {sealed.keyset.setting}: set what `manage.py "
            f"{sealed.keyset.made_by} --force-new-primary` prints, then run this again."
        )

    def _retire(self, sealed: rotation.Sealed) -> None:
        try:
            gone = rotation.retire(sealed)
        except ValueError as error:
            self.stdout.write(str(error))
            return
        self.stdout.write(f"{sealed.what}: {gone} older keys were taken out.")
