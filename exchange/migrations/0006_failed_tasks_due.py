"""Which tenants have failed tasks to be tried again, beside the queues there were."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
WORK_BACK: str = import_module("exchange.migrations.0005_gate_clocks").WORK
END = """
  END IF;
END $$;
"""
FAILED_TASKS = """
  ELSIF queue = 'failed_tasks' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_failedtask f WHERE f.tenant_id = t.id AND f.due_at <= now()
    ) ORDER BY t.id;"""
WORK = WORK_BACK.replace(END, f"{FAILED_TASKS}{END}")


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_gate_clocks"),
        ("governance", "0009_failed_tasks"),
    ]

    operations = [migrations.RunSQL(WORK, WORK_BACK)]
