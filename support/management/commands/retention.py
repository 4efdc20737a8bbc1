"""manage.py retention: tell what the schedule would let go of, or let go of it."""

from django.core.management.base import BaseCommand, CommandError

from support.services import retention


class Command(BaseCommand):
    help = "Carry out the retention schedule (docs/privacy.md), line by line."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell what is due")

    def handle(self, *args, **options) -> None:
        dry_run, failed = options["dry_run"], []
        for result in retention.run(dry_run=dry_run):
            due = result.due
            examples = f", e.g. {', '.join(due.examples)}" if due.examples else ""
            done = f"{due.count} due{examples}" if dry_run else f"{result.done} done"
            self.stdout.write(f"{result.rule.name}: {result.error or done} ({result.rule.then})")
            if result.error:
                failed.append(result.rule.name)
        if failed:
            raise CommandError(f"not carried out: {', '.join(failed)}; run it again")
