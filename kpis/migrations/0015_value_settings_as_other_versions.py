"""Value settings keep number, state and day of publication as every other version does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0014_restatements"),
    ]

    operations = [
        migrations.AlterField(
            model_name="valuesettings",
            name="number",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="valuesettings",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="valuesettings",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Proposed"),
                    ("published", "In force"),
                    ("superseded", "Superseded"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
    ]
