"""Metrics, effects and value rows. What the database itself guards follows in 0002."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0002_walls"),
        ("initiatives", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Metric",
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
                ("code", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=200)),
                ("sort_key", models.CharField(db_collation="C", max_length=200)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("is_monetary", models.BooleanField(default=True)),
                (
                    "aggregation",
                    models.CharField(
                        choices=[("sum", "Sum"), ("average", "Average"), ("last", "Last value")],
                        default="sum",
                        max_length=10,
                    ),
                ),
                ("decimals", models.PositiveSmallIntegerField(default=2)),
                ("is_active", models.BooleanField(default=True)),
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
            },
        ),
        migrations.CreateModel(
            name="Effect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
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
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("one_off", "One-off"),
                            ("one_time_cost", "One-time cost"),
                            ("running_cost", "Running cost"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "effect_class",
                    models.CharField(
                        choices=[
                            ("hard", "Hard savings"),
                            ("avoidance", "Avoidance"),
                            ("unsplit", "Unsplit"),
                        ],
                        max_length=12,
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "measure",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="initiatives.measure",
                    ),
                ),
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
                (
                    "metric",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.metric",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ValueHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effect_public_id", models.UUIDField()),
                (
                    "series",
                    models.CharField(
                        choices=[
                            ("reference", "Reference"),
                            ("baseline", "Baseline"),
                            ("plan", "Plan"),
                            ("forecast", "Forecast"),
                            ("forecast_with_dependencies", "Forecast with dependencies"),
                            ("actual_claimed", "Actual, claimed"),
                            ("actual_validated", "Actual, validated"),
                        ],
                        max_length=30,
                    ),
                ),
                ("baseline_no", models.PositiveSmallIntegerField(default=0)),
                ("month", models.DateField()),
                ("before", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("after", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("form", "Form"),
                            ("api", "API"),
                            ("import", "Import"),
                            ("feed", "Feed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("author", models.CharField(max_length=300)),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
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
            },
        ),
        migrations.CreateModel(
            name="ValueYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("m01", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m02", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m03", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m04", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m05", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m06", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m07", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m08", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m09", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m10", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m11", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("m12", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                (
                    "series",
                    models.CharField(
                        choices=[
                            ("reference", "Reference"),
                            ("baseline", "Baseline"),
                            ("plan", "Plan"),
                            ("forecast", "Forecast"),
                            ("forecast_with_dependencies", "Forecast with dependencies"),
                            ("actual_claimed", "Actual, claimed"),
                            ("actual_validated", "Actual, validated"),
                        ],
                        max_length=30,
                    ),
                ),
                ("baseline_no", models.PositiveSmallIntegerField(default=0)),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "effect",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.effect",
                    ),
                ),
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
            },
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="kpis_metric_code"),
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=models.Q(("decimals__lte", 4)), name="kpis_metric_decimals"
            ),
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=models.Q(("aggregation__in", ["sum", "average", "last"])),
                name="kpis_metric_aggregation",
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(fields=["tenant", "measure", "id"], name="kpis_effect_measure"),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="kpis_effect_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["recurring", "one_off", "one_time_cost", "running_cost"])
                ),
                name="kpis_effect_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(("effect_class__in", ["hard", "avoidance", "unsplit"])),
                name="kpis_effect_class",
            ),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("currency", ""), ("currency__regex", "^[A-Z]{3}$"), _connector="OR"
                ),
                name="kpis_effect_currency",
            ),
        ),
        migrations.AddIndex(
            model_name="valuehistory",
            index=models.Index(
                fields=["tenant", "effect_public_id", "series", "month", "id"],
                name="kpis_value_history_cell",
            ),
        ),
        migrations.AddConstraint(
            model_name="valueyear",
            constraint=models.UniqueConstraint(
                fields=("tenant", "effect", "series", "baseline_no", "year"),
                name="kpis_value_year_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="valueyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "series__in",
                        [
                            "reference",
                            "baseline",
                            "plan",
                            "forecast",
                            "forecast_with_dependencies",
                            "actual_claimed",
                            "actual_validated",
                        ],
                    )
                ),
                name="kpis_value_year_series",
            ),
        ),
        migrations.AddConstraint(
            model_name="valueyear",
            constraint=models.CheckConstraint(
                condition=models.Q(("year__range", (1990, 2100))), name="kpis_value_year_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="valueyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("series", "baseline"), ("baseline_no__gt", 0)),
                    models.Q(models.Q(("series", "baseline"), _negated=True), ("baseline_no", 0)),
                    _connector="OR",
                ),
                name="kpis_value_year_baseline_numbered",
            ),
        ),
    ]
