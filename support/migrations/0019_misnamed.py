"""A yes to a use that fits nobody counts for nothing; what was typed is told alike."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0018_policy_of_proof"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="answer",
            name="a_yes_needs_a_code",
        ),
        migrations.AddField(
            model_name="answer",
            name="names_somebody",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="answer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("named", "no longer mine: given to this person"),
                    ("vacated", "no longer mine"),
                    ("took_it", "I took it with me"),
                    ("never_mine", "it was never mine"),
                    ("only_installer", "I was only the installer"),
                    ("still_mine", "still mine, I object"),
                    ("safety", "this is a safety matter"),
                    ("misnamed", "meant for somebody of another surname: counts for nothing"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["named", "vacated", "misnamed"]), _negated=True),
                    ("code_proved", True),
                    _connector="OR",
                ),
                name="a_yes_needs_a_code",
            ),
        ),
    ]
