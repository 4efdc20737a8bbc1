"""Who may decide, asked by PostgreSQL itself."""

from django.db import migrations

from support import duties


class Migration(migrations.Migration):
    dependencies = [("support", "0010_erasable_words")]

    operations = [migrations.RunSQL(duties.sql(), migrations.RunSQL.noop)]
