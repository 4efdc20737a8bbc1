"""Who speaks for a firm is proposed, told to the firm and agreed to; a proposal says why."""

from django.db import migrations, models

from chargers import guards


class Migration(migrations.Migration):
    dependencies = [("chargers", "0006_sighting"), ("accounts", "0007_erasable_factor_name")]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="note_uid",
            field=models.UUIDField(blank=True, help_text="why, where a person made it", null=True),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("owner", "owner"),
                    ("owner_contact", "owner's contact"),
                    ("firm_contact", "firm's contact"),
                    ("firm_member", "a person who speaks for a firm"),
                    ("service_firm", "service firm"),
                    ("installation", "installation"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(guards.sql(), migrations.RunSQL.noop),
    ]
