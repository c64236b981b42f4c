"""Which tenants have failed tasks to be tried again, beside the queues there were."""

from django.db import migrations

# The function is replaced as a whole: the queues it had before stand here unchanged.
WORK = """
CREATE OR REPLACE FUNCTION tenants_with_work(queue text) RETURNS TABLE (tenant_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF queue = 'outbox' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t
      WHERE EXISTS (SELECT 1 FROM governance_outboxevent o WHERE o.tenant_id = t.id) ORDER BY t.id;
  ELSIF queue = 'audit' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_auditevent e WHERE e.tenant_id = t.id AND e.txid >= coalesce(
        (SELECT s.to_txid FROM governance_auditseal s WHERE s.tenant_id = t.id ORDER BY s.batch DESC LIMIT 1), 0)
    ) ORDER BY t.id;
  ELSIF queue = 'imports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_import i JOIN exchange_importprogress p
        ON p.tenant_id = i.tenant_id AND p.run_id = i.id
      WHERE i.tenant_id = t.id AND i.state IN ('reading', 'checking', 'applying', 'undoing')
        AND p.beat_at < now() - interval '30 seconds'
    ) ORDER BY t.id;
  ELSIF queue = 'exports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_export e WHERE e.tenant_id = t.id
        AND ((e.state = 'working' AND e.beat_at < now() - interval '60 seconds')
          OR (e.state = 'waiting' AND e.beat_at < now() - interval '15 minutes'))
    ) ORDER BY t.id;
  ELSIF queue = 'old_exports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_export e
      WHERE e.tenant_id = t.id AND e.created_at < now() - interval '7 days'
    ) ORDER BY t.id;
  ELSIF queue = 'clocks' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM approvals_approvalstep s
      WHERE s.tenant_id = t.id AND s.state = 'open' AND s.escalated_at IS NULL
    ) OR EXISTS (
      SELECT 1 FROM approvals_approvalcondition c
      WHERE c.tenant_id = t.id AND c.state = 'open' AND c.due_on < current_date + 1
    ) ORDER BY t.id;
  ELSIF queue = 'failed_tasks' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_failedtask f WHERE f.tenant_id = t.id AND f.due_at <= now()
    ) ORDER BY t.id;
  END IF;
END $$;
"""

WORK_BACK = """
CREATE OR REPLACE FUNCTION tenants_with_work(queue text) RETURNS TABLE (tenant_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF queue = 'outbox' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t
      WHERE EXISTS (SELECT 1 FROM governance_outboxevent o WHERE o.tenant_id = t.id) ORDER BY t.id;
  ELSIF queue = 'audit' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_auditevent e WHERE e.tenant_id = t.id AND e.txid >= coalesce(
        (SELECT s.to_txid FROM governance_auditseal s WHERE s.tenant_id = t.id ORDER BY s.batch DESC LIMIT 1), 0)
    ) ORDER BY t.id;
  ELSIF queue = 'imports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_import i JOIN exchange_importprogress p
        ON p.tenant_id = i.tenant_id AND p.run_id = i.id
      WHERE i.tenant_id = t.id AND i.state IN ('reading', 'checking', 'applying', 'undoing')
        AND p.beat_at < now() - interval '30 seconds'
    ) ORDER BY t.id;
  ELSIF queue = 'exports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_export e WHERE e.tenant_id = t.id
        AND ((e.state = 'working' AND e.beat_at < now() - interval '60 seconds')
          OR (e.state = 'waiting' AND e.beat_at < now() - interval '15 minutes'))
    ) ORDER BY t.id;
  ELSIF queue = 'old_exports' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM exchange_export e
      WHERE e.tenant_id = t.id AND e.created_at < now() - interval '7 days'
    ) ORDER BY t.id;
  ELSIF queue = 'clocks' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM approvals_approvalstep s
      WHERE s.tenant_id = t.id AND s.state = 'open' AND s.escalated_at IS NULL
    ) OR EXISTS (
      SELECT 1 FROM approvals_approvalcondition c
      WHERE c.tenant_id = t.id AND c.state = 'open' AND c.due_on < current_date + 1
    ) ORDER BY t.id;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_gate_clocks"),
        ("governance", "0009_failed_tasks"),
    ]

    operations = [migrations.RunSQL(WORK, WORK_BACK)]
