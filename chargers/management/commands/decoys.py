from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from chargers.models import Charger, Decoy
from chargers.services import decoys, registry


class Command(BaseCommand):
    help = "Decoy chargers: any look, search hit or request raises an alert. Lists them."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--add", metavar="SERIAL", help="make this charger a decoy")
        parser.add_argument("--remove", metavar="SERIAL", help="make it an ordinary one again")

    def handle(self, *args, add: str | None, remove: str | None, **options):
        if add:
            decoys.add(self._find(add))
        if remove:
            decoys.remove(self._find(remove))
        for decoy in Decoy.objects.select_related("charger").order_by("charger__serial"):
            self.stdout.write(f"{decoy.charger.serial} since {decoy.made_at:%Y-%m-%d}")

    def _find(self, serial: str) -> Charger:
        try:
            found = registry.find(serial)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if found is None:
            raise CommandError("No charger with this serial number is on record.")
        return found
