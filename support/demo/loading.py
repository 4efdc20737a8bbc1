"""Putting the demo's registry and people into an empty database; again, it changes nothing."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import factors, roles
from accounts.models import FirmMember, InstallerFirm, Role, User
from chargers.models import Charger
from chargers.services import access
from records import clock
from support.demo import people

FILES = Path(__file__).resolve().parent / "registry"
SERIALS = (
    *("ZAG100101", "GPN100102", "ZGB100103", "ZAP100104", "GPG100105"),
    *("ZPR100106", "ZPR100107", "ZPR100108", "ZAG100109", "GPN100110"),
)


def load(*, stdout=None) -> None:
    """Import the demo's registry and make its people; what is there already stays as it is.

    Raises PermissionDenied unless this deployment is a demo (DEMO=1).
    """
    require_demo()
    if Charger.objects.registered().filter(serial__in=SERIALS).count() < len(SERIALS):
        call_command("import_registry", str(FILES), "--pins", "all", stdout=stdout)
    with transaction.atomic():
        _establish_owner()
        for person in (*people.RESIDENTS, *people.OWNERS, people.MEMBER):
            _person(person.email, person.name)
        staff = _make_staff()
    # By the owner's role: a demo has no two administrators to begin with.
    _make_member()
    for user, role in staff:
        roles.begin(user=user, role=role, at=clock.now(), using="owner")


def require_demo() -> None:
    """Raise PermissionDenied where this is no demo: its people have a password that is printed."""
    if not settings.DEMO:
        raise PermissionDenied("Demo people belong into a demo only: this one is not (DEMO=1).")


def _person(email: str, name: str) -> User:
    user = User.objects.by_email(email) or User.objects.create_user(email, name=name)
    if not user.name:
        user.name = name
        user.save(update_fields=["name"])
    return user


def _establish_owner() -> None:
    """One owner has shown long ago that the charger is hers."""
    charger = Charger.objects.get(serial=people.ESTABLISHED_SERIAL)
    now = clock.now()
    tenure = charger.owner_tenure(now)
    if tenure and tenure.person.email == people.OWNERS[0].email:
        access.establish(charger=Charger.objects.lock(charger.pk), at=clock.now(), origin="demo")


def _make_member() -> None:
    member = User.objects.by_email(people.MEMBER.email)
    firm = InstallerFirm.objects.get(email=people.FIRM_EMAIL)
    FirmMember.objects.using("owner").get_or_create(
        firm_id=firm.pk, user_id=member.pk, ends_at=None, defaults={"starts_at": clock.now()}
    )


def _give_app(user: User) -> None:
    """Give an authenticator app with the key that the demo shows, unless it was changed since."""
    if not factors.of(user).exists():
        factors.set_up(user=user, secret=people.app_secret(), name=str(_("the demo's app")))


def _make_staff() -> list[tuple[User, Role]]:
    """Make the people of the desk, ready to sign in; return them with their parts."""
    staff = [(one.role, _person(one.email, one.name)) for one in people.STAFF]
    # Hashing is slow on purpose: one hash serves all, and stays while the password does.
    known = staff[0][1].password
    word = people.password()
    hashed = known if check_password(word, known) else make_password(word)
    for role, user in staff:
        _give_app(user)
        looks_up = role in (Role.ADMINISTRATOR, Role.AUDITOR)
        if user.password != hashed or user.is_staff != looks_up:
            user.password, user.is_staff = hashed, looks_up
            user.save(update_fields=["password", "is_staff"])
    return [(user, role) for role, user in staff]
