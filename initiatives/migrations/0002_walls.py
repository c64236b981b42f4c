"""Keys, row security and guards of measures; search over their words."""

from django.db import migrations

from governance.tenancy.operations import TenantTable

PACKAGE_LEVEL = """
ALTER TABLE initiatives_measure ADD COLUMN package_level smallint GENERATED ALWAYS AS (4) STORED;
ALTER TABLE initiatives_measure ADD CONSTRAINT initiatives_measure_package_level_fk
  FOREIGN KEY (tenant_id, package_id, package_level) REFERENCES governance_node (tenant_id, id, level);
"""

GATE_GUARD = """
CREATE FUNCTION measure_stage_by_gate_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (TG_OP = 'INSERT' AND (NEW.stage <> 'identified' OR NEW.overlay <> 'active'))
     OR (TG_OP = 'UPDATE' AND (NEW.stage, NEW.overlay) IS DISTINCT FROM (OLD.stage, OLD.overlay)) THEN
    RAISE EXCEPTION 'stage and overlay of a measure change by a decision alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_stage_by_gate_only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stage_by_gate_only BEFORE INSERT OR UPDATE ON initiatives_measure
  FOR EACH ROW EXECUTE FUNCTION measure_stage_by_gate_only();
"""

SEARCH = """
ALTER TABLE initiatives_measure ADD COLUMN search tsvector GENERATED ALWAYS AS (
  to_tsvector('simple', regexp_replace(lower(code || ' ' || name || ' ' || description), '[^[:alnum:]]+', ' ', 'g'))
) STORED;
CREATE INDEX initiatives_measure_search ON initiatives_measure USING gin (search);
CREATE OR REPLACE FUNCTION search_ids(kind text, words text, most integer) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF kind = 'node' THEN
    RETURN QUERY SELECT n.id FROM governance_node n
      WHERE n.tenant_id = current_tenant() AND n.search @@ search_query(words) ORDER BY n.id LIMIT most;
  ELSIF kind = 'measure' THEN
    RETURN QUERY SELECT m.id FROM initiatives_measure m
      WHERE m.tenant_id = current_tenant() AND m.search @@ search_query(words) ORDER BY m.id LIMIT most;
  END IF;
END $$;
"""

SEARCH_BACK = """
CREATE OR REPLACE FUNCTION search_ids(kind text, words text, most integer) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF kind = 'node' THEN
    RETURN QUERY SELECT n.id FROM governance_node n
      WHERE n.tenant_id = current_tenant() AND n.search @@ search_query(words) ORDER BY n.id LIMIT most;
  END IF;
END $$;
ALTER TABLE initiatives_measure DROP COLUMN search;
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0001_initial")]

    operations = [
        TenantTable("Measure", audited=True),
        migrations.RunSQL(
            PACKAGE_LEVEL,
            """
            ALTER TABLE initiatives_measure DROP CONSTRAINT initiatives_measure_package_level_fk;
            ALTER TABLE initiatives_measure DROP COLUMN package_level;
            """,
        ),
        migrations.RunSQL(
            GATE_GUARD,
            """
            DROP TRIGGER stage_by_gate_only ON initiatives_measure;
            DROP FUNCTION measure_stage_by_gate_only();
            """,
        ),
        migrations.RunSQL(SEARCH, SEARCH_BACK),
    ]
