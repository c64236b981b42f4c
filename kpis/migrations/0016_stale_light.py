"""A light may be stale (L4): words alone, the columns stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0015_value_settings_as_other_versions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="lightoverride",
            name="derived",
            field=models.CharField(
                choices=[
                    ("green", "Green"),
                    ("amber", "Amber"),
                    ("red", "Red"),
                    ("blue", "Done"),
                    ("grey", "n/a"),
                    ("stale", "Stale"),
                ],
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="lightoverride",
            name="stated",
            field=models.CharField(
                choices=[
                    ("green", "Green"),
                    ("amber", "Amber"),
                    ("red", "Red"),
                    ("blue", "Done"),
                    ("grey", "n/a"),
                    ("stale", "Stale"),
                ],
                max_length=5,
            ),
        ),
    ]
