"""Which tenants can have something overdue or value to sustain, beside the queues there were."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
BEFORE: str = import_module("reporting.migrations.0006_exceptions_to_watch").WORK
END = """
  END IF;
END $$;
"""
ESCALATIONS = """
  ELSIF queue = 'escalations' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM initiatives_measure m
      WHERE m.tenant_id = t.id AND m.overlay <> 'cancelled'
    ) OR EXISTS (
      SELECT 1 FROM approvals_governanceexception e
      WHERE e.tenant_id = t.id AND e.state IN ('open', 'assigned', 'decision_requested')
    ) OR EXISTS (
      SELECT 1 FROM approvals_escalation e WHERE e.tenant_id = t.id AND e.ended_at IS NULL
    ) ORDER BY t.id;
  ELSIF queue = 'sustain' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM initiatives_measure m WHERE m.tenant_id = t.id AND m.stage = 'closed'
    ) ORDER BY t.id;"""
WORK = BEFORE.replace(END, f"{ESCALATIONS}{END}")


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_exceptions"),
        ("initiatives", "0011_last_answers"),
        ("reporting", "0007_roll_up_rhythm"),
    ]

    operations = [migrations.RunSQL(WORK, BEFORE)]
