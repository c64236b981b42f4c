"""What finance looks at is found by its controller."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0014_favourites"),
        ("initiatives", "0014_bulk_edits_under_way"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(
                    ("overlay", "active"), ("stage__in", ["decided", "implemented", "closed"])
                ),
                fields=["tenant", "controller", "stage"],
                name="initiatives_measure_controlled",
            ),
        ),
    ]
