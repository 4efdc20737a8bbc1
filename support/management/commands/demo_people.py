import json

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from support.demo import loading, people


class Command(BaseCommand):
    help = "Say who the demo's people are and how each signs in; only where DEMO is on."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")

    def handle(self, *args, **options) -> None:
        try:
            loading.require_demo()
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from None
        rows = people.table()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        widths = [max(len(row[key]) for row in rows) for key in rows[0]]
        for row in rows:
            cells = zip(row.values(), widths, strict=True)
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
