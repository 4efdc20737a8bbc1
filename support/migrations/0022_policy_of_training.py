from django.db import migrations
from django.db.models.functions import Now

from support import numbers


def add_missing_numbers(apps, schema_editor):
    """Publish a version that has the numbers which came since; published ones never change."""
    policies = apps.get_model("support", "Policy").objects.using(schema_editor.connection.alias)
    current = policies.exclude(published_at=None).latest("version")
    missing = {n: v for n, v in numbers.DEFAULT_POLICY.items() if n not in current.data}
    if missing:
        policies.create(
            version=policies.latest("version").version + 1,
            data=current.data | missing,
            reason="Adds how often a training ticket is planted.",
            made_at=Now(),
            published_at=Now(),
        )


class Migration(migrations.Migration):
    dependencies = [("support", "0021_training")]

    operations = [migrations.RunPython(add_missing_numbers, migrations.RunPython.noop)]
