"""What owners owe and gave, and which governability fields lack, stored with the roll-ups."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from governance.tenancy.operations import TenantTable

# The function is replaced as a whole: whoever stands to a measure is a figure now.
BEFORE: str = import_module("reporting.migrations.0007_roll_up_rhythm").AFTER
FIELDS = ("sponsor", "controller", "business_unit", "function", "legal_entity", "forum")
AFTER = BEFORE
for _row in ("n", "o"):
    _fields = ", ".join(f"{_row}.{name}_id" for name in FIELDS)
    AFTER = AFTER.replace(f"{_row}.owner_id)", f"{_row}.owner_id, {_fields})")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0014_favourites"),
        ("reporting", "0010_bulk_edits_to_resume"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollUpLack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("lack", models.CharField(max_length=16)),
                ("number", models.PositiveIntegerField()),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rolluplack_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("owner_id", models.BigIntegerField()),
                ("measures", models.PositiveIntegerField()),
                ("owed", models.PositiveIntegerField()),
                ("late", models.PositiveIntegerField()),
                ("missed", models.PositiveIntegerField()),
                ("waiting", models.PositiveIntegerField()),
                ("stale", models.PositiveIntegerField()),
                ("overriding", models.PositiveIntegerField()),
                ("excess", models.DecimalField(decimal_places=12, max_digits=44)),
                ("size", models.DecimalField(decimal_places=12, max_digits=44)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rollupowner_of_node")],
            },
        ),
        TenantTable("RollUpOwner"),
        TenantTable("RollUpLack"),
        migrations.RunSQL(AFTER, BEFORE),
    ]
