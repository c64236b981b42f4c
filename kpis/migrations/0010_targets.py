"""Targets, their walls, and the guard that lets one come into force by a decision alone (H7)."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# A target enters as a proposal, is decided once and stays as it was decided: the gap of a year gone
# by stays explicable. What is approved takes the next number of its key, so that versions are told
# without gaps; a number that was given already is refused by its unique key.
GUARD = """
CREATE FUNCTION target_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' THEN
      RAISE EXCEPTION 'a target comes into force by a decision on its proposal'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_target_starts_proposed';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.public_id, NEW.node_id, NEW.metric_id, NEW.fiscal_year,
         NEW.kind, NEW.amount, NEW.currency, NEW.gap_owner_id, NEW.reason, NEW.proposed_by_id,
         NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.public_id, OLD.node_id, OLD.metric_id, OLD.fiscal_year,
         OLD.kind, OLD.amount, OLD.currency, OLD.gap_owner_id, OLD.reason, OLD.proposed_by_id,
         OLD.proposed_at)
     OR OLD.state <> 'proposed'
  THEN
    RAISE EXCEPTION 'a target is never changed; a later one supersedes it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_target_is_final';
  END IF;
  IF NEW.state = 'approved' AND NEW.number NOT BETWEEN 1 AND 1 + coalesce((
       SELECT max(t.number) FROM kpis_target t
       WHERE t.tenant_id = NEW.tenant_id AND t.node_id = NEW.node_id
         AND t.metric_id = NEW.metric_id AND t.fiscal_year = NEW.fiscal_year
         AND t.kind = NEW.kind), 0)
  THEN
    RAISE EXCEPTION 'an approved target takes the next number'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_target_next_number';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE INSERT OR UPDATE OR DELETE ON kpis_target
  FOR EACH ROW EXECUTE FUNCTION target_is_final();
"""

GUARD_BACK = """
DROP TRIGGER is_final ON kpis_target;
DROP FUNCTION target_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_seats_wait"),
        ("kpis", "0009_light_overrides"),
    ]

    operations = [
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("fiscal_year", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("recurring", "Recurring"), ("one_off", "One-off")], max_length=20
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for approval"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("number", models.PositiveIntegerField(null=True)),
                (
                    "proposed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("remark", models.TextField(blank=True)),
                (
                    "decided_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "gap_owner",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "metric",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.metric",
                    ),
                ),
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
                    "proposed_by",
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
                        condition=models.Q(("state", "approved")),
                        fields=["tenant", "node", "metric", "fiscal_year", "kind", "number"],
                        name="kpis_target_in_force",
                    ),
                    models.Index(
                        fields=["tenant", "gap_owner", "id"], name="kpis_target_gap_owner"
                    ),
                    models.Index(
                        condition=models.Q(("state", "proposed")),
                        fields=["tenant", "id"],
                        name="kpis_target_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="kpis_target_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("tenant", "node", "metric", "fiscal_year", "kind"),
                        name="kpis_target_one_proposal",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "node", "metric", "fiscal_year", "kind", "number"),
                        name="kpis_target_number_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["recurring", "one_off"])),
                        name="kpis_target_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "approved", "refused", "withdrawn"])
                        ),
                        name="kpis_target_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fiscal_year__range", (1991, 2100))),
                        name="kpis_target_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="kpis_target_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^([A-Z]{3})?$")),
                        name="kpis_target_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="kpis_target_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("state", "proposed"),
                            ),
                            models.Q(
                                models.Q(("state", "proposed"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="kpis_target_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("approved", "refused")), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="kpis_target_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "withdrawn"), _negated=True),
                            ("decided_by", models.F("proposed_by")),
                            _connector="OR",
                        ),
                        name="kpis_target_withdrawn_by_its_maker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", False), ("state", "approved")),
                            models.Q(
                                models.Q(("state", "approved"), _negated=True),
                                ("number__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="kpis_target_numbered",
                    ),
                ],
            },
        ),
        TenantTable("Target", audited=True),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
