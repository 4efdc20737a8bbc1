from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from records import clock


class Command(BaseCommand):
    help = "Move the clock of the deadlines ahead; only where CLOCK_MAY_MOVE is on (never live)."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--days", type=float, default=0)
        parser.add_argument("--hours", type=float, default=0)

    def handle(self, *args, **options) -> None:
        by = timedelta(days=options["days"], hours=options["hours"])
        if by < timedelta(0):
            raise CommandError("Time does not run backwards: give days or hours ahead.")
        try:
            ahead = clock.move(by)
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"The clock is {ahead} ahead: it is {clock.now().isoformat()}.")
