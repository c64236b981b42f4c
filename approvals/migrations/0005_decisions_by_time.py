"""Decisions and opened exceptions by their time, which reports of a period ask for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_exceptions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="approvaldecision",
            index=models.Index(
                fields=["tenant", "decided_at", "id"], name="approvals_decision_by_time"
            ),
        ),
        migrations.AddIndex(
            model_name="governanceexception",
            index=models.Index(
                fields=["tenant", "opened_at", "id"], name="approvals_exception_opened"
            ),
        ),
    ]
