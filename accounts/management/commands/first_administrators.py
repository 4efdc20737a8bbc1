from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import DatabaseError, transaction
from django.utils.module_loading import import_string

from accounts import roles
from accounts.models import Role, User, normalise_email


class Command(BaseCommand):
    help = (
        "Name the first two administrators of a fresh installation. Works only while there is none:"
        " everybody after them is proposed by one administrator and agreed to by another, on the"
        " page of people. Needs the owner's connection (DATABASE_OWNER_URL)."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("emails", nargs=2, metavar="email")

    def handle(self, *args, **options) -> None:
        emails = [self._address(email) for email in options["emails"]]
        if emails[0] == emails[1]:
            raise CommandError("Two different people, please: one alone can agree on nothing.")
        at = import_string(settings.CLOCK)()
        if names := ", ".join(map(str, roles.holders(Role.ADMINISTRATOR, at))):
            raise CommandError(
                f"There are administrators already: {names}. Have one of them propose the new one."
            )
        try:
            with transaction.atomic(using="owner"):
                people = [self._begin(email, at) for email in emails]
        except DatabaseError as error:
            raise CommandError(
                f"The database refused it. Set DATABASE_OWNER_URL for this command. ({error})"
            ) from None
        for made in people:
            user = User.objects.get(pk=made.pk)  # on the application's connection
            import_string(settings.ACCOUNT_TOLD)(user=user, what="first_administrator")
            self.stdout.write(f"{user.email} is an administrator.")
        self.stdout.write("Each signs in at /sign-in/staff/ and chooses a password there.")

    def _address(self, email: str) -> str:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        return normalise_email(email)

    def _begin(self, email: str, at) -> User:
        people = User.objects.db_manager("owner")
        user = people.filter(email=email).first() or people.create_user(email)
        roles.begin(user=user, role=Role.ADMINISTRATOR, at=at, using="owner")
        return user
