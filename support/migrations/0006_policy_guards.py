"""A published policy and an ended duty do not change, whoever asks."""

from django.db import migrations

from support import guards


class Migration(migrations.Migration):
    dependencies = [("support", "0005_policies")]

    operations = [migrations.RunSQL(guards.kept_sql(), migrations.RunSQL.noop)]
