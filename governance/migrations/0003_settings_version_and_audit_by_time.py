"""The version of a tenant's settings, audit events by time, and the running total of a chain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0002_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditseal",
            name="running_total",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="tenant",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["tenant", "recorded_at", "id"], name="governance_audit_time"
            ),
        ),
    ]
