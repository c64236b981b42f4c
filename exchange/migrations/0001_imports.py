"""Files kept for imports and exports, imports with their rows, and what headings meant."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0004_close_what_stood_open"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "created_at",
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
            name="Import",
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
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                (
                    "profile",
                    models.CharField(
                        choices=[
                            ("measures", "Measure list"),
                            ("values", "Values by month"),
                            ("status", "Yearly status of projects"),
                            ("outline", "Measures with their status history"),
                            ("kpis", "KPIs by period"),
                            ("master_data", "Master data"),
                            ("cost_savings", "Federal IT cost savings (JSON)"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Reading the file"),
                            ("mapping", "Waiting for its columns"),
                            ("checking", "Checking the rows"),
                            ("checked", "Checked, nothing written yet"),
                            ("applying", "Importing"),
                            ("applied", "Imported"),
                            ("undoing", "Undoing"),
                            ("undone", "Undone"),
                            ("failed", "Could not be read"),
                            ("discarded", "Discarded"),
                        ],
                        default="reading",
                        max_length=12,
                    ),
                ),
                ("author", models.CharField(max_length=300)),
                ("shape", models.JSONField(default=dict)),
                ("columns", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("options", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("counts", models.JSONField(default=dict)),
                ("failure", models.JSONField(default=dict)),
                ("staged", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "applied_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "created_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
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
                    "file",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.storedfile",
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
            name="FileChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
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
                    "file",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.storedfile",
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
            name="ColumnMemory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "profile",
                    models.CharField(
                        choices=[
                            ("measures", "Measure list"),
                            ("values", "Values by month"),
                            ("status", "Yearly status of projects"),
                            ("outline", "Measures with their status history"),
                            ("kpis", "KPIs by period"),
                            ("master_data", "Master data"),
                            ("cost_savings", "Federal IT cost savings (JSON)"),
                        ],
                        max_length=20,
                    ),
                ),
                ("heading", models.CharField(max_length=200)),
                ("field", models.CharField(max_length=60)),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                        fields=("tenant", "profile", "heading"), name="exchange_column_memory_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("report", "Status report"),
                            ("values", "Values"),
                            ("effect", "Effect"),
                            ("measure", "Measure"),
                            ("node", "Place in the tree"),
                            ("kpi_values", "KPI values"),
                            ("kpi", "KPI"),
                            ("objective", "Objective"),
                            ("metric", "Metric"),
                            ("master_data", "Master data"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[("created", "Created"), ("changed", "Changed")], max_length=8
                    ),
                ),
                ("object_id", models.BigIntegerField()),
                ("label", models.CharField(max_length=300)),
                ("version", models.PositiveIntegerField(default=0)),
                ("before", models.JSONField(default=dict)),
                (
                    "run",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.import",
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
                        fields=("tenant", "run", "kind", "object_id"), name="exchange_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "report",
                                    "values",
                                    "effect",
                                    "measure",
                                    "node",
                                    "kpi_values",
                                    "kpi",
                                    "objective",
                                    "metric",
                                    "master_data",
                                ],
                            )
                        ),
                        name="exchange_item_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["created", "changed"])),
                        name="exchange_item_action",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportProgress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "beat_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "run",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.import",
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
                    models.UniqueConstraint(fields=("tenant", "run"), name="exchange_progress_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("create", "Created"),
                            ("change", "Changed"),
                            ("unchanged", "Unchanged"),
                            ("skipped", "Skipped"),
                            ("refused", "Refused"),
                        ],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(max_length=300)),
                ("label", models.CharField(blank=True, max_length=300)),
                ("subject", models.CharField(blank=True, max_length=60)),
                ("draft", models.JSONField(default=dict)),
                ("changes", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("has_warning", models.BooleanField(default=False)),
                (
                    "run",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.import",
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
                "indexes": [
                    models.Index(
                        fields=["tenant", "run", "state", "number"], name="exchange_row_by_state"
                    ),
                    models.Index(fields=["tenant", "run", "key"], name="exchange_row_by_key"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "run", "number"), name="exchange_row_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["create", "change", "unchanged", "skipped", "refused"])
                        ),
                        name="exchange_row_state",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="exchange_file_id"
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                fields=["tenant", "state", "id"], name="exchange_import_state_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="exchange_import_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "reading",
                            "mapping",
                            "checking",
                            "checked",
                            "applying",
                            "applied",
                            "undoing",
                            "undone",
                            "failed",
                            "discarded",
                        ],
                    )
                ),
                name="exchange_import_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "profile__in",
                        [
                            "measures",
                            "values",
                            "status",
                            "outline",
                            "kpis",
                            "master_data",
                            "cost_savings",
                        ],
                    )
                ),
                name="exchange_import_profile",
            ),
        ),
        migrations.AddConstraint(
            model_name="filechunk",
            constraint=models.UniqueConstraint(
                fields=("tenant", "file", "position"), name="exchange_chunk_once"
            ),
        ),
    ]
