"""What was used of a limit, so that it holds without Redis, too."""

from django.db import models


class Throttle(models.Model):
    """One use by one subject (a person, a network): hashes only, deleted when its window ends."""

    subject = models.CharField(max_length=64)
    what = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "at"])]

    def __str__(self) -> str:
        return f"{self.subject[:12]} {self.at:%H:%M}"
