"""The stations and the places they are at."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm, User
from records import moment


class InstallationQuerySet(models.QuerySet):
    def visible_to(self, user: User, at) -> "InstallationQuerySet":
        """Installations where this person owns a charger, charges or services at ``at``."""
        chargers = Charger.objects.visible_to(user, at)
        here = Q(chargers__in=chargers) | Q(
            pk__in=self.filter(_serviced(user, at, "tenures__")).values("pk")
        )
        return self.filter(here).distinct()


def _held(at, path: str) -> models.Q:
    """Tenures at the end of ``path`` that hold at ``at``."""
    ends_later = Q(**{f"{path}ends_at": None}) | Q(**{f"{path}ends_at__gt": at})
    return ends_later & Q(**{f"{path}starts_at__lte": at})


def _serviced(user: User, at, path: str) -> models.Q:
    """Service access at the end of ``path`` of a firm that the person speaks for at ``at``."""
    firms = user.memberships.filter(_held(at, "")).values("firm")
    service = {f"{path}role": "service_access", f"{path}firm__in": firms}
    return Q(**service) & _held(at, path)


class Installation(models.Model):
    """A place with one or more chargers: a home, or a garage that is shared."""

    class Kind(models.TextChoices):
        HOME = "home", _("home")
        SHARED = "shared", _("shared garage")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vendor = models.CharField(max_length=40)
    external_id = models.CharField(max_length=100, help_text=_("the maker's id, or our own key"))
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.HOME)
    street = models.CharField(max_length=200, blank=True)
    house_number = models.CharField(max_length=20, blank=True)
    house_letter = models.CharField(max_length=10, blank=True)
    unit = models.CharField(max_length=50, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text=_("ISO 3166-1, upper case"))
    time_zone = models.CharField(max_length=50, blank=True, help_text=_("IANA name"))
    firm = models.ForeignKey(
        InstallerFirm, models.PROTECT, null=True, blank=True, related_name="installations"
    )
    board = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="boards"
    )
    contact_email = models.EmailField(blank=True, help_text=_("a notice channel, never an owner"))
    # Until a constants file explains the maker's country id, the country stays empty.
    country_ref = models.CharField(max_length=100, blank=True, help_text=_("maker's country id"))
    match_key = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text=_("name, postcode and address, folded: how two sources name one place"),
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"], name="one_installation_per_external_id"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class OwnerState(models.TextChoices):
    """What is known of the owner. Missing data is unknown, never none."""

    KNOWN = "known", _("known")
    RELEASED = "released", _("released here")
    NONE = "none", _("declared to have none")
    UNKNOWN = "unknown", _("unknown")


class ChargerQuerySet(models.QuerySet):
    def lock(self, charger_id: int) -> "Charger":
        """Return the charger, locked (FOR NO KEY UPDATE) until the transaction ends.

        The first lock of every command that moves a ticket, a tenure or a grant.
        """
        charger = self.select_for_update(of=("self",), no_key=True).get(pk=charger_id)
        moment.renew()
        return charger

    def real(self) -> "ChargerQuerySet":
        """Leave out what only training tickets point at."""
        return self.exclude(vendor=Charger.TRAINING)

    def registered(self) -> "ChargerQuerySet":
        return self.exclude(registered_at=None)

    def owned_by(self, user: User, at) -> "ChargerQuerySet":
        """Chargers whose registered owner this person is at ``at``."""
        return self.filter(_held(at, "tenures__"), tenures__role="owner", tenures__person=user)

    def visible_to(self, user: User, at) -> "ChargerQuerySet":
        """Chargers that this person owns, charges at or services at ``at``."""
        person = Q(tenures__person=user) & _held(at, "tenures__")
        place = "installation__tenures__"
        found = [
            self.filter(person),
            self.filter(_serviced(user, at, "tenures__")),
            self.filter(_serviced(user, at, place)),
            self.filter(_held(at, place), **{f"{place}person": user}),
        ]
        pks = Q()
        for chargers in found:
            pks |= Q(pk__in=chargers.values("pk"))
        return self.filter(pks)


class Charger(models.Model):
    """A charging station. ``registered_at`` is empty while it is known only from a ticket."""

    # The "vendor" of what is no charger at all: it is there for a planted forgery to point at.
    TRAINING = "training"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vendor = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=40, help_text=_("NFKC, upper case, no separators"))
    lookup_key = models.CharField(max_length=40, db_index=True, help_text=_("also O as 0, I as 1"))
    model = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True, help_text=_("display name"))
    unit = models.CharField(max_length=50, blank=True, help_text=_("flat or parking bay"))
    external_id = models.CharField(max_length=100, blank=True)
    installation = models.ForeignKey(
        Installation, models.PROTECT, null=True, blank=True, related_name="chargers"
    )
    registered_at = models.DateTimeField(null=True, blank=True)
    owner_state = models.CharField(
        max_length=10, choices=OwnerState.choices, default=OwnerState.UNKNOWN
    )
    made_at = models.DateTimeField()

    objects = ChargerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "serial"], name="one_charger_per_serial"),
            models.CheckConstraint(
                condition=Q(registered_at=None) | ~Q(vendor=""), name="registered_has_a_vendor"
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def stream(self) -> str:
        return f"charger:{self.uid}"

    @property
    def time_zone(self) -> str:
        """The IANA zone of the place, or UTC while it is unknown."""
        return self.installation.time_zone if self.installation_id else ""

    def owner_tenure(self, at):
        """Return the owner tenure that holds at ``at`` (aware datetime), or None."""
        return self.tenures.owners().current(at).select_related("person").first()

    def owner(self, at) -> User | None:
        """Return who is the registered owner at ``at``, or None."""
        tenure = self.owner_tenure(at)
        return tenure.person if tenure else None

    def open_holds(self):
        """Return the dispute, freeze and contest holds that are open now."""
        return self.holds.filter(lifted_at=None)
