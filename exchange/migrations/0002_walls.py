"""Keys, row security and grants of the import studio; where imports wait for a worker."""

from django.db import migrations

from governance.tenancy.operations import TenantTable

# An import whose worker has been silent for longer was left behind by one that died.
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
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_imports"), ("governance", "0004_close_what_stood_open")]

    operations = [
        TenantTable("StoredFile"),
        TenantTable("FileChunk"),
        TenantTable("Import"),
        TenantTable("ImportProgress"),
        TenantTable("ImportRow"),
        TenantTable("ImportItem"),
        TenantTable("ColumnMemory"),
        migrations.RunSQL(WORK, WORK_BACK),
    ]
