"""A letter that would name another party is held back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("support", "0023_uses")]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="held_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
