"""Finds measures by their unit, function or legal entity, and those that lack a field by money."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("initiatives", "0011_last_answers")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(("business_unit__isnull", False)),
                fields=["tenant", "business_unit", "id"],
                name="initiatives_measure_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(("function__isnull", False)),
                fields=["tenant", "function", "id"],
                name="initiatives_measure_function",
            ),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(("legal_entity__isnull", False)),
                fields=["tenant", "legal_entity", "id"],
                name="initiatives_measure_entity",
            ),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(
                condition=models.Q(
                    ("owner__isnull", True),
                    ("sponsor__isnull", True),
                    ("controller__isnull", True),
                    ("business_unit__isnull", True),
                    ("function__isnull", True),
                    ("legal_entity__isnull", True),
                    ("forum__isnull", True),
                    _connector="OR",
                ),
                fields=["tenant", "value_minor", "id"],
                name="initiatives_measure_missing",
            ),
        ),
    ]
