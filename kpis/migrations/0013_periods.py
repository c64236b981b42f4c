"""Periods, their walls, and the guards that keep claims and verdicts out of closed months (V4)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# A month locks once and for all.
FINAL = """
CREATE FUNCTION period_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'locked'
     OR (NEW.tenant_id, NEW.id, NEW.month) IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.month)
  THEN
    RAISE EXCEPTION 'a locked month stays locked'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_period_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON kpis_period
  FOR EACH ROW EXECUTE FUNCTION period_is_final();
"""
FINAL_BACK = """
DROP TRIGGER is_final ON kpis_period;
DROP FUNCTION period_is_final();
"""

# What was claimed in time may still be validated as it was claimed; anything else is a restatement.
CLOSED = """
CREATE FUNCTION claim_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM kpis_period p WHERE p.tenant_id = NEW.tenant_id AND p.month = NEW.month
      AND p.state IN ('submitted', 'locked')) THEN
    RAISE EXCEPTION 'the claims of this month have ended'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_claim_in_open_period';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_open_period BEFORE INSERT ON kpis_claim
  FOR EACH ROW EXECUTE FUNCTION claim_in_open_period();
CREATE FUNCTION validation_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.outcome <> 'validated' AND EXISTS (
    SELECT 1 FROM kpis_period p WHERE p.tenant_id = NEW.tenant_id AND p.month = NEW.month
      AND p.state = 'locked') THEN
    RAISE EXCEPTION 'this month is locked: a claim is validated as it was claimed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_validation_in_open_period';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_open_period BEFORE INSERT ON kpis_validation
  FOR EACH ROW EXECUTE FUNCTION validation_in_open_period();
CREATE FUNCTION second_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM kpis_validation v
    JOIN kpis_period p ON p.tenant_id = v.tenant_id AND p.month = v.month AND p.state = 'locked'
    WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.validation_id) THEN
    RAISE EXCEPTION 'this month is locked: no adjustment comes into force'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_second_in_open_period';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_open_period BEFORE INSERT ON kpis_secondsignature
  FOR EACH ROW EXECUTE FUNCTION second_in_open_period();
"""
CLOSED_BACK = """
DROP TRIGGER in_open_period ON kpis_secondsignature;
DROP FUNCTION second_in_open_period();
DROP TRIGGER in_open_period ON kpis_validation;
DROP FUNCTION validation_in_open_period();
DROP TRIGGER in_open_period ON kpis_claim;
DROP FUNCTION claim_in_open_period();
"""

# The cells say the same: a claimed amount of a closed month stays, a validated one becomes at most
# what was claimed.
CELLS = """
CREATE FUNCTION actual_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  closed record;
  fresh jsonb := to_jsonb(NEW);
  standing jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
BEGIN
  FOR closed IN
    SELECT 'm' || to_char(p.month, 'MM') AS cell, p.state FROM kpis_period p
    WHERE p.tenant_id = NEW.tenant_id AND p.state IN ('submitted', 'locked')
      AND p.month >= make_date(NEW.year, 1, 1) AND p.month < make_date(NEW.year + 1, 1, 1)
  LOOP
    CONTINUE WHEN (fresh ->> closed.cell) IS NOT DISTINCT FROM (standing ->> closed.cell);
    CONTINUE WHEN NEW.series = 'actual_validated' AND (closed.state = 'submitted'
      OR (fresh ->> closed.cell) = (
        SELECT to_jsonb(y) ->> closed.cell FROM kpis_valueyear y
        WHERE y.tenant_id = NEW.tenant_id AND y.effect_id = NEW.effect_id
          AND y.series = 'actual_claimed' AND y.baseline_no = 0 AND y.year = NEW.year));
    RAISE EXCEPTION 'the actual of a closed month stays as it is'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_actual_in_open_period';
  END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER in_open_period BEFORE INSERT OR UPDATE ON kpis_valueyear
  FOR EACH ROW WHEN (NEW.series IN ('actual_claimed', 'actual_validated'))
  EXECUTE FUNCTION actual_in_open_period();
"""
CELLS_BACK = """
DROP TRIGGER in_open_period ON kpis_valueyear;
DROP FUNCTION actual_in_open_period();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_seats_wait"),
        ("kpis", "0012_value_settings_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Period",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("submitted", "Claims ended"),
                            ("locked", "Locked"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "changed_by",
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
                    models.UniqueConstraint(fields=("tenant", "month"), name="kpis_period_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "submitted", "locked"])),
                        name="kpis_period_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="kpis_period_first_of_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), _negated=True),
                            models.Q(
                                ("changed_by__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="kpis_period_opened_with_reason",
                    ),
                ],
            },
        ),
        TenantTable("Period", audited=True),
        migrations.RunSQL(FINAL, FINAL_BACK),
        migrations.RunSQL(CLOSED, CLOSED_BACK),
        migrations.RunSQL(CELLS, CELLS_BACK),
    ]
