"""Value settings become versions: proposed, published by a second person, then final (S5).

No page and no service has ever written a row of this table, so that none lacks its proposer.
"""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantReference

# What a version says is what a second person approved: it never changes, and only its state moves.
GUARD = """
CREATE FUNCTION value_settings_are_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE'
     OR (NEW.tenant_id, NEW.id, NEW.number, NEW.variance_percent, NEW.variance_amount,
         NEW.change_percent, NEW.change_amount, NEW.claim_day, NEW.validation_day, NEW.closes_from,
         NEW.sustain_months, NEW.sustain_percent, NEW.proposed_by_id, NEW.created_at)
        IS DISTINCT FROM
        (OLD.tenant_id, OLD.id, OLD.number, OLD.variance_percent, OLD.variance_amount,
         OLD.change_percent, OLD.change_amount, OLD.claim_day, OLD.validation_day, OLD.closes_from,
         OLD.sustain_months, OLD.sustain_percent, OLD.proposed_by_id, OLD.created_at)
     OR NOT ((OLD.state = 'draft' AND NEW.state IN ('published', 'withdrawn'))
             OR (OLD.state = 'published' AND NEW.state = 'superseded'
                 AND (NEW.published_by_id, NEW.published_at)
                     IS NOT DISTINCT FROM (OLD.published_by_id, OLD.published_at)))
  THEN
    RAISE EXCEPTION 'version % of the value settings is final', OLD.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_value_settings_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_final BEFORE UPDATE OR DELETE ON kpis_valuesettings
  FOR EACH ROW EXECUTE FUNCTION value_settings_are_final();
"""
UNGUARD = """
DROP TRIGGER is_final ON kpis_valuesettings;
DROP FUNCTION value_settings_are_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_seats_wait"),
        ("kpis", "0011_plan_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="valuesettings",
            name="kpis_value_settings_once",
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="claim_day",
            field=models.PositiveSmallIntegerField(db_default=5, default=5),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="closes_from",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="number",
            field=models.PositiveIntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="proposed_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="published_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="published_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Proposed"),
                    ("published", "In force"),
                    ("superseded", "Superseded"),
                    ("withdrawn", "Withdrawn"),
                ],
                db_default="draft",
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="sustain_months",
            field=models.PositiveSmallIntegerField(db_default=12, default=12),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="sustain_percent",
            field=models.DecimalField(
                db_default=Decimal(5), decimal_places=2, default=Decimal(5), max_digits=7
            ),
        ),
        migrations.AddField(
            model_name="valuesettings",
            name="validation_day",
            field=models.PositiveSmallIntegerField(db_default=10, default=10),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="kpis_value_settings_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("tenant",),
                name="kpis_value_settings_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")),
                fields=("tenant",),
                name="kpis_value_settings_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "published", "superseded", "withdrawn"])
                ),
                name="kpis_value_settings_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("claim_day__gte", 1), ("validation_day__range", (models.F("claim_day"), 60))
                ),
                name="kpis_value_settings_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closes_from__isnull", True), ("closes_from__day", 1), _connector="OR"
                ),
                name="kpis_value_settings_closes_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("sustain_months__range", (1, 60)), ("sustain_percent__gte", 0)),
                name="kpis_value_settings_sustain",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposed_by__isnull", False)),
                name="kpis_value_settings_proposed",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by__isnull", True),
                    models.Q(("published_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="kpis_value_settings_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("published_at__isnull", False),
                        ("published_by__isnull", False),
                        ("state__in", ("published", "superseded")),
                    ),
                    models.Q(
                        models.Q(("state__in", ("published", "superseded")), _negated=True),
                        ("published_at__isnull", True),
                        ("published_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="kpis_value_settings_published_by_somebody",
            ),
        ),
        TenantReference("ValueSettings", "proposed_by"),
        TenantReference("ValueSettings", "published_by"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
