"""Chargers that nobody has a reason to look for."""

from django.db import models

from chargers.models.registry import Charger


class Decoy(models.Model):
    """A charger that is a trap for the curious: kept apart, so that no page can tell it."""

    charger = models.OneToOneField(Charger, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.charger_id)
