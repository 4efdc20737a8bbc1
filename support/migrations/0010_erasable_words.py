"""Of a decision, the words may be erased, and nothing else."""

from django.db import migrations

from support import guards


class Migration(migrations.Migration):
    dependencies = [("support", "0009_privacy")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
