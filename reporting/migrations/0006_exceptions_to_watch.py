"""Which tenants have exceptions to watch and holds to review, beside the queues there were."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
BEFORE: str = import_module("reporting.migrations.0004_mails_due").WORK
END = """
  END IF;
END $$;
"""
EXCEPTIONS = """
  ELSIF queue = 'exceptions' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM approvals_governanceexception e
      WHERE e.tenant_id = t.id
        AND e.state IN ('open', 'assigned', 'decision_requested', 'decided')
    ) OR EXISTS (
      SELECT 1 FROM approvals_approvalstep s
      WHERE s.tenant_id = t.id AND s.state = 'open' AND s.escalated_at IS NOT NULL
    ) ORDER BY t.id;
  ELSIF queue = 'holds' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM initiatives_measure m
      WHERE m.tenant_id = t.id AND m.overlay = 'on_hold' AND m.review_on < current_date + 1
    ) ORDER BY t.id;"""
WORK = BEFORE.replace(END, f"{EXCEPTIONS}{END}")


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_exceptions"),
        ("initiatives", "0008_holds_by_review"),
        ("reporting", "0005_watermelons_stored"),
    ]

    operations = [migrations.RunSQL(WORK, BEFORE)]
