"""Changes of many measures at once, with what they do to each."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0013_saved_views"),
        ("initiatives", "0009_reporting_calendars"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkEdit",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Being checked"),
                            ("checked", "Checked, nothing written yet"),
                            ("applying", "Being written"),
                            ("applied", "Changes are written"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="checking",
                        max_length=8,
                    ),
                ),
                ("fields", models.JSONField(default=dict)),
                ("query", models.CharField(blank=True, max_length=4000)),
                ("voids_requests", models.BooleanField(default=False)),
                ("applies", models.BooleanField(default=False)),
                ("language", models.CharField(default="en", max_length=5)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="BulkEditRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("measure_id", models.BigIntegerField()),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("seen_version", models.PositiveIntegerField()),
                ("written_version", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Not checked yet"),
                            ("ready", "Will change"),
                            ("same", "Stays as it is"),
                            ("refused", "Refused"),
                            ("written", "Changed"),
                            ("undone", "Undone"),
                            ("kept", "Not undone"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=60)),
                ("voids_request", models.BooleanField(default=False)),
                ("changes", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                (
                    "edit",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="initiatives.bulkedit",
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
        migrations.AddIndex(
            model_name="bulkedit",
            index=models.Index(
                fields=["tenant", "created_by", "id"], name="initiatives_bulk_of_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkedit",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="initiatives_bulk_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkedit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["checking", "checked", "applying", "applied", "undoing", "undone"],
                    )
                ),
                name="initiatives_bulk_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkedit",
            constraint=models.CheckConstraint(
                condition=models.Q(("done__lte", models.F("total"))), name="initiatives_bulk_done"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkeditrow",
            constraint=models.UniqueConstraint(
                fields=("tenant", "edit", "position"), name="initiatives_bulk_row_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkeditrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["waiting", "ready", "same", "refused", "written", "undone", "kept"],
                    )
                ),
                name="initiatives_bulk_row_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkeditrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["refused", "kept"]), _negated=True),
                    models.Q(("refusal", ""), _negated=True),
                    _connector="OR",
                ),
                name="initiatives_bulk_row_says_why",
            ),
        ),
        TenantTable("BulkEdit"),
        TenantTable("BulkEditRow"),
    ]
