"""Exports: lists on their way out; where they wait for a worker, and when they are forgotten."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

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
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0002_walls"),
        ("governance", "0004_close_what_stood_open"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("list_name", models.CharField(max_length=60)),
                ("query", models.TextField(blank=True)),
                (
                    "format",
                    models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], max_length=4),
                ),
                (
                    "headings",
                    models.CharField(
                        choices=[
                            ("machine", "Names that an import knows"),
                            ("words", "Words of the page"),
                        ],
                        default="machine",
                        max_length=7,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=5)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("working", "Being made"),
                            ("done", "Ready"),
                            ("failed", "Could not be made"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("row_count", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=60)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "beat_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "file",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="exchange.storedfile",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "created_by", "id"], name="exchange_export_of_person"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="exchange_export_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "working", "done", "failed"])),
                        name="exchange_export_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "xlsx"])),
                        name="exchange_export_format",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("headings__in", ["machine", "words"])),
                        name="exchange_export_headings",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            ("file__isnull", False),
                            _connector="OR",
                        ),
                        name="exchange_export_done_has_file",
                    ),
                ],
            },
        ),
        TenantTable("Export"),
        migrations.RunSQL(WORK, WORK_BACK),
    ]
