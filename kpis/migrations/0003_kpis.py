"""Objectives, KPIs and their periods, each with its key, row security and guards."""

import datetime as dt

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0004_close_what_stood_open"),
        ("kpis", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Objective",
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
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=300)),
                ("sort_key", models.CharField(db_collation="C", max_length=200)),
                ("source_key", models.CharField(blank=True, max_length=200)),
                (
                    "parent",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.objective",
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
            name="Kpi",
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
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=300)),
                ("sort_key", models.CharField(db_collation="C", max_length=200)),
                ("description", models.TextField(blank=True)),
                ("notes", models.TextField(blank=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("decimals", models.PositiveSmallIntegerField(default=2)),
                (
                    "aggregation",
                    models.CharField(
                        choices=[("sum", "Sum"), ("average", "Average"), ("last", "Last value")],
                        default="last",
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("increase", "Higher is better"),
                            ("decrease", "Lower is better"),
                            ("within_band", "Within a band"),
                            ("unknown", "Not stated"),
                        ],
                        default="unknown",
                        max_length=12,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leading", "Leading"),
                            ("lagging", "Lagging"),
                            ("unknown", "Not stated"),
                        ],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("month", "Monthly"),
                            ("quarter", "Quarterly"),
                            ("year", "Yearly"),
                        ],
                        default="year",
                        max_length=10,
                    ),
                ),
                ("data_source", models.CharField(blank=True, max_length=500)),
                ("is_active", models.BooleanField(default=True)),
                ("source_key", models.CharField(blank=True, max_length=200)),
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
                    "update_owner",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "objective",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.objective",
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
            name="KpiPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("target", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("actual", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("band_low", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("band_high", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("note", models.TextField(blank=True)),
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
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "kpi",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.kpi",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "kpi", "starts_on"), name="kpis_kpi_period_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("band_low__isnull", True),
                            ("band_high__isnull", True),
                            ("band_low__lte", models.F("band_high")),
                            _connector="OR",
                        ),
                        name="kpis_kpi_period_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["form", "api", "import", "feed"])),
                        name="kpis_kpi_period_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__day", 1),
                            (
                                "starts_on__range",
                                (dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
                            ),
                        ),
                        name="kpis_kpi_period_first_of_month",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="objective",
            index=models.Index(
                fields=["tenant", "parent", "sort_key"], name="kpis_objective_parent"
            ),
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.UniqueConstraint(
                fields=("tenant", "code"), name="kpis_objective_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=("tenant", "source_key"),
                name="kpis_objective_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True),
                    models.Q(("parent", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="kpis_objective_not_its_own_goal",
            ),
        ),
        migrations.AddIndex(
            model_name="kpi",
            index=models.Index(
                fields=["tenant", "objective", "sort_key"], name="kpis_kpi_objective"
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="kpis_kpi_code"),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=("tenant", "source_key"),
                name="kpis_kpi_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("decimals__lte", 6)), name="kpis_kpi_decimals"
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("aggregation__in", ["sum", "average", "last"])),
                name="kpis_kpi_aggregation",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("direction__in", ["increase", "decrease", "within_band", "unknown"])
                ),
                name="kpis_kpi_direction",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["leading", "lagging", "unknown"])),
                name="kpis_kpi_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("rhythm__in", ["month", "quarter", "year"])),
                name="kpis_kpi_rhythm",
            ),
        ),
        TenantTable("Objective", audited=True),
        TenantTable("Kpi", audited=True),
        TenantTable("KpiPeriod", audited=True),
    ]
