from django.db import migrations

from records import guards


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
