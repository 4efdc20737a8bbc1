"""What an owner who leaves has seen to by hand, beside what the system sees by itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chargers.models import Tenure


class LeavingTick(models.Model):
    """One thing that somebody who leaves has done, by their own word; it decides nothing."""

    class Kind(models.TextChoices):
        APP = "app", _("Everybody I let in is out of the maker's app (family, guests)")
        PROFILE = "profile", _("The charger and the installation are out of my own app")
        CARDS = "cards", _("My charging cards and chips are deleted")
        NETWORK = "network", _("My Wi-Fi is no longer in the charger, or its password is new")
        SERVICES = "services", _("Smart-home links, web hooks and keys of mine are ended")
        CONTRACTS = "contracts", _("SIM card, billing and subscriptions are cancelled or moved")
        PAPERS = "papers", _("Manual and packaging stay in the home, or are destroyed")

    tenure = models.ForeignKey(Tenure, models.CASCADE, related_name="leaving_ticks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenure", "kind"], name="one_tick_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.tenure_id}"
