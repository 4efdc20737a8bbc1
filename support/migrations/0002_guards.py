"""The machine's guards in PostgreSQL, and the first policy."""

from django.db import migrations
from django.db.models.functions import Now

from support import guards, numbers


def publish_first_policy(apps, schema_editor):
    """Version 1: the lengths of the design."""
    policies = apps.get_model("support", "Policy").objects.using(schema_editor.connection.alias)
    policies.create(
        version=1,
        data=dict(numbers.DEFAULT_POLICY),
        reason="The first policy: the lengths of the design.",
        made_at=Now(),
        published_at=Now(),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0001_initial"),
        ("chargers", "0002_guards"),
        ("records", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(guards.sql(), migrations.RunSQL.noop),
        migrations.RunPython(publish_first_policy, migrations.RunPython.noop),
    ]
