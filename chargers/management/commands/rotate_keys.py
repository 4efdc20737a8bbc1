from django.core.management.base import BaseCommand

from chargers.services import keys


class Command(BaseCommand):
    help = "Seal every PIN again with the primary key. May be stopped and started at any time."

    def add_arguments(self, parser):
        parser.add_argument("--batch", type=int, default=500, help="PINs in one transaction")

    def handle(self, *args, batch: int, **options):
        total = 0
        while done := keys.reseal_some(at_most=batch):
            total += done
            self.stdout.write(f"{total} sealed again, {keys.count_waiting()} to go")
        self.stdout.write(f"Every PIN is sealed with the primary key ({total} in this run).")
