"""Documents of measures, and the versions of their files."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0005_audit_guard_remembers"),
        ("initiatives", "0003_status_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
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
                ("title", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("business_case", "Business case"),
                            ("ledger", "Ledger evidence"),
                            ("milestone", "Milestone evidence"),
                            ("other", "Other document"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=500)),
                ("author", models.CharField(max_length=400)),
                (
                    "added_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "measure", "id"], name="initiatives_document_measure"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="initiatives_document_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["business_case", "ledger", "milestone", "other"])
                        ),
                        name="initiatives_document_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("is_withdrawn", True),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            models.Q(("is_withdrawn", False), ("withdrawn_reason", "")),
                            _connector="OR",
                        ),
                        name="initiatives_document_withdrawn",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("file_name", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("storage_key", models.CharField(max_length=64)),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("author", models.CharField(max_length=400)),
                (
                    "uploaded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "document",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="initiatives.document",
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
                    "uploaded_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "document", "number"),
                        name="initiatives_documentversion_number",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "storage_key"),
                        name="initiatives_documentversion_stored_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="initiatives_documentversion_from_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 1)),
                        name="initiatives_documentversion_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                        name="initiatives_documentversion_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("storage_key__regex", "^[0-9a-f]{64}$")),
                        name="initiatives_documentversion_storage",
                    ),
                ],
            },
        ),
        TenantTable("Document", audited=True),
        TenantTable("DocumentVersion", append_only=True, audited=True),
    ]
