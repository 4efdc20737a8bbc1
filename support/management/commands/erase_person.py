"""manage.py erase_person: what would go and what stays, and with --yes the erasure itself."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from records import clock
from support.services import erasing


class Command(BaseCommand):
    help = "Erase a person (GDPR Art. 17): tells first what goes and what stays."

    def add_arguments(self, parser) -> None:
        parser.add_argument("person", help="their e-mail address or uid")
        parser.add_argument("--by", required=True, help="e-mail address of the privacy officer")
        parser.add_argument("--yes", metavar="UID", help="the person's uid again: erase them")

    def handle(self, *args, **options) -> None:
        person, officer = _person(options["person"]), _person(options["by"])
        found = erasing.preview(person, clock.now())
        self.stdout.write(f"Person {person.uid}")
        for line in found.goes:
            self.stdout.write(f"  goes: {line.what} ({line.count})")
        for line in found.stays:
            self.stdout.write(f"  stays: {line.what} ({line.count}), because {line.why}")
        for words in found.against:
            self.stdout.write(f"  stands against it: {words}")
        if not options["yes"]:
            self.stdout.write(f"Nothing was done. To erase: --yes {person.uid}")
        elif options["yes"] != str(person.uid):
            raise CommandError("--yes does not name the uid of this person: nothing was done")
        else:
            self._erase(person, officer)

    def _erase(self, person: User, officer: User) -> None:
        try:
            erasure = erasing.ask(person_id=person.pk, by=officer)
        except (PermissionDenied, ValidationError) as refusal:
            raise CommandError(str(refusal)) from refusal
        done = erasing.erase(erasure.pk)
        waits = "It waits, and is tried again every night, until nothing stands against it."
        self.stdout.write("Erased." if done else waits)


def _person(named: str) -> User:
    person = User.objects.by_email(named) if "@" in named else None
    if person is None and "@" not in named:
        try:
            person = User.objects.filter(uid=named).first()
        except ValidationError as error:
            raise CommandError("that is neither an address nor a uid") from error
    if person is None:
        raise CommandError("no such person is on record")
    return person
