"""Which day the last update of each measure answers, so that silence is found by an index (L4)."""

from django.db import migrations

# The column belongs to the triggers: no model knows it, so that none can save an old value over it.
# Those who owe updates are found by package, since a program may have a calendar of its own.
COLUMN = """
ALTER TABLE initiatives_measure ADD COLUMN answered_on date;
CREATE INDEX initiatives_measure_silent
  ON initiatives_measure (tenant_id, package_id, answered_on, created_at)
  WHERE overlay = 'active' AND owner_id IS NOT NULL
    AND stage IN ('detailed', 'decided', 'implemented');
"""
NO_COLUMN = """
DROP INDEX initiatives_measure_silent;
ALTER TABLE initiatives_measure DROP COLUMN answered_on;
"""
# Rows written by one statement are found by key, whatever plan was made for an empty table.
FUNCTION = """
CREATE FUNCTION measures_are_answered() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$ BEGIN
  UPDATE initiatives_measure m SET answered_on = a.day
  FROM (
    SELECT c.tenant_id, c.measure_id, (
      SELECT max(coalesce(r.answers_on, r.reported_on)) FROM initiatives_statusreport r
      WHERE r.tenant_id = c.tenant_id AND r.measure_id = c.measure_id AND r.rater = '') AS day
    FROM (SELECT DISTINCT tenant_id, measure_id FROM changed) c
  ) a
  WHERE m.tenant_id = a.tenant_id AND m.id = a.measure_id
    AND m.answered_on IS DISTINCT FROM a.day;
  RETURN NULL;
END $$;
"""
KINDS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
TRIGGERS = "".join(
    f"CREATE TRIGGER measures_are_answered_{kind.lower()} AFTER {kind} ON initiatives_statusreport "
    f"REFERENCING {table} TABLE AS changed FOR EACH STATEMENT "
    "EXECUTE FUNCTION measures_are_answered();\n"
    for kind, table in KINDS.items()
)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER measures_are_answered_{kind.lower()} ON initiatives_statusreport;\n"
    for kind in KINDS
)
# No person changes anything here, and no tenant is active: the walls stand for the migrator too.
OPEN = """
ALTER TABLE initiatives_statusreport NO FORCE ROW LEVEL SECURITY;
ALTER TABLE initiatives_measure NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER must_be_audited;
"""
SHUT = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE initiatives_measure FORCE ROW LEVEL SECURITY, ENABLE TRIGGER must_be_audited;
ALTER TABLE initiatives_statusreport FORCE ROW LEVEL SECURITY;
SET CONSTRAINTS ALL DEFERRED;
"""
FILL = """
UPDATE initiatives_measure m SET answered_on = a.day
FROM (
  SELECT tenant_id, measure_id, max(coalesce(answers_on, reported_on)) AS day
  FROM initiatives_statusreport WHERE rater = '' GROUP BY tenant_id, measure_id
) a
WHERE m.tenant_id = a.tenant_id AND m.id = a.measure_id;
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0010_bulk_edits")]

    operations = [
        migrations.RunSQL(COLUMN, NO_COLUMN),
        migrations.RunSQL(OPEN + FILL + SHUT, migrations.RunSQL.noop),
        migrations.RunSQL(
            FUNCTION + TRIGGERS, NO_TRIGGERS + "DROP FUNCTION measures_are_answered();"
        ),
    ]
