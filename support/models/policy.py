"""The numbers of the rules, as versions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PolicyQuerySet(models.QuerySet):
    def current(self) -> "Policy":
        """Return the latest published version."""
        return self.newest().get()

    def newest(self) -> "PolicyQuerySet":
        """The latest published version, to be asked for with other rows."""
        return self.exclude(published_at=None).order_by("-version")[:1]


class Policy(models.Model):
    """One version of the rules. Published ones never change; floors stand in the database too."""

    version = models.PositiveIntegerField(unique=True)
    data = models.JSONField()
    reason = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        constraints = [
            models.CheckConstraint(
                condition=Q(data__low_hours__gte=24)
                & Q(data__approval_notice_hours__gte=48)
                & Q(data__high_approvals__gte=2)
                & Q(data__normal_working_days__gte=3)
                & Q(data__high_working_days__gte=5),
                name="policy_floors",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("author")),
                name="policy_published_by_another",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(discarded_at=None),
                name="policy_published_or_discarded",
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None and self.discarded_at is None
