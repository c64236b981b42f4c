"""What a metric is for: its direction and statement line, and what its amounts rest on (V1)."""

from django.db import migrations, models

# V1: amounts were entered under unit, aggregation and decimals; the service says no first. A new
# effect's foreign key waits for whoever changes its metric, and the other way round.
METRIC_GUARD = """
CREATE FUNCTION metric_keeps_its_meaning() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (NEW.unit, NEW.is_monetary, NEW.aggregation, NEW.decimals)
     IS DISTINCT FROM (OLD.unit, OLD.is_monetary, OLD.aggregation, OLD.decimals)
     AND EXISTS (SELECT 1 FROM kpis_effect e
                 WHERE e.tenant_id = NEW.tenant_id AND e.metric_id = NEW.id) THEN
    RAISE EXCEPTION 'effects use metric %', NEW.code
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_metric_in_use';
  END IF;
  IF OLD.is_active AND NOT NEW.is_active AND EXISTS (
    SELECT 1 FROM governance_tenant t
    WHERE t.id = NEW.tenant_id AND t.headline_metric = NEW.code) THEN
    RAISE EXCEPTION 'the headline metric stays in use'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_metric_headline_is_active';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_meaning BEFORE UPDATE ON kpis_metric
  FOR EACH ROW EXECUTE FUNCTION metric_keeps_its_meaning();
"""

METRIC_GUARD_BACK = """
DROP TRIGGER keeps_its_meaning ON kpis_metric;
DROP FUNCTION metric_keeps_its_meaning();
"""

# Metrics that stand already under the codes of the starting set. The migration is its own account
# of this; the walls stand for the migrator too, and no tenant is active here.
FILL = """
ALTER TABLE kpis_metric NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER must_be_audited;
UPDATE kpis_metric m SET sign = s.sign, pl_line = s.pl_line
FROM (VALUES
  ('EBITDA', 'more', 'ebitda'),
  ('REVENUE', 'more', 'revenue'),
  ('MARGIN', 'more', 'gross_margin'),
  ('COST', 'more', 'other_operating_expenses'),
  ('CASH', 'more', 'cash_flow'),
  ('WORKING_CAPITAL', 'less', 'balance_sheet'),
  ('FTE', 'less', 'personnel'),
  ('WHOLE_LIFE_COST', 'less', 'none'),
  ('YEAR_BASELINE', 'less', 'none'),
  ('YEAR_FORECAST', 'less', 'none')
) AS s (code, sign, pl_line)
WHERE m.code = s.code;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE kpis_metric FORCE ROW LEVEL SECURITY, ENABLE TRIGGER must_be_audited;
SET CONSTRAINTS ALL DEFERRED;
"""

LINES = [
    ("revenue", "Revenue"),
    ("cost_of_goods_sold", "Cost of goods sold"),
    ("gross_margin", "Gross margin"),
    ("personnel", "Personnel expenses"),
    ("other_operating_expenses", "Other operating expenses"),
    ("ebitda", "EBITDA"),
    ("depreciation_and_amortisation", "Depreciation and amortisation"),
    ("ebit", "EBIT"),
    ("interest", "Interest"),
    ("tax", "Taxes"),
    ("cash_flow", "Cash flow"),
    ("balance_sheet", "Balance sheet"),
    ("none", "No line of a statement"),
]


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_actual_guards")]

    operations = [
        migrations.AddField(
            model_name="metric",
            name="pl_line",
            field=models.CharField(choices=LINES, db_default="none", default="none", max_length=30),
        ),
        migrations.AddField(
            model_name="metric",
            name="sign",
            field=models.CharField(
                choices=[("more", "More is better"), ("less", "Less is better")],
                db_default="more",
                default="more",
                max_length=4,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=models.Q(("sign__in", ["more", "less"])), name="kpis_metric_sign"
            ),
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=models.Q(("pl_line__in", [code for code, _label in LINES])),
                name="kpis_metric_pl_line",
            ),
        ),
        migrations.RunSQL(METRIC_GUARD, METRIC_GUARD_BACK),
    ]
