"""Reporting calendars, their walls and guard, and what a status report says for its period."""

import datetime as dt

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# What a version says is what a second person approved: it never changes, and only its state moves.
GUARD = """
CREATE FUNCTION reporting_calendars_are_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.program_id, NEW.number, NEW.rhythm, NEW.weekday,
         NEW.business_day, NEW.due_time, NEW.grace_days, NEW.starts_on, NEW.proposed_by_id,
         NEW.created_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.program_id, OLD.number, OLD.rhythm, OLD.weekday,
         OLD.business_day, OLD.due_time, OLD.grace_days, OLD.starts_on, OLD.proposed_by_id,
         OLD.created_at)
     OR NOT ((OLD.state = 'draft' AND NEW.state IN ('published', 'withdrawn'))
             OR (OLD.state = 'published' AND NEW.state = 'superseded'
                 AND (NEW.published_by_id, NEW.published_at)
                     IS NOT DISTINCT FROM (OLD.published_by_id, OLD.published_at)))
  THEN
    RAISE EXCEPTION 'version % of the reporting calendars is final', OLD.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_reporting_calendar_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON initiatives_reportingcalendar
  FOR EACH ROW EXECUTE FUNCTION reporting_calendars_are_final();
CREATE FUNCTION reporting_calendars_are_of_programs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT 1 FROM governance_node n WHERE n.tenant_id = NEW.tenant_id
             AND n.id = NEW.program_id AND n.level <> 2)
  THEN
    RAISE EXCEPTION 'a reporting calendar is the tenant''s or a program''s'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_reporting_calendar_of_program';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER of_program BEFORE INSERT ON initiatives_reportingcalendar
  FOR EACH ROW EXECUTE FUNCTION reporting_calendars_are_of_programs();
"""
UNGUARD = """
DROP TRIGGER of_program ON initiatives_reportingcalendar;
DROP FUNCTION reporting_calendars_are_of_programs();
DROP TRIGGER is_final ON initiatives_reportingcalendar;
DROP FUNCTION reporting_calendars_are_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0010_queue_states"),
        ("initiatives", "0008_holds_by_review"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportingCalendar",
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
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("weekly", "Weekly"),
                            ("fortnightly", "Every two weeks"),
                            ("monthly", "Monthly"),
                        ],
                        max_length=12,
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField()),
                ("business_day", models.PositiveSmallIntegerField()),
                ("due_time", models.TimeField(default=dt.time(17, 0))),
                ("grace_days", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="statusreport",
            name="achieved",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="statusreport",
            name="answers_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="statusreport",
            name="decision_needed",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="statusreport",
            name="due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="statusreport",
            name="next_steps",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="statusreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answers_on__isnull", True), ("due_at__isnull", True)),
                    models.Q(
                        ("answers_on__isnull", False), ("due_at__isnull", False), ("rater", "")
                    ),
                    _connector="OR",
                ),
                name="initiatives_statusreport_period",
            ),
        ),
        migrations.AddField(
            model_name="reportingcalendar",
            name="program",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.node",
            ),
        ),
        migrations.AddField(
            model_name="reportingcalendar",
            name="proposed_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="reportingcalendar",
            name="published_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="reportingcalendar",
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
            model_name="reportingcalendar",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="initiatives_reporting_calendar_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("tenant", "program"),
                name="initiatives_reporting_calendar_one_draft",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")),
                fields=("tenant", "program"),
                name="initiatives_reporting_calendar_one_in_force",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "published", "superseded", "withdrawn"])
                ),
                name="initiatives_reporting_calendar_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(("rhythm__in", ["weekly", "fortnightly", "monthly"])),
                name="initiatives_reporting_calendar_rhythm",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekday__range", (1, 7)),
                    ("business_day__range", (1, 15)),
                    ("grace_days__lte", 10),
                ),
                name="initiatives_reporting_calendar_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by__isnull", True),
                    models.Q(("published_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="initiatives_reporting_calendar_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingcalendar",
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
                name="initiatives_reporting_calendar_published_by_somebody",
            ),
        ),
        TenantTable("ReportingCalendar", audited=True),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
