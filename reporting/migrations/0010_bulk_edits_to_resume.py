"""Which tenants have changes of many measures left behind, beside the queues there were."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
BEFORE: str = import_module("reporting.migrations.0008_escalations_to_run").WORK
END = """
  END IF;
END $$;
"""
BULK_EDITS = """
  ELSIF queue = 'bulk_edits' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM initiatives_bulkedit b
      WHERE b.tenant_id = t.id AND b.state IN ('checking', 'applying', 'undoing')
        AND b.updated_at < now() - interval '30 seconds'
    ) ORDER BY t.id;"""
WORK = BEFORE.replace(END, f"{BULK_EDITS}{END}")


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0014_bulk_edits_under_way"),
        ("reporting", "0009_period_reports"),
    ]

    operations = [migrations.RunSQL(WORK, BEFORE)]
