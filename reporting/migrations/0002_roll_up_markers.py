"""Walls of the roll-ups, and triggers that mark what a write leaves out of date (data.md, 3.5)."""

from importlib import import_module

from django.db import migrations

from governance.tenancy.operations import TenantTable

# `changed` holds what a statement wrote, or deleted. A package is named once however much of it
# was written. Never ON CONFLICT: whoever drains may have taken the marker already.
# Plans of a function are kept, and those made for one row or an empty table would be ruinous for
# ten thousand: rows written by one statement are found by key, and its old and new rows are hashed.
FUNCTIONS = """
CREATE FUNCTION roll_up_mark_measures() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT tenant_id, package_id FROM changed;
  RETURN NULL;
END $$;
CREATE FUNCTION roll_up_mark_changed_measures() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT n.tenant_id, unnest(ARRAY[n.package_id, o.package_id])
  FROM changed n JOIN before o ON o.tenant_id = n.tenant_id AND o.id = n.id
  WHERE (n.package_id, n.stage, n.overlay, n.stage_model_id, n.stage_since)
    IS DISTINCT FROM (o.package_id, o.stage, o.overlay, o.stage_model_id, o.stage_since);
  RETURN NULL;
END $$;
CREATE FUNCTION roll_up_mark_by_measure() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT tenant_id, package FROM (
    SELECT c.tenant_id, (
      SELECT m.package_id FROM initiatives_measure m
      WHERE m.tenant_id = c.tenant_id AND m.id = c.measure_id) AS package
    FROM (SELECT DISTINCT tenant_id, measure_id FROM changed) c
  ) w WHERE package IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION roll_up_mark_by_effect() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT tenant_id, package FROM (
    SELECT c.tenant_id, (
      SELECT m.package_id FROM initiatives_measure m
      WHERE m.tenant_id = c.tenant_id AND m.id = (
        SELECT e.measure_id FROM kpis_effect e
        WHERE e.tenant_id = c.tenant_id AND e.id = c.effect_id)) AS package
    FROM (SELECT DISTINCT tenant_id, effect_id FROM changed) c
  ) w WHERE package IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION roll_up_mark_nodes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT tenant_id, node FROM (
    SELECT tenant_id, unnest(ARRAY[id, parent_id]) AS node FROM changed
  ) w WHERE node IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION roll_up_mark_moved_nodes() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off AS $$ BEGIN
  INSERT INTO reporting_rollupmarker (tenant_id, node_id)
  SELECT DISTINCT tenant_id, node FROM (
    SELECT n.tenant_id, unnest(ARRAY[n.parent_id, o.parent_id]) AS node
    FROM changed n JOIN before o ON o.tenant_id = n.tenant_id AND o.id = n.id
    WHERE n.parent_id IS DISTINCT FROM o.parent_id
  ) w WHERE node IS NOT NULL;
  RETURN NULL;
END $$;
"""
# Function, what it watches, and the kinds of statements.
WATCHED = (
    ("roll_up_mark_measures", "initiatives_measure", ("INSERT", "DELETE")),
    ("roll_up_mark_changed_measures", "initiatives_measure", ("UPDATE",)),
    ("roll_up_mark_by_measure", "kpis_effect", ("INSERT", "UPDATE", "DELETE")),
    ("roll_up_mark_by_measure", "initiatives_milestone", ("INSERT", "UPDATE", "DELETE")),
    ("roll_up_mark_by_measure", "kpis_lightoverride", ("INSERT",)),
    ("roll_up_mark_by_effect", "kpis_valueyear", ("INSERT", "UPDATE", "DELETE")),
    ("roll_up_mark_by_effect", "kpis_claim", ("INSERT",)),
    ("roll_up_mark_by_effect", "kpis_validation", ("INSERT",)),
    ("roll_up_mark_by_effect", "kpis_restatement", ("INSERT", "UPDATE")),
    ("roll_up_mark_nodes", "governance_node", ("INSERT", "DELETE")),
    ("roll_up_mark_moved_nodes", "governance_node", ("UPDATE",)),
)
TABLES = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "NEW TABLE AS changed OLD TABLE AS before",
    "DELETE": "OLD TABLE AS changed",
}
# The function is replaced as a whole: it keeps the queues it had.
BEFORE: str = import_module("exchange.migrations.0006_failed_tasks_due").WORK
END = """
  END IF;
END $$;
"""
ROLL_UPS = """
  ELSIF queue = 'roll_ups' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t
      WHERE EXISTS (SELECT 1 FROM reporting_rollupmarker m WHERE m.tenant_id = t.id) ORDER BY t.id;"""
WORK = BEFORE.replace(END, f"{ROLL_UPS}{END}")


def triggers() -> str:
    return "".join(
        f"CREATE TRIGGER roll_up_mark_{kind.lower()} AFTER {kind} ON {table} "
        f"REFERENCING {TABLES[kind]} FOR EACH STATEMENT EXECUTE FUNCTION {function}();\n"
        for function, table, kinds in WATCHED
        for kind in kinds
    )


def no_triggers() -> str:
    dropped = [
        f"DROP TRIGGER roll_up_mark_{kind.lower()} ON {table};"
        for _function, table, kinds in WATCHED
        for kind in kinds
    ]
    functions = sorted({function for function, _table, _kinds in WATCHED})
    return "".join([*dropped, *(f"DROP FUNCTION {name}();" for name in functions)])


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0006_failed_tasks_due"),
        ("governance", "0010_queue_states"),
        ("initiatives", "0007_gate_walls"),
        ("kpis", "0014_restatements"),
        ("reporting", "0001_roll_ups"),
    ]

    operations = [
        TenantTable("RollUpCount"),
        TenantTable("RollUpLine"),
        TenantTable("RollUpSize"),
        TenantTable("RollUpYear"),
        TenantTable("RollUpLight"),
        TenantTable("RollUpLamp"),
        TenantTable("RollUpNode"),
        TenantTable("RollUpMarker"),
        TenantTable("RollUpState"),
        migrations.RunSQL(FUNCTIONS + triggers(), no_triggers()),
        migrations.RunSQL(WORK, BEFORE),
    ]
