"""manage.py bounced MESSAGE_ID...: say that accepted mails came back."""

from django.core.management.base import BaseCommand, CommandError

from records import clock
from support import delivery


class Command(BaseCommand):
    help = "Mark mails as bounced by their Message-ID; clocks that rested on them start over."

    def add_arguments(self, parser):
        parser.add_argument("message_id", nargs="+", help="as in the mail, with or without <>")

    def handle(self, message_id: list[str], **options):
        unknown = [one for one in message_id if delivery.bounced(one, clock.now()) is None]
        self.stdout.write(f"{len(message_id) - len(unknown)} marked.")
        if unknown:
            raise CommandError(f"not a mail of ours: {' '.join(unknown)}")
