"""A report's figures, kept as they were at one moment: pages read them and count nothing."""

from django.db import models


class ReportTable(models.Model):
    """One report over one period; replaced as a whole when it is made again."""

    name = models.CharField(max_length=40)
    period = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    rows = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "period"], name="one_table_a_report_and_period")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.period}"
