"""How often a page helped without a request: a number a day, and nobody behind it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Helped(models.Model):
    """How many people said on a day that they needed no request. Who they were is not known."""

    class Way(models.TextChoices):
        FOUND = "found", _("found the PIN")
        ASKED = "asked", _("the previous owner helped")

    day = models.DateField()
    way = models.CharField(max_length=8, choices=Way.choices)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "way"], name="helped_once_a_day_and_way")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.way}: {self.count}"
