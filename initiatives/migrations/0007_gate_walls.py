"""Guards of the gates: stages move by decisions alone, closure by the controller (G1, S3, S5)."""

import json
from typing import Any

from django.db import migrations

from governance.tenancy.operations import TenantReference, TenantTable

# The model as it was shipped on this day: its later versions are published, not migrated.
WEIGHTS = {
    "identified": "0.10",
    "detailed": "0.30",
    "decided": "0.50",
    "implemented": "0.80",
    "closed": "1.00",
}


def _auto(*names: str) -> list[dict[str, Any]]:
    return [{"kind": "automatic", "name": name} for name in names]


# Their facts are held by later releases.
def _later(name: str, en: str, de: str) -> dict[str, Any]:
    label = {"en": en, "de": de}
    return {"kind": "automatic", "name": name, "active": False, "label": label}


def _evidence(name: str, kind: str, en: str, de: str) -> dict[str, Any]:
    label = {"en": en, "de": de}
    return {"kind": "evidence", "name": name, "document_kind": kind, "label": label}


def _step(part: str, position: int, days: int = 5, **more: Any) -> dict[str, Any]:
    return {"part": part, "position": position, "clock_days": days, **more}


GOVERNABILITY = _auto(
    "owner_named",
    "sponsor_named",
    "controller_named",
    "business_unit_named",
    "function_named",
    "legal_entity_named",
    "forum_named",
)
DETAIL = [
    *_auto("scope_described"),
    *GOVERNABILITY,
    *_auto("reference_recorded", "method_described", "value_estimated"),
]
PLAN = [
    *_auto("plan_phased", "milestones_planned"),
    {
        "kind": "attested",
        "name": "counted_once",
        "role": "controller",
        "label": {
            "en": "The value is counted in no other measure",
            "de": "Der Wert ist in keiner anderen Maßnahme enthalten",
        },
    },
    _later("dependencies_accepted", "Dependencies are accepted", "Abhängigkeiten sind angenommen"),
    _later("risks_quantified", "Risks are quantified", "Risiken sind beziffert"),
]
DECIDE = [_step("co_signature", 1), _step("controller", 2), _step("forum", 3, 10)]
IMPLEMENT: dict[str, Any] = {
    "transition": "T4",
    "from": "decided",
    "to": "implemented",
    "criteria": [
        *_auto(
            "critical_milestones_accepted",
            "run_rate_started",
            "effect_owners_named",
            "receiver_named",
        ),
        _later(
            "dependencies_delivered", "Dependencies are delivered", "Abhängigkeiten sind geliefert"
        ),
    ],
    "route": [_step("sponsor", 1), _step("receiver", 1)],
}
CLOSE: dict[str, Any] = {
    "transition": "T5",
    "from": "implemented",
    "to": "closed",
    "criteria": [
        *_auto("conditions_met", "months_validated"),
        _evidence(
            "ledger_evidence",
            "ledger",
            "Evidence from the ledger is filed",
            "Ein Nachweis aus der Buchhaltung liegt vor",
        ),
    ],
    "route": [
        _step("closing_controller", 1),
        _step("second_finance", 2, at_least="1000000"),
    ],
}

STANDARD: dict[str, Any] = {
    "stages": [{"code": code, "weight": weight} for code, weight in WEIGHTS.items()],
    "settings": {
        "materiality": "1000000",
        "closure_months": 3,
        "closure_floor": "0.95",
        "light_limit": "100000",
        "hold_days": 90,
        "reinstate_days": 90,
        "publisher_pause_days": 30,
        "clock_days": 5,
    },
    "gates": [
        {
            "transition": "T2",
            "from": "identified",
            "to": "detailed",
            "criteria": DETAIL,
            "route": [_step("controller", 1), _step("sponsor", 2)],
        },
        {
            "transition": "T3",
            "from": "detailed",
            "to": "decided",
            "criteria": PLAN,
            "route": DECIDE,
        },
        IMPLEMENT,
        CLOSE,
    ],
    "light": {
        "gates": [
            {
                "transition": "T3",
                "from": "identified",
                "to": "decided",
                "criteria": [*DETAIL, *_auto("light_track_allowed"), *PLAN],
                "route": DECIDE,
            },
            IMPLEMENT,
            CLOSE,
        ]
    },
}

