"""Versions of the tenant's calendar, their walls, and the guard that keeps them as published."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# What a version says is what a second person approved: it never changes, and only its state moves.
GUARD = """
CREATE FUNCTION calendar_version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.number, NEW.working_days, NEW.holidays, NEW.proposed_by_id, NEW.created_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.number, OLD.working_days, OLD.holidays, OLD.proposed_by_id, OLD.created_at)
     OR NOT ((OLD.state = 'draft' AND NEW.state IN ('published', 'withdrawn'))
             OR (OLD.state = 'published' AND NEW.state = 'superseded'
                 AND (NEW.published_by_id, NEW.published_at)
                     IS NOT DISTINCT FROM (OLD.published_by_id, OLD.published_at)))
  THEN
    RAISE EXCEPTION 'version % of the calendar is final', OLD.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_calendar_version_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER version_is_final BEFORE UPDATE OR DELETE ON governance_calendarversion
  FOR EACH ROW EXECUTE FUNCTION calendar_version_is_final();
ALTER TABLE governance_calendarversion ADD CONSTRAINT governance_calendar_holidays CHECK (
  CASE WHEN jsonb_typeof(holidays) = 'array' THEN
    jsonb_array_length(holidays) = jsonb_array_length(jsonb_path_query_array(holidays,
      'strict $[*] ? (@.day like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" && @.name like_regex "[^ ]")'))
  ELSE false END);
"""
UNGUARD = """
ALTER TABLE governance_calendarversion DROP CONSTRAINT governance_calendar_holidays;
DROP TRIGGER version_is_final ON governance_calendarversion;
DROP FUNCTION calendar_version_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0005_audit_guard_remembers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarVersion",
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
                    "working_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), size=None
                    ),
                ),
                ("holidays", models.JSONField(default=list)),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "number"), name="governance_calendar_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("tenant",),
                        name="governance_calendar_one_draft",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("tenant",),
                        name="governance_calendar_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "published", "superseded", "withdrawn"])
                        ),
                        name="governance_calendar_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("working_days__len__gt", 0),
                            ("working_days__contained_by", [1, 2, 3, 4, 5, 6, 7]),
                        ),
                        name="governance_calendar_working_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by__isnull", True),
                            models.Q(("published_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="governance_calendar_second_person",
                    ),
                    models.CheckConstraint(
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
                        name="governance_calendar_published_by_somebody",
                    ),
                ],
            },
        ),
        TenantTable("CalendarVersion", audited=True),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
