from django.core.management.base import BaseCommand, CommandError

from records import chain
from records.models import ChainHead, Event


class Command(BaseCommand):
    help = "Check every event against its chain and every day against its signed head."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--stream", help="check this stream alone")

    def handle(self, *args, **options) -> None:
        problems = chain.verify(options["stream"])
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} broken; the first bad row is {problems[0]}")
        counts = f"{Event.objects.count()} events, {ChainHead.objects.count()} signed days"
        self.stdout.write(f"All chains fit: {counts}.")
