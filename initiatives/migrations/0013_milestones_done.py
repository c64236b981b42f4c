"""Milestones by when they were done, which reports of a period ask for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0012_measure_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(
                condition=models.Q(("done_at__isnull", False)),
                fields=["tenant", "done_at", "id"],
                name="initiatives_milestone_done_at",
            ),
        ),
    ]
