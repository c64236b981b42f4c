"""Watermelons stored with the roll-ups of their packages."""

import django.db.models.deletion
from django.db import migrations, models

from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0010_queue_states"),
        ("reporting", "0004_mails_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="rollupcount",
            name="watermelons",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="RollUpWatermelon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("measure_id", models.BigIntegerField()),
                ("recurring", models.DecimalField(decimal_places=12, max_digits=44)),
                ("one_off", models.DecimalField(decimal_places=12, max_digits=44)),
                ("size", models.DecimalField(decimal_places=12, max_digits=44)),
                ("implementation", models.CharField(max_length=5)),
                ("implementation_stated", models.CharField(blank=True, max_length=5)),
                ("potential", models.CharField(max_length=5)),
                ("potential_stated", models.CharField(blank=True, max_length=5)),
                ("evidence", models.CharField(max_length=5)),
                ("evidence_stated", models.CharField(blank=True, max_length=5)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "node_id"], name="rollupwatermelon_of_node"),
                    models.Index(
                        fields=["tenant", "size", "measure_id"],
                        name="reporting_watermelons_by_size",
                    ),
                ],
            },
        ),
        TenantTable("RollUpWatermelon"),
    ]
