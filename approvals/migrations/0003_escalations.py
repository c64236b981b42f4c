"""Escalations, the levels they reached, whom they told, and policies in versions."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# What a version says is what a second person approved; only its state moves.
POLICY_GUARD = """
CREATE FUNCTION escalation_policy_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.number, NEW.said, NEW.proposed_by_id, NEW.created_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.number, OLD.said, OLD.proposed_by_id, OLD.created_at)
     OR NOT ((OLD.state = 'draft' AND NEW.state IN ('published', 'withdrawn'))
             OR (OLD.state = 'published' AND NEW.state = 'superseded'
                 AND (NEW.published_by_id, NEW.published_at)
                     IS NOT DISTINCT FROM (OLD.published_by_id, OLD.published_at)))
  THEN
    RAISE EXCEPTION 'version % of the escalation policies is final', OLD.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approvals_policy_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON approvals_escalationpolicy
  FOR EACH ROW EXECUTE FUNCTION escalation_policy_is_final();
"""
# What is overdue stays what it was, levels only rise, and what is over stays over.
ESCALATION_GUARD = """
CREATE FUNCTION escalation_only_climbs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  broken := CASE
    WHEN TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL THEN 'approvals_escalation_is_over'
    WHEN (NEW.tenant_id, NEW.id, NEW.public_id, NEW.source, NEW.item_key, NEW.subject_type, NEW.subject_id,
          NEW.subject_code, NEW.label, NEW.link, NEW.owes_id, NEW.due_at, NEW.runs_from,
          NEW.calendar_number, NEW.policy_number, NEW.opened_at)
         IS DISTINCT FROM
         (OLD.tenant_id, OLD.id, OLD.public_id, OLD.source, OLD.item_key, OLD.subject_type, OLD.subject_id,
          OLD.subject_code, OLD.label, OLD.link, OLD.owes_id, OLD.due_at, OLD.runs_from,
          OLD.calendar_number, OLD.policy_number, OLD.opened_at)
         OR NEW.level < OLD.level
      THEN 'approvals_escalation_is_fixed'
  END;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'an escalation only climbs, and ends once (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_climbs BEFORE UPDATE OR DELETE ON approvals_escalation
  FOR EACH ROW EXECUTE FUNCTION escalation_only_climbs();
"""
UNGUARD = """
DROP TRIGGER only_climbs ON approvals_escalation;
DROP FUNCTION escalation_only_climbs();
DROP TRIGGER is_final ON approvals_escalationpolicy;
DROP FUNCTION escalation_policy_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_walls"),
        ("governance", "0011_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("source", models.CharField(max_length=30)),
                ("item_key", models.CharField(max_length=160)),
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("subject_code", models.CharField(max_length=20)),
                ("label", models.CharField(max_length=200)),
                ("link", models.CharField(max_length=200)),
                ("due_at", models.DateTimeField()),
                ("runs_from", models.DateTimeField()),
                ("calendar_number", models.PositiveIntegerField(default=0)),
                ("policy_number", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("days_lost", models.PositiveSmallIntegerField(default=0)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("level", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("moved", "given another date"),
                            ("obsolete", "no longer owed"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "ended_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "owes",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
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
        migrations.CreateModel(
            name="EscalationLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("owes", "Who owes it"),
                            ("package_lead", "Package lead"),
                            ("program_manager", "Program manager"),
                            ("sponsor", "Sponsor"),
                            ("forum_chair", "Chair of the forum"),
                            ("head_of_controlling", "Head of controlling"),
                        ],
                        max_length=20,
                    ),
                ),
                ("after_days", models.PositiveSmallIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("told", "told"),
                            ("already", "had been told before"),
                            ("vacant", "nobody holds this part"),
                            ("left", "has left or may not see it"),
                            ("passed", "passed over: a higher level was due as well"),
                        ],
                        max_length=10,
                    ),
                ),
                ("missing", models.CharField(blank=True, max_length=200)),
                ("reached_at", models.DateTimeField()),
                (
                    "escalation",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.escalation",
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
            name="EscalationPolicy",
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
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Proposed"),
                            ("published", "In force"),
                            ("superseded", "Superseded"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("said", models.JSONField()),
                (
                    "proposed_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "published_by",
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
            name="EscalationReceiver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("told_at", models.DateTimeField()),
                (
                    "escalation",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="approvals.escalation",
                    ),
                ),
                (
                    "member",
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
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["tenant", "due_at", "id"],
                name="approvals_escalation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(fields=["tenant", "due_at", "id"], name="approvals_escalation_due"),
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_escalation_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="approvals_escalation_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("tenant", "source", "item_key"),
                name="approvals_escalation_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_reason", ""), ("ended_at__isnull", True), ("ended_by__isnull", True)
                    ),
                    models.Q(
                        ("end_reason__in", ["done", "moved", "obsolete"]),
                        ("ended_at__isnull", False),
                        ("next_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="approvals_escalation_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stopped_at__isnull", True), ("next_at__isnull", True), _connector="OR"
                ),
                name="approvals_escalation_stopped_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationlevel",
            constraint=models.UniqueConstraint(
                fields=("tenant", "escalation", "number"), name="approvals_level_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationlevel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number__gte", 1),
                    (
                        "tier__in",
                        [
                            "owes",
                            "package_lead",
                            "program_manager",
                            "sponsor",
                            "forum_chair",
                            "head_of_controlling",
                        ],
                    ),
                ),
                name="approvals_level_tier",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationlevel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["told", "already", "vacant", "left", "passed"])
                ),
                name="approvals_level_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="approvals_policy_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("tenant",),
                name="approvals_policy_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")),
                fields=("tenant",),
                name="approvals_policy_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "published", "superseded", "withdrawn"])
                ),
                name="approvals_policy_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by__isnull", True),
                    models.Q(("published_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="approvals_policy_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("published_at__isnull", False),
                        ("published_by__isnull", False),
                        ("state__in", ("published", "superseded")),
                    ),
                    models.Q(
                        models.Q(("state__in", ("published", "superseded")), _negated=True),
                        ("published_at__isnull", True),
                        ("published_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="approvals_policy_published_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="escalationreceiver",
            index=models.Index(fields=["tenant", "member", "id"], name="approvals_receiver_member"),
        ),
        migrations.AddConstraint(
            model_name="escalationreceiver",
            constraint=models.UniqueConstraint(
                fields=("tenant", "escalation", "member"), name="approvals_receiver_once"
            ),
        ),
        TenantTable("EscalationPolicy", audited=True),
        TenantTable("Escalation", audited=True),
        TenantTable("EscalationLevel", append_only=True),
        TenantTable("EscalationReceiver", append_only=True),
        migrations.RunSQL(POLICY_GUARD + ESCALATION_GUARD, UNGUARD),
    ]
