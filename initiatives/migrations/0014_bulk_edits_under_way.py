"""Bulk edits under way, by when their worker was last heard of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0013_milestones_done"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="bulkedit",
            index=models.Index(
                condition=models.Q(("state__in", ["checking", "applying", "undoing"])),
                fields=["tenant", "updated_at"],
                name="initiatives_bulk_under_way",
            ),
        ),
    ]
