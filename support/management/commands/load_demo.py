from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from support.demo import loading


class Command(BaseCommand):
    help = "Load the demo's registry and people; only where DEMO is on. Twice is as good as once."

    def handle(self, *args, **options) -> None:
        try:
            loading.load(stdout=self.stdout)
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("The demo's registry and people are there. Who: manage.py demo_people")
