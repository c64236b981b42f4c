"""Owners and start of effects; claims, validations and second signatures."""

import datetime as dt
import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0005_audit_guard_remembers"),
        ("initiatives", "0003_status_reports"),
        ("kpis", "0003_kpis"),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                (
                    "claimed_at",
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
        migrations.CreateModel(
            name="SecondSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "signed_at",
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
        migrations.CreateModel(
            name="Validation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("month", models.DateField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("validated", "Validated"),
                            ("adjusted", "Adjusted"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("reason", models.TextField(blank=True)),
                ("needs_second", models.BooleanField(default=False)),
                (
                    "decided_at",
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
            model_name="effect",
            name="owner",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="effect",
            name="run_rate_start",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("run_rate_start__isnull", True),
                    models.Q(
                        ("run_rate_start__day", 1),
                        (
                            "run_rate_start__range",
                            (dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
                        ),
                    ),
                    _connector="OR",
                ),
                name="kpis_effect_run_rate_start",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="claimed_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="effect",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="kpis.effect",
            ),
        ),
        migrations.AddField(
            model_name="claim",
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
            model_name="secondsignature",
            name="signed_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
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
            model_name="validation",
            name="claim",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="kpis.claim",
            ),
        ),
        migrations.AddField(
            model_name="validation",
            name="decided_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="validation",
            name="effect",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="kpis.effect",
            ),
        ),
        migrations.AddField(
            model_name="validation",
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
            model_name="secondsignature",
            name="validation",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="kpis.validation",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["tenant", "effect", "month", "id"], name="kpis_claim_cell"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="kpis_claim_first_of_month"
            ),
        ),
        migrations.AddIndex(
            model_name="validation",
            index=models.Index(
                fields=["tenant", "effect", "month", "id"], name="kpis_validation_cell"
            ),
        ),
        migrations.AddConstraint(
            model_name="validation",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="kpis_validation_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="validation",
            constraint=models.UniqueConstraint(
                fields=("tenant", "claim"), name="kpis_validation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="validation",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["validated", "adjusted", "rejected"])),
                name="kpis_validation_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="validation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("outcome", "rejected")),
                    models.Q(
                        models.Q(("outcome", "rejected"), _negated=True), ("amount__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="kpis_validation_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="validation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "validated"),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="kpis_validation_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondsignature",
            constraint=models.UniqueConstraint(
                fields=("tenant", "validation"), name="kpis_second_once"
            ),
        ),
        TenantReference("Effect", "owner"),
        TenantTable("Claim", append_only=True, audited=True),
        TenantTable("Validation", append_only=True, audited=True),
        TenantTable("SecondSignature", append_only=True, audited=True),
    ]
