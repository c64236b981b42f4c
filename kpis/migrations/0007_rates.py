"""Exchange rates, their walls, and the guard that keeps them as they were proposed (V8)."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# What was converted at a rate stays explicable: a proposal is decided once, and a later rate of the
# same key supersedes it without touching it.
GUARD = """
CREATE FUNCTION rate_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.public_id, NEW.kind, NEW.currency, NEW.home, NEW.month, NEW.rate,
         NEW.proposed_by_id, NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.public_id, OLD.kind, OLD.currency, OLD.home, OLD.month, OLD.rate,
         OLD.proposed_by_id, OLD.proposed_at)
     OR OLD.state <> 'proposed'
  THEN
    RAISE EXCEPTION 'a rate is never changed; a later one supersedes it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_rate_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON kpis_rate
  FOR EACH ROW EXECUTE FUNCTION rate_is_final();
"""

GUARD_BACK = """
DROP TRIGGER is_final ON kpis_rate;
DROP FUNCTION rate_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0007_second_granter"),
        ("kpis", "0006_metrics_and_rates"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("plan", "Plan rate"),
                            ("average", "Average rate of the month"),
                            ("closing", "Closing rate of the month"),
                        ],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("home", models.CharField(max_length=3)),
                ("month", models.DateField()),
                ("rate", models.DecimalField(decimal_places=8, max_digits=18)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for confirmation"),
                            ("confirmed", "Confirmed"),
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
                        condition=models.Q(("state", "confirmed")),
                        fields=["tenant", "kind", "currency", "month", "id"],
                        name="kpis_rate_confirmed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="kpis_rate_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("tenant", "kind", "currency", "month"),
                        name="kpis_rate_one_proposal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["plan", "average", "closing"])),
                        name="kpis_rate_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "confirmed", "refused", "withdrawn"])
                        ),
                        name="kpis_rate_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("currency__regex", "^[A-Z]{3}$"), ("home__regex", "^[A-Z]{3}$")
                        ),
                        name="kpis_rate_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency", models.F("home")), _negated=True),
                        name="kpis_rate_not_of_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)), name="kpis_rate_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="kpis_rate_first_of_month"
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
                        name="kpis_rate_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="kpis_rate_second_person",
                    ),
                ],
            },
        ),
        TenantTable("Rate", audited=True),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
