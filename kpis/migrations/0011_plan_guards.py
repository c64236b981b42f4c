"""What the database itself refuses of frozen plans and of baseline numbers (V2, V3, T15)."""

from django.db import migrations

# Once a measure is Decided its plan changes only beside a go on a change request about this
# measure, written in the same transaction.
PLAN_GUARD = """
CREATE FUNCTION plan_changes_by_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched kpis_valueyear;
BEGIN
  IF TG_OP = 'DELETE' THEN touched := OLD; ELSE touched := NEW; END IF;
  IF touched.series = 'plan' AND EXISTS (
    SELECT FROM kpis_effect e
    JOIN initiatives_measure m ON m.tenant_id = e.tenant_id AND m.id = e.measure_id
    WHERE e.tenant_id = touched.tenant_id AND e.id = touched.effect_id
      AND m.stage IN ('decided', 'implemented', 'closed')
      AND NOT EXISTS (
        SELECT FROM approvals_approvaldecision d
        JOIN approvals_approvalrequest r ON r.tenant_id = d.tenant_id AND r.id = d.request_id
        WHERE d.tenant_id = m.tenant_id AND d.txid = pg_current_xact_id()::text::bigint
          AND d.outcome = 'go' AND r.transition = 'T15'
          AND r.subject_type = 'measure' AND r.subject_id = m.id)) THEN
    RAISE EXCEPTION 'a frozen plan changes by a decided change request alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_plan_is_frozen';
  END IF;
  RETURN touched;
END $$;
CREATE TRIGGER plan_changes_by_decision BEFORE INSERT OR UPDATE OR DELETE ON kpis_valueyear
  FOR EACH ROW EXECUTE FUNCTION plan_changes_by_decision();
"""

PLAN_GUARD_BACK = """
DROP TRIGGER plan_changes_by_decision ON kpis_valueyear;
DROP FUNCTION plan_changes_by_decision();
"""

# The measure is locked by whoever freezes its plan, so that nobody counts at the same time.
NUMBER_GUARD = """
CREATE FUNCTION baseline_takes_next_number() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.baseline_no > 1 + coalesce((
    SELECT max(y.baseline_no) FROM kpis_effect mine
    JOIN kpis_effect e ON e.tenant_id = mine.tenant_id AND e.measure_id = mine.measure_id
    JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id
      AND y.series = 'baseline'
    WHERE mine.tenant_id = NEW.tenant_id AND mine.id = NEW.effect_id), 0) THEN
    RAISE EXCEPTION 'baselines are numbered one after the other'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_baseline_next_number';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER baseline_takes_next_number BEFORE INSERT ON kpis_valueyear
  FOR EACH ROW WHEN (NEW.series = 'baseline') EXECUTE FUNCTION baseline_takes_next_number();
"""

NUMBER_GUARD_BACK = """
DROP TRIGGER baseline_takes_next_number ON kpis_valueyear;
DROP FUNCTION baseline_takes_next_number();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_walls"),
        ("initiatives", "0007_gate_walls"),
        ("kpis", "0010_targets"),
    ]

    operations = [
        migrations.RunSQL(PLAN_GUARD, PLAN_GUARD_BACK),
        migrations.RunSQL(NUMBER_GUARD, NUMBER_GUARD_BACK),
    ]
