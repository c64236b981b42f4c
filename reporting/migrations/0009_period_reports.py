"""Signed reports of a node for a period: append-only, numbered without gaps, chained (R4)."""

import django.db.models.deletion
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# After the row: two that sign at once meet at the unique numbers first, and are told so.
FOLLOWS = """
CREATE FUNCTION period_report_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before reporting_periodreport%ROWTYPE;
BEGIN
  SELECT * INTO before FROM reporting_periodreport
    WHERE tenant_id = NEW.tenant_id AND node_id = NEW.node_id AND number = NEW.number - 1;
  IF (before.id IS NULL) <> (NEW.number = 1) THEN
    RAISE EXCEPTION 'reports are numbered without gaps'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reporting_period_report_no_gap';
  END IF;
  IF NEW.hash <> encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex')
     OR NEW.previous_hash <> coalesce(before.hash, repeat('0', 64)) THEN
    RAISE EXCEPTION 'a report is hashed and continues the one before it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reporting_period_report_chain';
  END IF;
  IF NEW.replaces_id IS NOT NULL AND (NEW.replaces_id, NEW.first_on, NEW.due_on)
     IS DISTINCT FROM (before.id, before.first_on, before.due_on) THEN
    RAISE EXCEPTION 'a correction is of the newest report and of its period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reporting_period_report_corrects_newest';
  END IF;
  IF NEW.replaces_id IS NULL AND NEW.due_on <= before.due_on THEN
    RAISE EXCEPTION 'reports follow each other in time'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reporting_period_report_in_order';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER follows AFTER INSERT ON reporting_periodreport
  FOR EACH ROW EXECUTE FUNCTION period_report_follows();
"""
FOLLOWS_BACK = """
DROP TRIGGER follows ON reporting_periodreport;
DROP FUNCTION period_report_follows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0012_notice_choices"),
        ("reporting", "0008_escalations_to_run"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeriodReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("first_on", models.DateField()),
                ("due_on", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("body", models.TextField()),
                ("hash", models.CharField(max_length=64)),
                ("previous_hash", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("signer", models.CharField(max_length=400)),
                ("signed_at", models.DateTimeField()),
                (
                    "node",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.node",
                    ),
                ),
                (
                    "replaces",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="reporting.periodreport",
                    ),
                ),
                (
                    "signed_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
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
                        fields=["tenant", "due_on", "node"], name="reporting_report_by_period"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "node", "number"), name="reporting_period_report_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("replaces__isnull", True)),
                        fields=("tenant", "node", "due_on"),
                        name="reporting_period_report_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("replaces__isnull", False)),
                        fields=("tenant", "replaces"),
                        name="reporting_period_report_replaced_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hash__regex", "^[0-9a-f]{64}$"),
                            ("previous_hash__regex", "^[0-9a-f]{64}$"),
                        ),
                        name="reporting_period_report_hashes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("replaces__isnull", True)),
                            models.Q(
                                ("replaces__isnull", False), models.Q(("reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="reporting_period_report_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_on__lte", models.F("due_on"))),
                        name="reporting_period_report_days",
                    ),
                ],
            },
        ),
        TenantTable("PeriodReport", append_only=True, audited=True),
        migrations.RunSQL(FOLLOWS, FOLLOWS_BACK),
    ]
