"""Restatements of locked months, their walls, and the guards that keep them honest (V4, S2, S8)."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# What was proposed is what a second person approved: it never changes, and it is decided once.
FINAL = """
CREATE FUNCTION restatement_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
     OR (NEW.tenant_id, NEW.id, NEW.public_id, NEW.effect_id, NEW.month, NEW.booked_in, NEW.delta,
         NEW.reason, NEW.proposed_by_id, NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.public_id, OLD.effect_id, OLD.month, OLD.booked_in, OLD.delta,
         OLD.reason, OLD.proposed_by_id, OLD.proposed_at)
  THEN
    RAISE EXCEPTION 'a restatement is decided once and never changed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_restatement_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON kpis_restatement
  FOR EACH ROW EXECUTE FUNCTION restatement_is_final();
"""
FINAL_BACK = """
DROP TRIGGER is_final ON kpis_restatement;
DROP FUNCTION restatement_is_final();
"""

# Written under the locks of measure and effect, so that no owner changes meanwhile; who takes a
# proposal back may have become an owner since.
HONEST = """
CREATE FUNCTION restatement_is_honest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state IN ('refused', 'withdrawn') AND TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
  IF EXISTS (
    SELECT 1 FROM kpis_effect e
    JOIN initiatives_measure m ON m.tenant_id = e.tenant_id AND m.id = e.measure_id
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.effect_id AND (
      NEW.proposed_by_id IN (e.owner_id, m.owner_id)
      OR NEW.decided_by_id IN (e.owner_id, m.owner_id))) THEN
    RAISE EXCEPTION 'owners of a measure or effect do not restate it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_restatement_not_by_owner';
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM kpis_period p WHERE p.tenant_id = NEW.tenant_id AND p.month = NEW.month
      AND p.state = 'locked') THEN
    RAISE EXCEPTION 'only a locked month is restated'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_restatement_of_locked_period';
  END IF;
  IF EXISTS (
    SELECT 1 FROM kpis_period p WHERE p.tenant_id = NEW.tenant_id AND p.month = NEW.booked_in
      AND p.state = 'locked') THEN
    RAISE EXCEPTION 'a restatement is booked in an open month'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_restatement_in_open_period';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_honest BEFORE INSERT OR UPDATE ON kpis_restatement
  FOR EACH ROW EXECUTE FUNCTION restatement_is_honest();
"""
HONEST_BACK = """
DROP TRIGGER is_honest ON kpis_restatement;
DROP FUNCTION restatement_is_honest();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_seats_wait"),
        ("kpis", "0013_periods"),
    ]

    operations = [
        migrations.CreateModel(
            name="Restatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("month", models.DateField()),
                ("booked_in", models.DateField()),
                ("delta", models.DecimalField(decimal_places=4, max_digits=20)),
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
                (
                    "proposed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
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
                    "effect",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.effect",
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
                        fields=["tenant", "effect", "month", "id"],
                        name="kpis_restatement_approved",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="kpis_restatement_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("tenant", "effect", "month"),
                        name="kpis_restatement_one_proposal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "approved", "refused", "withdrawn"])
                        ),
                        name="kpis_restatement_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("booked_in__day", 1),
                            ("booked_in__gt", models.F("month")),
                            ("month__day", 1),
                        ),
                        name="kpis_restatement_months",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delta", 0), _negated=True),
                        name="kpis_restatement_delta",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="kpis_restatement_reason",
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
                        name="kpis_restatement_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state__in", ["approved", "refused"]), _negated=True),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("state", "withdrawn"), _negated=True),
                                ("decided_by", models.F("proposed_by")),
                                _connector="OR",
                            ),
                        ),
                        name="kpis_restatement_second_person",
                    ),
                ],
            },
        ),
        TenantTable("Restatement", audited=True),
        migrations.RunSQL(FINAL, FINAL_BACK),
        migrations.RunSQL(HONEST, HONEST_BACK),
    ]
