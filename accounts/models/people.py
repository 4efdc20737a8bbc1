"""People: who they are, how they are reached, which part they play."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserQuerySet(models.QuerySet):
    def by_email(self, email: str) -> "User | None":
        """Return the person with this mail address, whatever its case, or None."""
        return self.filter(email=normalise_email(email)).first() if email.strip() else None


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=normalise_email(email), **fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_superuser=True, is_staff=True, **fields)


def normalise_email(email: str) -> str:
    """Return a mail address as it is stored and compared: trimmed and casefolded."""
    return email.strip().casefold()


class User(AbstractBaseUser):
    """A person. One made by an import cannot act until a code proves the address."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), blank=True, max_length=254)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    proved_at = models.DateTimeField(_("address proved at"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the read-only admin"), default=False)
    is_superuser = models.BooleanField(_("superuser (no right in the product)"), default=False)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)
    epoch = models.PositiveIntegerField(default=0, help_text=_("one more ends every session"))
    # The row stays as a pseudonym, its uid: what was decided points at it.
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email=""), name="one_person_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.uid)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session lives as long as this stays: the password, and the person's epoch."""
        key = "accounts.models.User.get_session_auth_hash"
        return salted_hmac(
            key, f"{self.password}:{self.epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    # The admin is read-only everywhere: permissions below say view to staff and nothing else.
    def has_perm(self, perm: str, obj=None) -> bool:
        """Staff may look at everything in the admin; nobody may change anything there."""
        return self.is_active and self.is_staff and ".view_" in perm

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    @property
    def surname(self) -> str:
        """The last word of the name: what parties name each other by."""
        return self.name.split()[-1] if self.name.split() else ""


class ContactPoint(models.Model):
    """A way to reach a person. A change adds a row and ends the old one; none is deleted."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        POST = "post", _("postal address")

    user = models.ForeignKey(User, models.PROTECT, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=300)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=100, help_text=_("import, proposal or the person"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="contact_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "value"],
                condition=Q(valid_to=None),
                name="one_current_row_per_contact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class InstallerFirm(models.Model):
    """A firm that puts stations up. Only a registered one's word counts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    lookup_key = models.CharField(max_length=200, unique=True)
    email = models.EmailField(_("registered e-mail"), blank=True)
    phone = models.CharField(_("registered phone"), max_length=50, blank=True)
    registered_at = models.DateTimeField(null=True, blank=True)
    contact_changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class FirmMember(models.Model):
    """A person who speaks for a firm, from ``starts_at`` up to, not including, ``ends_at``."""

    firm = models.ForeignKey(InstallerFirm, models.PROTECT, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="membership_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["firm", "user"], condition=Q(ends_at=None), name="one_open_membership"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.firm})"


class Role(models.TextChoices):
    AGENT = "agent", _("agent")
    SENIOR = "senior", _("senior agent")
    SAFETY_OFFICER = "safety_officer", _("safety officer")
    AUDITOR = "auditor", _("auditor")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    ADMINISTRATOR = "administrator", _("administrator")


class StaffRole(models.Model):
    """A part that a member of staff plays, from ``starts_at`` up to, not including, ``ends_at``.

    ``change`` is the agreed change that gave it; none for those that the owner's role put in (the
    first administrators of an installation). PostgreSQL lets the application insert no others.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="staff_roles")
    role = models.CharField(max_length=20, choices=Role.choices)
    change = models.OneToOneField(
        "accounts.PowerChange", models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="role_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(ends_at=None), name="one_open_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class Code(models.Model):
    """A six-digit code that proves one address to one browser, for one purpose, once.

    The digits are derived from the row (codes.py) and are in no table.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("sign in")
        ANSWER = "answer", _("answer a request")
        OFFER = "offer", _("accept a hand-over")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, blank=True)
    browser = models.CharField(max_length=64, help_text=_("hash of the asking browser's secret"))
    subject = models.CharField(max_length=64, blank=True, help_text=_("uid of what it is for"))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["email", "made_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="at_most_five_tries"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.uid}"
