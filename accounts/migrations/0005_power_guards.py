"""Power is given by two, a day after: in PostgreSQL, too."""

from django.db import migrations

from accounts import guards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_people_with_power"), ("records", "0002_guards")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
