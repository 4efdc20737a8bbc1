"""Of a look at a PIN, the words of its job may be erased, and nothing else."""

from django.db import migrations

from chargers import guards


class Migration(migrations.Migration):
    dependencies = [("chargers", "0003_registry_matching")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
