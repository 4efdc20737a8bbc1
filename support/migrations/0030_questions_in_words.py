"""A message of the desk may wait for the claimant's answer."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("support", "0029_training_with_owners")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="waits",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=Q(waits=False, answered_at=None) | Q(from_desk=True, internal=False),
                name="only_the_desk_waits_for_an_answer",
            ),
        ),
    ]
