"""What people changed apart from whole tenants, so that a worker can take the former first."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
BEFORE: str = import_module("reporting.migrations.0002_roll_up_markers").WORK
END = """
  END IF;
END $$;
"""
APART = """
  ELSIF queue = 'roll_ups_changed' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM reporting_rollupmarker m WHERE m.tenant_id = t.id AND NOT m.is_bulk
    ) ORDER BY t.id;
  ELSIF queue = 'roll_ups_whole' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM reporting_rollupmarker m WHERE m.tenant_id = t.id AND m.is_bulk
    ) ORDER BY t.id;"""
WORK = BEFORE.replace(END, f"{APART}{END}")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_roll_up_markers")]

    operations = [migrations.RunSQL(WORK, BEFORE)]
