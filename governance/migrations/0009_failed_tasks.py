"""Tasks that failed, of tenants and of the system, their guard, and runs of scheduled tasks."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# A dead letter is evidence: it is decided about, never deleted, and stays what it was about.
GUARD = """
CREATE FUNCTION failed_task_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (TG_OP = 'DELETE' AND OLD.dead_at IS NOT NULL)
     OR (TG_OP = 'UPDATE' AND (
       OLD.settled_at IS NOT NULL OR NEW.tries < OLD.tries
       OR (OLD.dead_at IS NOT NULL AND NEW.dead_at IS DISTINCT FROM OLD.dead_at)
       OR (NEW.id, NEW.public_id, NEW.task, NEW.task_id, NEW.queue, NEW.arguments, NEW.first_failed_at)
          IS DISTINCT FROM
          (OLD.id, OLD.public_id, OLD.task, OLD.task_id, OLD.queue, OLD.arguments, OLD.first_failed_at)))
  THEN
    RAISE EXCEPTION 'the failed task % is kept as it is', OLD.public_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_failed_task_is_kept';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER task_is_kept BEFORE UPDATE OR DELETE ON governance_failedtask
  FOR EACH ROW EXECUTE FUNCTION failed_task_is_kept();
CREATE TRIGGER task_is_kept BEFORE UPDATE OR DELETE ON governance_systemfailedtask
  FOR EACH ROW EXECUTE FUNCTION failed_task_is_kept();
"""
UNGUARD = """
DROP TRIGGER task_is_kept ON governance_systemfailedtask;
DROP TRIGGER task_is_kept ON governance_failedtask;
DROP FUNCTION failed_task_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_seats_wait"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScheduledRun",
            fields=[
                ("task", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("period", models.FloatField()),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SystemFailedTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("task", models.CharField(max_length=120)),
                ("task_id", models.CharField(max_length=255)),
                ("queue", models.CharField(max_length=40)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for its next try"),
                            ("sent", "is being tried again"),
                            ("dead", "dead letter"),
                            ("done", "done after all"),
                            ("discarded", "discarded"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refused", "refused by a rule"),
                            ("transient", "something was away"),
                            ("fault", "unexpected error"),
                            ("lost", "the worker ended in the middle of it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("exception", models.CharField(max_length=200)),
                ("lines", models.TextField(blank=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("round_tries", models.PositiveIntegerField(default=0)),
                (
                    "first_failed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "last_failed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("dead_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("version", models.PositiveIntegerField(default=1)),
                ("settled_by", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("public_id",), name="governance_system_failed_task_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "sent", "dead"))),
                        fields=("task_id",),
                        name="governance_system_failed_task_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "discarded"), _negated=True),
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("settled_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="governance_system_failed_task_discarded_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "sent", "dead", "done", "discarded"])
                        ),
                        name="governance_system_failed_task_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["refused", "transient", "fault", "lost"])),
                        name="governance_system_failed_task_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("waiting", "sent")), ("due_at__isnull", False)),
                            models.Q(
                                models.Q(("state__in", ("waiting", "sent")), _negated=True),
                                models.Q(("due_at__isnull", False), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="governance_system_failed_task_due_while_tried",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("waiting", "sent")),
                            ("dead_at__isnull", False),
                            _connector="OR",
                        ),
                        name="governance_system_failed_task_kept_once_dead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ("done", "discarded")), ("settled_at__isnull", False)
                            ),
                            models.Q(
                                models.Q(("state__in", ("done", "discarded")), _negated=True),
                                models.Q(("settled_at__isnull", False), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="governance_system_failed_task_settled_at_the_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FailedTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("task", models.CharField(max_length=120)),
                ("task_id", models.CharField(max_length=255)),
                ("queue", models.CharField(max_length=40)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for its next try"),
                            ("sent", "is being tried again"),
                            ("dead", "dead letter"),
                            ("done", "done after all"),
                            ("discarded", "discarded"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refused", "refused by a rule"),
                            ("transient", "something was away"),
                            ("fault", "unexpected error"),
                            ("lost", "the worker ended in the middle of it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("exception", models.CharField(max_length=200)),
                ("lines", models.TextField(blank=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("round_tries", models.PositiveIntegerField(default=0)),
                (
                    "first_failed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "last_failed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("dead_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("version", models.PositiveIntegerField(default=1)),
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["tenant", "due_at"],
                        name="governance_failed_task_due",
                    ),
                    models.Index(
                        fields=["tenant", "state", "-last_failed_at", "-id"],
                        name="governance_failed_task_newest",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="governance_failed_task_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "sent", "dead"))),
                        fields=("tenant", "task_id"),
                        name="governance_failed_task_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "discarded"), _negated=True),
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                ("settled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="governance_failed_task_discarded_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "sent", "dead", "done", "discarded"])
                        ),
                        name="governance_failed_task_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["refused", "transient", "fault", "lost"])),
                        name="governance_failed_task_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("waiting", "sent")), ("due_at__isnull", False)),
                            models.Q(
                                models.Q(("state__in", ("waiting", "sent")), _negated=True),
                                models.Q(("due_at__isnull", False), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="governance_failed_task_due_while_tried",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("waiting", "sent")),
                            ("dead_at__isnull", False),
                            _connector="OR",
                        ),
                        name="governance_failed_task_kept_once_dead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ("done", "discarded")), ("settled_at__isnull", False)
                            ),
                            models.Q(
                                models.Q(("state__in", ("done", "discarded")), _negated=True),
                                models.Q(("settled_at__isnull", False), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="governance_failed_task_settled_at_the_end",
                    ),
                ],
            },
        ),
        TenantTable("FailedTask"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
