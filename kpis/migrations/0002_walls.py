"""Keys, row security and guards of metrics, effects and values."""

from django.db import migrations

from governance.tenancy.operations import TenantTable

BASELINE_GUARD = """
CREATE FUNCTION baseline_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF OLD.series = 'baseline' THEN
    RAISE EXCEPTION 'a baseline is never changed; a later one is numbered higher'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_baseline_is_append_only';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  IF (NEW.effect_id, NEW.series, NEW.baseline_no, NEW.year)
     IS DISTINCT FROM (OLD.effect_id, OLD.series, OLD.baseline_no, OLD.year) THEN
    RAISE EXCEPTION 'the key of a value row is fixed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_value_year_key_is_fixed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER baseline_is_append_only BEFORE UPDATE OR DELETE ON kpis_valueyear
  FOR EACH ROW EXECUTE FUNCTION baseline_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial"), ("initiatives", "0002_walls")]

    operations = [
        TenantTable("Metric", audited=True),
        TenantTable("Effect", audited=True),
        TenantTable("ValueYear", audited=True),
        TenantTable("ValueHistory", append_only=True),
        migrations.RunSQL(
            BASELINE_GUARD,
            """
            DROP TRIGGER baseline_is_append_only ON kpis_valueyear;
            DROP FUNCTION baseline_is_append_only();
            """,
        ),
    ]
