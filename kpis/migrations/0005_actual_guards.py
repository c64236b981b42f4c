"""What the database itself refuses of effect owners and validations (S2, S4)."""

from django.db import migrations

# S2 from both sides: whoever writes the effect and whoever writes the measure has locked the
# measure, so that neither misses what the other has just committed.
OWNER_GUARD = """
CREATE FUNCTION effect_owner_not_controller() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.owner_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM initiatives_measure m WHERE m.tenant_id = NEW.tenant_id
      AND m.id = NEW.measure_id AND m.controller_id = NEW.owner_id) THEN
    RAISE EXCEPTION 'the controller of a measure owns none of its effects'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_effect_owner_not_controller';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER owner_not_controller BEFORE INSERT OR UPDATE OF owner_id, measure_id ON kpis_effect
  FOR EACH ROW EXECUTE FUNCTION effect_owner_not_controller();
CREATE FUNCTION controller_not_effect_owner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.controller_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM kpis_effect e WHERE e.tenant_id = NEW.tenant_id
      AND e.measure_id = NEW.id AND e.owner_id = NEW.controller_id) THEN
    RAISE EXCEPTION 'the controller of a measure owns none of its effects'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_controller_not_effect_owner';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER controller_not_effect_owner BEFORE UPDATE OF controller_id ON initiatives_measure
  FOR EACH ROW EXECUTE FUNCTION controller_not_effect_owner();
"""

OWNER_GUARD_BACK = """
DROP TRIGGER controller_not_effect_owner ON initiatives_measure;
DROP FUNCTION controller_not_effect_owner();
DROP TRIGGER owner_not_controller ON kpis_effect;
DROP FUNCTION effect_owner_not_controller();
"""

# S4: claims and validations of an effect are written under the lock of its row.
VALIDATION_GUARD = """
CREATE FUNCTION validation_not_by_claimant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM kpis_claim c WHERE c.tenant_id = NEW.tenant_id AND c.effect_id = NEW.effect_id
      AND c.month = NEW.month AND c.claimed_by_id = NEW.decided_by_id) THEN
    RAISE EXCEPTION 'who claimed an actual does not validate it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_validation_not_by_claimant';
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM kpis_claim c WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.claim_id
      AND (c.effect_id, c.month) = (NEW.effect_id, NEW.month)
      AND NEW.needs_second = (NEW.outcome = 'adjusted' AND NEW.amount > c.amount)
      AND (NEW.outcome <> 'validated' OR NEW.amount = c.amount)) THEN
    RAISE EXCEPTION 'a validation says what it does to its claim'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_validation_of_its_claim';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_by_claimant BEFORE INSERT ON kpis_validation
  FOR EACH ROW EXECUTE FUNCTION validation_not_by_claimant();
CREATE FUNCTION second_by_another() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM kpis_validation v WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.validation_id
      AND (NOT v.needs_second OR v.decided_by_id = NEW.signed_by_id OR EXISTS (
        SELECT 1 FROM kpis_claim c WHERE c.tenant_id = v.tenant_id AND c.effect_id = v.effect_id
          AND c.month = v.month AND c.claimed_by_id = NEW.signed_by_id))) THEN
    RAISE EXCEPTION 'the second signature is another finance person''s, where one is needed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kpis_second_by_another';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER second_by_another BEFORE INSERT ON kpis_secondsignature
  FOR EACH ROW EXECUTE FUNCTION second_by_another();
"""

VALIDATION_GUARD_BACK = """
DROP TRIGGER second_by_another ON kpis_secondsignature;
DROP FUNCTION second_by_another();
DROP TRIGGER not_by_claimant ON kpis_validation;
DROP FUNCTION validation_not_by_claimant();
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0004_actuals")]

    operations = [
        migrations.RunSQL(OWNER_GUARD, OWNER_GUARD_BACK),
        migrations.RunSQL(VALIDATION_GUARD, VALIDATION_GUARD_BACK),
    ]
