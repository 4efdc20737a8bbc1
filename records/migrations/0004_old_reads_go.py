"""Months of reads that are older than the schedule keeps them can be dropped."""

from django.db import migrations

from records import guards


class Migration(migrations.Migration):
    dependencies = [("records", "0003_alert")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
