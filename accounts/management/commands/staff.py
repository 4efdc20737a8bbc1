import getpass
import sys

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.module_loading import import_string

from accounts import roles
from accounts.models import Role, User, normalise_email


class Command(BaseCommand):
    help = (
        "End the parts that a member of staff plays, set their password, open the read-only admin."
        " New parts are proposed and agreed to on the page of people."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--end", nargs="+", default=[], choices=Role.values)
        parser.add_argument("--admin", action="store_true", help="may look at the admin pages")
        parser.add_argument("--password", action="store_true", help="ask for a new password")

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        user = self._find_or_make(normalise_email(options["email"]))
        at = import_string(settings.CLOCK)()
        user.name = options["name"] or user.name
        user.is_staff = user.is_staff or options["admin"]
        for role in options["end"]:
            roles.end(user=user, role=role, at=at)
        if options["password"]:
            user.set_password(self._ask_password(user))
        user.save(update_fields=["name", "is_staff", "password"])
        played = ", ".join(sorted(roles.roles_of(user, at))) or "no part"
        self.stdout.write(f"{user.email} plays {played}.")

    def _find_or_make(self, email: str) -> User:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        return User.objects.by_email(email) or User.objects.create_user(email)

    def _ask_password(self, user: User) -> str:
        """Ask at the terminal, or read the first line of what is piped in."""
        is_terminal = sys.stdin.isatty()
        password = getpass.getpass("Password: ") if is_terminal else sys.stdin.readline().strip()
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        return password
