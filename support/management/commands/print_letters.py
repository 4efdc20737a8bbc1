"""manage.py print_letters: make a print file now, beside the day's own."""

from django.core.management.base import BaseCommand

from records import clock
from support.services import letters


class Command(BaseCommand):
    help = "Print every letter that waits, as one PDF and one CSV; name the files."

    def handle(self, **options):
        made = letters.print_due(at=clock.now())
        if made is None:
            self.stdout.write("No letter is waiting.")
            return
        self.stdout.write(f"{len(made.letters)} letters: {made.pdf} and {made.csv}")
