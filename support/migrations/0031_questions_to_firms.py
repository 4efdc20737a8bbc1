"""Firms are asked in a dispute as well, and an owner without a mail address by letter."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_erasable_factor_name"),
        ("support", "0030_questions_in_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="question",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="support.question",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="firm",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="questions",
                to="accounts.installerfirm",
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="party",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="questions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=Q(party__isnull=False, firm=None)
                | Q(party=None, firm__isnull=False, as_board=False),
                name="question_to_one_side",
            ),
        ),
    ]
