"""Holds by the day on which somebody looks at them again (T9)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0007_gate_walls"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(("overlay", "on_hold")),
                fields=["tenant", "review_on", "id"],
                name="initiatives_measure_review",
            ),
        ),
    ]
