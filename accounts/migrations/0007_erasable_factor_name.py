"""What a person called their second factor may be erased, and nothing else of it."""

from django.db import migrations

from accounts import guards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_throttles")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