# A stage or overlay may change only beside a decision about this measure, written in the same
# transaction, that leads from where it stands to where it goes.
GATE_GUARD = """
CREATE OR REPLACE FUNCTION measure_stage_by_gate_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.stage <> 'identified' OR NEW.overlay <> 'active' THEN
      broken := 'initiatives_stage_by_gate_only';
    END IF;
  ELSIF (NEW.stage, NEW.overlay) IS DISTINCT FROM (OLD.stage, OLD.overlay) THEN
    IF NOT EXISTS (
        SELECT FROM approvals_approvaldecision d
        JOIN approvals_approvalrequest r
          ON r.tenant_id = d.tenant_id AND r.id = d.request_id
        WHERE d.tenant_id = NEW.tenant_id
          AND d.txid = pg_current_xact_id()::text::bigint
          AND r.subject_type = 'measure' AND r.subject_id = NEW.id
          AND r.from_state = OLD.stage AND r.from_overlay = OLD.overlay
          AND d.to_state = NEW.stage AND d.to_overlay = NEW.overlay) THEN
      broken := 'initiatives_stage_by_gate_only';
    ELSIF NEW.stage = 'closed' AND (NEW.controller_id IS DISTINCT FROM OLD.controller_id
                                   OR NOT EXISTS (
        SELECT FROM approvals_approvalvote v
        JOIN approvals_approvalstep s ON s.tenant_id = v.tenant_id AND s.id = v.step_id
        JOIN approvals_approvaldecision d
          ON d.tenant_id = v.tenant_id AND d.request_id = v.request_id
        JOIN approvals_approvalrequest r ON r.tenant_id = v.tenant_id AND r.id = v.request_id
        WHERE v.tenant_id = NEW.tenant_id
          AND d.txid = pg_current_xact_id()::text::bigint
          AND r.subject_type = 'measure' AND r.subject_id = NEW.id AND r.transition = 'T5'
          AND s.part = 'closing_controller' AND v.seat_id = NEW.controller_id
          AND v.outcome = 'go' AND v.confirmed_amount IS NOT NULL)) THEN
      broken := 'initiatives_closed_by_controller_only';
    END IF;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'stage and overlay of a measure change by a decision alone (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
"""

GATE_GUARD_BACK = """
CREATE OR REPLACE FUNCTION measure_stage_by_gate_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (TG_OP = 'INSERT' AND (NEW.stage <> 'identified' OR NEW.overlay <> 'active'))
     OR (TG_OP = 'UPDATE' AND (NEW.stage, NEW.overlay) IS DISTINCT FROM (OLD.stage, OLD.overlay)) THEN
    RAISE EXCEPTION 'stage and overlay of a measure change by a decision alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_stage_by_gate_only';
  END IF;
  RETURN NEW;
END $$;
"""

MODEL_GUARD = """
CREATE FUNCTION stage_model_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- The product publishes the shipped model as the first version; every other starts as a draft.
    IF NEW.state IN ('published', 'replaced')
       AND (NEW.number <> 1 OR NEW.published_by_id IS NOT NULL) THEN
      broken := 'initiatives_stagemodel_starts_as_draft';
    END IF;
  ELSE
    broken := CASE
      WHEN TG_OP = 'DELETE' AND OLD.state <> 'draft' THEN 'initiatives_stagemodel_stays'
      WHEN TG_OP = 'DELETE' THEN NULL
      WHEN OLD.state <> 'draft'
           AND (NEW.code, NEW.number, NEW.name, NEW.definition, NEW.note, NEW.proposed_by_id,
                NEW.published_by_id, NEW.published_at)
               IS DISTINCT FROM
               (OLD.code, OLD.number, OLD.name, OLD.definition, OLD.note, OLD.proposed_by_id,
                OLD.published_by_id, OLD.published_at)
        THEN 'initiatives_stagemodel_is_fixed'
      WHEN NEW.state <> OLD.state AND NOT (OLD.state = 'published' AND NEW.state = 'replaced')
           AND (OLD.state <> 'draft' OR NEW.state = 'replaced')
        THEN 'initiatives_stagemodel_is_final'
      -- The second person publishes what the first proposed, to the letter (S5).
      WHEN OLD.state = 'draft' AND NEW.state = 'published'
           AND (NEW.code, NEW.number, NEW.name, NEW.definition, NEW.note, NEW.proposed_by_id)
               IS DISTINCT FROM
               (OLD.code, OLD.number, OLD.name, OLD.definition, OLD.note, OLD.proposed_by_id)
        THEN 'initiatives_stagemodel_as_proposed'
      WHEN OLD.state = 'draft' AND NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id
        THEN 'initiatives_stagemodel_proposed_by'
      WHEN OLD.state = 'draft' AND NEW.state = 'published' AND NEW.published_by_id IS NULL
        THEN 'initiatives_stagemodel_by_somebody'
    END;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a published stage model never changes (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stage_model_is_fixed
  BEFORE INSERT OR UPDATE OR DELETE ON initiatives_stagemodelversion
  FOR EACH ROW EXECUTE FUNCTION stage_model_is_fixed();
"""

