"""Requests, steps, votes, decisions, conditions and delegations."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.audit.models
import governance.tenancy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0006_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRequest",
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
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("subject_code", models.CharField(max_length=20)),
                ("transition", models.CharField(max_length=4)),
                ("from_state", models.CharField(max_length=12)),
                ("to_state", models.CharField(max_length=12)),
                ("from_overlay", models.CharField(max_length=10)),
                ("to_overlay", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("decided", "Decided"),
                            ("withdrawn", "Withdrawn"),
                            ("voided", "Voided"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("incomplete", "Incomplete"),
                            ("not_convincing", "Not convincing"),
                            ("value_doubtful", "Value doubtful"),
                            ("timing", "Timing"),
                            ("resources", "Resources missing"),
                            ("dependency", "Waits for something else"),
                            ("descoped", "Scope reduced"),
                            ("double_count", "Counted twice"),
                            ("under_delivery", "Delivers less than planned"),
                            ("not_sustained", "Not sustained"),
                            ("changed_circumstances", "Circumstances changed"),
                            ("audit_finding", "Audit finding"),
                            ("other", "Other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("details", models.JSONField(default=dict)),
                ("snapshot", models.TextField()),
                ("snapshot_hash", models.CharField(max_length=64)),
                ("policy", models.CharField(max_length=60)),
                ("calendar_number", models.PositiveIntegerField(default=0)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("close_note", models.TextField(blank=True)),
                (
                    "place",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.node",
                    ),
                ),
                (
                    "requested_by",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ApprovalDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("go", "Go"),
                            ("conditional_go", "Go with conditions"),
                            ("send_back", "Send back"),
                            ("hold", "Put on hold"),
                            ("cancel", "Cancel"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rationale", models.TextField()),
                ("snapshot_hash", models.CharField(max_length=64)),
                ("policy", models.CharField(max_length=60)),
                (
                    "confirmed_amount",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True),
                ),
                ("to_state", models.CharField(max_length=12)),
                ("to_overlay", models.CharField(max_length=10)),
                (
                    "txid",
                    models.BigIntegerField(
                        db_default=governance.audit.models.CurrentTransaction(), editable=False
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "decided_by",
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
                    "request",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalrequest",
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
            name="ApprovalCondition",
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
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("text", models.CharField(max_length=500)),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("met", "Accepted as met"),
                            ("lapsed", "Not met in time"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "set_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "settled_by",
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
                    "request",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalrequest",
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
            name="ApprovalBar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=10)),
                ("reason", models.CharField(max_length=200)),
                (
                    "membership",
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
                (
                    "request",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalrequest",
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
            name="ApprovalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("part", models.CharField(max_length=24)),
                ("role", models.CharField(blank=True, max_length=24)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("any", "Any one"),
                            ("all", "All"),
                            ("n_of_m", "A number of them"),
                        ],
                        default="any",
                        max_length=6,
                    ),
                ),
                ("needed", models.PositiveSmallIntegerField(default=1)),
                ("clock_days", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for the step before"),
                            ("open", "Open"),
                            ("met", "Met"),
                            ("ended", "Ended"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("opened_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
                ("escalated_at", models.DateTimeField(null=True)),
                (
                    "decider",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "escalated_to",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "forum",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.forum",
                    ),
                ),
                (
                    "request",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalrequest",
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
            name="ApprovalVote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("go", "Go"),
                            ("conditional_go", "Go with conditions"),
                            ("send_back", "Send back"),
                            ("hold", "Put on hold"),
                            ("cancel", "Cancel"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rationale", models.TextField()),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("incomplete", "Incomplete"),
                            ("not_convincing", "Not convincing"),
                            ("value_doubtful", "Value doubtful"),
                            ("timing", "Timing"),
                            ("resources", "Resources missing"),
                            ("dependency", "Waits for something else"),
                            ("descoped", "Scope reduced"),
                            ("double_count", "Counted twice"),
                            ("under_delivery", "Delivers less than planned"),
                            ("not_sustained", "Not sustained"),
                            ("changed_circumstances", "Circumstances changed"),
                            ("audit_finding", "Audit finding"),
                            ("other", "Other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("snapshot_hash", models.CharField(max_length=64)),
                ("policy", models.CharField(max_length=60)),
                (
                    "confirmed_amount",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "voted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "request",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalrequest",
                    ),
                ),
                (
                    "seat",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "step",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.approvalstep",
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
                    "voter",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
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
            },
        ),
        migrations.CreateModel(
            name="Delegation",
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
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "delegate",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "delegator",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "place",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.node",
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
            model_name="approvalrequest",
            index=models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_request_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalrequest",
            index=models.Index(fields=["tenant", "state", "id"], name="approvals_request_state"),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_request_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("tenant", "subject_type", "subject_id"),
                name="approvals_request_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "decided", "withdrawn", "voided"])),
                name="approvals_request_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("snapshot_hash__regex", "^[0-9a-f]{64}$")),
                name="approvals_request_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="approvals_request_closed_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvaldecision",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_decision_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvaldecision",
            constraint=models.UniqueConstraint(
                fields=("tenant", "request"), name="approvals_decision_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvaldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["go", "conditional_go", "send_back", "hold", "cancel"])
                ),
                name="approvals_decision_outcome_known",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalcondition",
            index=models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_condition_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalcondition",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["tenant", "due_on", "id"],
                name="approvals_condition_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalcondition",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_condition_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalcondition",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "met", "lapsed"])),
                name="approvals_condition_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalcondition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_by__isnull", True),
                    models.Q(("settled_by", models.F("owner")), _negated=True),
                    _connector="OR",
                ),
                name="approvals_condition_not_by_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalcondition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "met"), _negated=True),
                    ("settled_by__isnull", False),
                    _connector="OR",
                ),
                name="approvals_condition_accepted_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalbar",
            constraint=models.UniqueConstraint(
                fields=("tenant", "request", "membership", "rule"), name="approvals_bar_once"
            ),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["tenant", "decider", "id"],
                name="approvals_step_by_person",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["tenant", "forum", "id"],
                name="approvals_step_by_forum",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(
                condition=models.Q(("state", "open"), models.Q(("role", ""), _negated=True)),
                fields=["tenant", "role", "id"],
                name="approvals_step_by_role",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["tenant", "escalated_to", "id"],
                name="approvals_step_escalated",
            ),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["tenant", "due_at", "id"],
                name="approvals_step_due_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_step_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.UniqueConstraint(
                fields=("tenant", "request", "position", "part"), name="approvals_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decider__isnull", False), ("forum__isnull", True), ("role", "")),
                    models.Q(("decider__isnull", True), ("forum__isnull", False), ("role", "")),
                    models.Q(
                        ("decider__isnull", True),
                        ("forum__isnull", True),
                        models.Q(("role", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="approvals_step_one_decider",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "open", "met", "ended"])),
                name="approvals_step_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["any", "all", "n_of_m"]), ("needed__gte", 1)),
                name="approvals_step_mode",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", True), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True), ("due_at__isnull", False)
                    ),
                    ("state", "ended"),
                    _connector="OR",
                ),
                name="approvals_step_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_vote_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.UniqueConstraint(
                fields=("tenant", "request", "voter"), name="approvals_vote_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.UniqueConstraint(
                fields=("tenant", "request", "seat"), name="approvals_vote_seat_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["go", "conditional_go", "send_back", "hold", "cancel"])
                ),
                name="approvals_vote_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.CheckConstraint(
                condition=models.Q(("rationale", ""), _negated=True),
                name="approvals_vote_has_rationale",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalvote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["go", "conditional_go"]),
                    models.Q(("reason_code", ""), _negated=True),
                    _connector="OR",
                ),
                name="approvals_vote_has_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="delegation",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=["tenant", "delegate", "id"],
                name="approvals_delegation_to",
            ),
        ),
        migrations.AddIndex(
            model_name="delegation",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=["tenant", "delegator", "id"],
                name="approvals_delegation_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_delegation_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("delegator", models.F("delegate")), _negated=True),
                name="approvals_delegation_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="approvals_delegation_days",
            ),
        ),
    ]
