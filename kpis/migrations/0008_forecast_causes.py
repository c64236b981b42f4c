"""Causes of written cells, reasons for variances, and the tolerance from which they are owed."""

import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# Rows from before tell no cause. A plan was an estimate, a forecast was opened by T3 and nothing
# else wrote one. The history is append-only for its owner too: the column's type is set again,
# which rewrites the table and changes no row.
CAUSES_FROM_BEFORE = """
ALTER TABLE kpis_valuehistory ALTER COLUMN cause TYPE varchar(12) USING
  CASE series WHEN 'plan' THEN 'estimate' WHEN 'forecast' THEN 'opened' ELSE cause END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0007_second_granter"),
        ("kpis", "0007_rates"),
    ]

    operations = [
        migrations.CreateModel(
            name="ValueSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "variance_percent",
                    models.DecimalField(decimal_places=2, default=Decimal(5), max_digits=7),
                ),
                (
                    "variance_amount",
                    models.DecimalField(decimal_places=4, default=Decimal(10000), max_digits=20),
                ),
                (
                    "change_percent",
                    models.DecimalField(decimal_places=2, default=Decimal(20), max_digits=7),
                ),
                (
                    "change_amount",
                    models.DecimalField(decimal_places=4, default=Decimal(1000000), max_digits=20),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="VarianceReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fiscal_year", models.PositiveSmallIntegerField()),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("delayed", "Delayed"),
                            ("descoped", "Descoped"),
                            ("under_delivery", "Under-delivery"),
                            ("over_delivery", "Over-delivery"),
                            ("price_or_volume", "Price or volume"),
                            ("fx", "Exchange rate"),
                            ("double_count", "Double count"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField()),
                ("forecast", models.DecimalField(decimal_places=4, max_digits=24)),
                ("baseline", models.DecimalField(decimal_places=4, max_digits=24)),
                ("change_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "given_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="valuehistory",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("estimate", "Estimate, before the decision"),
                    ("opened", "Opened as a copy of the plan"),
                    ("scope", "Scope"),
                    ("value", "Value"),
                    ("timing", "Timing"),
                    ("dependency", "Dependency"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="valuehistory",
            name="change_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="valuehistory",
            name="effect_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunSQL(CAUSES_FROM_BEFORE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="valuehistory",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cause__in", ("opened", "scope", "value", "timing", "dependency")),
                        ("series", "forecast"),
                    ),
                    models.Q(("cause__in", ("", "estimate")), ("series", "plan")),
                    models.Q(
                        models.Q(("series__in", ["forecast", "plan"]), _negated=True), ("cause", "")
                    ),
                    _connector="OR",
                ),
                name="kpis_value_history_cause",
            ),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="governance.tenant",
            ),
        ),
        migrations.AddField(
            model_name="variancereason",
            name="effect",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="kpis.effect",
            ),
        ),
        migrations.AddField(
            model_name="variancereason",
            name="given_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="variancereason",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="governance.tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.UniqueConstraint(fields=("tenant",), name="kpis_value_settings_once"),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("change_amount__gte", models.F("variance_amount")),
                    ("change_percent__gte", models.F("variance_percent")),
                    ("variance_amount__gte", 0),
                    ("variance_percent__gte", 0),
                ),
                name="kpis_value_settings_order",
            ),
        ),
        migrations.AddIndex(
            model_name="variancereason",
            index=models.Index(
                fields=["tenant", "effect", "fiscal_year", "id"], name="kpis_variance_reason_last"
            ),
        ),
        migrations.AddConstraint(
            model_name="variancereason",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "delayed",
                            "descoped",
                            "under_delivery",
                            "over_delivery",
                            "price_or_volume",
                            "fx",
                            "double_count",
                            "other",
                        ],
                    )
                ),
                name="kpis_variance_reason_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="variancereason",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="kpis_variance_reason_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="variancereason",
            constraint=models.CheckConstraint(
                condition=models.Q(("fiscal_year__range", (1990, 2101))),
                name="kpis_variance_reason_year",
            ),
        ),
        TenantTable("VarianceReason", append_only=True, audited=True),
        TenantTable("ValueSettings", audited=True),
    ]