MODEL_OF_MEASURE = """
CREATE FUNCTION measure_has_stage_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept bigint := NULL;
BEGIN
  IF TG_OP = 'UPDATE' THEN kept := OLD.stage_model_id; END IF;
  IF TG_OP = 'UPDATE' AND OLD.stage_model_id IS NOT NULL
     AND NEW.stage_model_id IS DISTINCT FROM OLD.stage_model_id AND OLD.stage <> 'identified' THEN
    RAISE EXCEPTION 'a measure keeps the stage model it started on'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_measure_keeps_stage_model';
  END IF;
  IF NEW.stage_model_id IS NULL THEN
    SELECT v.id INTO NEW.stage_model_id FROM initiatives_stagemodelversion v
      WHERE v.tenant_id = NEW.tenant_id AND v.code = 'standard' AND v.state = 'published';
  END IF;
  IF NEW.stage_model_id IS DISTINCT FROM kept AND EXISTS (
      SELECT FROM initiatives_stagemodelversion v
      WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.stage_model_id
        AND v.state <> 'published') THEN
    RAISE EXCEPTION 'a measure starts on a published stage model'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_measure_stage_model_in_force';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER has_stage_model BEFORE INSERT OR UPDATE OF stage_model_id ON initiatives_measure
  FOR EACH ROW EXECUTE FUNCTION measure_has_stage_model();
"""

ATTESTATION_GUARD = """
CREATE FUNCTION attestation_is_of_another() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM initiatives_measure m
             WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.measure_id
               AND m.owner_id = NEW.attested_by_id) THEN
    RAISE EXCEPTION 'nobody vouches for a measure of their own'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_attestation_not_by_owner';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_of_another BEFORE INSERT OR UPDATE ON initiatives_attestation
  FOR EACH ROW EXECUTE FUNCTION attestation_is_of_another();
"""


def ship_standard(apps, schema_editor):
    """Tenants that stand already get the shipped model, and their measures start on it."""
    text = json.dumps(STANDARD, ensure_ascii=False)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO initiatives_stagemodelversion "
            "(tenant_id, code, number, name, definition, note, state, published_at, version) "
            "SELECT t.id, 'standard', 1, 'Standard', %s, '', 'published', now(), 1 "
            "FROM governance_tenant t WHERE NOT EXISTS ("
            "  SELECT FROM initiatives_stagemodelversion v WHERE v.tenant_id = t.id)",
            [text],
        )
        # The migration is its own account of this: no person changed anything.
        # The walls stand for the migrator too, and no tenant is active here.
        cursor.execute(
            "ALTER TABLE initiatives_measure NO FORCE ROW LEVEL SECURITY, "
            "DISABLE TRIGGER must_be_audited"
        )
        cursor.execute(
            "UPDATE initiatives_measure m SET stage_model_id = v.id, stage_since = m.created_at "
            "FROM initiatives_stagemodelversion v "
            "WHERE v.tenant_id = m.tenant_id AND v.code = 'standard' AND v.number = 1 "
            "AND m.stage_model_id IS NULL"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE initiatives_measure FORCE ROW LEVEL SECURITY, "
            "ENABLE TRIGGER must_be_audited"
        )
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0006_stage_models"), ("approvals", "0002_walls")]

    operations = [
        migrations.RunPython(ship_standard, migrations.RunPython.noop),
        TenantTable("StageModelVersion", audited=True),
        TenantTable("Attestation", audited=True),
        TenantReference("Measure", "receiver"),
        TenantReference("Measure", "stage_model"),
        migrations.RunSQL(GATE_GUARD, GATE_GUARD_BACK),
        migrations.RunSQL(
            MODEL_GUARD,
            "DROP TRIGGER stage_model_is_fixed ON initiatives_stagemodelversion; "
            "DROP FUNCTION stage_model_is_fixed();",
        ),
        migrations.RunSQL(
            MODEL_OF_MEASURE,
            "DROP TRIGGER has_stage_model ON initiatives_measure; "
            "DROP FUNCTION measure_has_stage_model();",
        ),
        migrations.RunSQL(
            ATTESTATION_GUARD,
            "DROP TRIGGER is_of_another ON initiatives_attestation; "
            "DROP FUNCTION attestation_is_of_another();",
        ),
    ]
