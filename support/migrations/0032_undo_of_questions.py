"""A question with codes can be taken back for ten seconds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("support", "0031_questions_to_firms")]

    operations = [
        migrations.AlterField(
            model_name="undo",
            name="act",
            field=models.CharField(
                choices=[
                    ("accepted", "item accepted"),
                    ("returned", "item returned"),
                    ("asked", "question"),
                    ("wrote", "message"),
                    ("noted", "note"),
                    ("snoozed", "snooze"),
                    ("assigned", "assignment"),
                ],
                max_length=10,
            ),
        ),
    ]
