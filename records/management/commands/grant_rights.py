from django.core.management.base import BaseCommand

from records import rights


class Command(BaseCommand):
    help = "Give the application's database role its rights; run as the owner after migrating."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--database", default="owner", help="the owner's connection")
        parser.add_argument("--role", default=rights.APP_ROLE, help="the application's role")

    def handle(self, *args, **options) -> None:
        outcome = rights.grant(database=options["database"], role=options["role"])
        counts = f"{outcome.tables} tables and {outcome.sequences} sequences for {options['role']}."
        self.stdout.write(outcome.why_not or counts)
