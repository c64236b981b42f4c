"""Stated lights by the day they expire: few of all that were ever stated still count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0016_stale_light"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lightoverride",
            index=models.Index(fields=["tenant", "expires_on", "id"], name="kpis_override_expires"),
        ),
    ]
