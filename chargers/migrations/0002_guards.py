from django.db import migrations

from chargers import guards


class Migration(migrations.Migration):
    dependencies = [("chargers", "0001_initial")]

    operations = [migrations.RunSQL(guards.sql(), migrations.RunSQL.noop)]
