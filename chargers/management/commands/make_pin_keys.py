from django.core.management.base import BaseCommand, CommandError

from chargers import pins
from records import keysets


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
        try:
            self.stdout.write(keysets.make(pins.KEYSET, new_primary=force_new_primary))
        except ValueError as error:
            raise CommandError(str(error)) from None
