"""How to break each constraint of metrics, effects and values."""

import uuid
from datetime import date
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Measure
from kpis.models import (
    Claim,
    Effect,
    Kpi,
    KpiPeriod,
    LightOverride,
    Metric,
    Objective,
    Rate,
    SecondSignature,
    Target,
    Validation,
    ValueHistory,
    ValueYear,
    VarianceReason,
)
from tests.architecture.violations.approvals import decided, request, step
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.architecture.violations.initiatives import measure, moves
from tests.houses import House


def metric(house: House) -> Metric:
    record(AuditAction.METRIC_CREATED, subject=Subject("metric", "X1", "x"), by=house.system())
    return Metric.objects.create(code="X1", name="x", sort_key="x")


def effect(house: House) -> Effect:
    return Effect.objects.create(
        measure=measure(house), metric=metric(house), kind="recurring", effect_class="hard"
    )


def used_metric(house: House) -> Metric:
    return Metric.objects.get(pk=effect(house).metric_id)


def headline_metric(house: House) -> Metric:
    row = metric(house)
    row.code = house.tenant.headline_metric
    row.save()
    return row


def year(house: House, **values: object) -> ValueYear:
    given = {"series": "plan", "year": 2026, "m01": Decimal(1)} | values
    return ValueYear.objects.create(effect=effect(house), **given)


def baseline(house: House) -> ValueYear:
    return year(house, series="baseline", baseline_no=1)


def decided_effect(house: House) -> Effect:
    """An effect of a measure that a decision has moved to Decided."""
    moves("T3", "identified", "decided")(house)
    return Effect.objects.create(
        measure=Measure.objects.latest("id"),
        metric=metric(house),
        kind="recurring",
        effect_class="hard",
    )


def plans_what_is_frozen(house: House) -> None:
    ValueYear.objects.create(effect=decided_effect(house), series="plan", year=2026, m01=1)


def plans_by_the_decision_of_another(house: House) -> None:
    """A go on a change request, and the plan of another measure beside it."""
    other = measure(house, "M-000902")
    decided(house, step(house, request(house, subject_id=other.pk, transition="T15")))
    plans_what_is_frozen(house)


def owned(house: House) -> Effect:
    """An effect of the owner, in a measure of the controller."""
    row = effect(house)
    people = {"owner": house.people["pmo"], "controller": house.people["controller"]}
    Measure.objects.filter(pk=row.measure_id).update(**people)
    Effect.objects.filter(pk=row.pk).update(owner=house.people["owner"])
    return row


def its_measure(house: House) -> Measure:
    return Measure.objects.get(pk=owned(house).measure_id)


def claim(house: House, **values: object) -> Claim:
    given = {"month": date(2026, 1, 1), "amount": Decimal(5), "claimed_by": house.people["owner"]}
    return Claim.objects.create(effect=effect(house), **given | values)


def validation(house: House, **values: object) -> Validation:
    of = claim(house)
    given = {
        "month": of.month,
        "outcome": "adjusted",
        "amount": Decimal(4),
        "reason": "x",
        "decided_by": house.people["controller"],
    }
    return Validation.objects.create(effect=of.effect, claim=of, **given | values)


def another_claim() -> Claim:
    """A second claim of the month of the first."""
    first = Claim.objects.latest("id")
    return Claim.objects.create(
        effect_id=first.effect_id, month=first.month, amount=5, claimed_by_id=first.claimed_by_id
    )


def signature(house: House, who: str = "second_finance", **values: object) -> SecondSignature:
    of = validation(house, **{"amount": Decimal(6), "needs_second": True} | values)
    return SecondSignature.objects.create(validation=of, signed_by=house.people[who])


def rate(house: House, **values: object) -> Rate:
    record(AuditAction.RATES_PROPOSED, subject=Subject("rates", "plan", ""), by=house.system())
    given = {
        "kind": "plan",
        "currency": "USD",
        "home": "EUR",
        "month": date(2026, 1, 1),
        "rate": Decimal("0.9"),
        "proposed_by": house.people["controller"],
    }
    return Rate.objects.create(**given | values)


def confirmed_rate(house: House, **values: object) -> Rate:
    decided = {
        "state": "confirmed",
        "decided_by": house.people["second_finance"],
        "decided_at": timezone.now(),
    }
    return rate(house, **decided | values)


def target(house: House, **values: object) -> Target:
    by = house.system()
    record(AuditAction.TARGET_PROPOSED, subject=Subject("program", "X", ""), by=by)
    found = Metric.objects.filter(code="X1").first() or metric(house)
    given = {
        "node": house.program,
        "metric": found,
        "fiscal_year": 2026,
        "kind": "recurring",
        "amount": Decimal(100),
        "currency": "EUR",
        "gap_owner": house.people["owner"],
        "reason": "x",
        "proposed_by": house.people["pmo"],
    }
    return Target.objects.create(**given | values)


def targeted_metric(house: House) -> Metric:
    return Metric.objects.get(pk=target(house).metric_id)


def decided_target(house: House, state: str = "approved", **values: object) -> Target:
    """A target that was decided as the database allows, or tries to be."""
    row = target(house)
    given = {
        "state": state,
        "number": 1 if state == "approved" else None,
        "decided_by": house.people["head_of_controlling"],
        "decided_at": timezone.now(),
    }
    Target.objects.filter(pk=row.pk).update(**given | values)
    return row


def second_version(house: House) -> object:
    """Approved under the number of the version before."""
    decided_target(house)
    return decided_target(house)


def history(house: House, **values: object) -> ValueHistory:
    given = {"series": "forecast", "cause": "scope", "month": date(2026, 1, 1), "source": "form"}
    return ValueHistory.objects.create(effect_public_id=uuid.uuid4(), **given | values)


def variance_reason(house: House, **values: object) -> VarianceReason:
    given = {
        "fiscal_year": 2026,
        "code": "other",
        "text": "x",
        "forecast": 1,
        "baseline": 2,
        "given_by": house.people["owner"],
    }
    return VarianceReason.objects.create(effect=effect(house), **given | values)


def objective(house: House) -> Objective:
    record(AuditAction.OBJECTIVE_CREATED, subject=Subject("objective", "X", ""), by=house.system())
    return Objective.objects.create(code="OB-0001", name="x", sort_key="x", source_key="x")


def kpi(house: House) -> Kpi:
    record(AuditAction.KPI_CREATED, subject=Subject("kpi", "X", ""), by=house.system())
    return Kpi.objects.create(code="K-0001", name="x", sort_key="x", source_key="x")


def period(house: House) -> KpiPeriod:
    return KpiPeriod.objects.create(
        kpi=kpi(house), starts_on=date(2018, 1, 1), band_low=1, band_high=2, source="form"
    )


def override(house: House, **values: object) -> LightOverride:
    given = {
        "light": "potential",
        "derived": "red",
        "stated": "amber",
        "reason": "x",
        "expires_on": date(2026, 2, 1),
        "stated_by": house.people["owner"],
    }
    return LightOverride.objects.create(measure=measure(house), **given | values)


VIOLATIONS: dict[str, Breaker] = {
    "kpis_override_light": lambda h: override(h, light="x"),
    "kpis_override_stated": lambda h: override(h, stated="red"),
    "kpis_override_has_reason": lambda h: override(h, reason=""),
    "kpis_effect_run_rate_start": sets(effect, run_rate_start=date(2026, 1, 2)),
    "kpis_effect_owner_not_controller": sets(owned, owner=lambda h: h.people["controller"].pk),
    "kpis_controller_not_effect_owner": sets(
        its_measure, controller=lambda h: h.people["owner"].pk
    ),
    "kpis_claim_first_of_month": lambda h: claim(h, month=date(2026, 1, 2)),
    "kpis_validation_id": copies(validation, claim_id=lambda _h: another_claim().pk),
    "kpis_validation_once": copies(validation, public_id=lambda _h: uuid.uuid4()),
    "kpis_validation_outcome": lambda h: validation(h, outcome="x"),
    "kpis_validation_amount": lambda h: validation(h, outcome="rejected"),
    "kpis_validation_reason": lambda h: validation(h, reason=""),
    "kpis_validation_not_by_claimant": lambda h: validation(h, decided_by=h.people["owner"]),
    "kpis_validation_of_its_claim": lambda h: validation(h, amount=Decimal(6)),
    "kpis_second_once": copies(signature),
    "kpis_second_by_another": lambda h: signature(h, "controller"),
    "kpis_metric_code": copies(metric),
    "kpis_metric_decimals": sets(metric, decimals=5),
    "kpis_metric_aggregation": sets(metric, aggregation="x"),
    "kpis_metric_sign": sets(metric, sign="x"),
    "kpis_metric_pl_line": sets(metric, pl_line="x"),
    "kpis_metric_in_use": sets(used_metric, decimals=3),
    "kpis_metric_headline_is_active": sets(headline_metric, is_active=False),
    "kpis_rate_id": copies(rate, currency=lambda _h: "GBP"),
    "kpis_rate_one_proposal": copies(rate, public_id=lambda _h: uuid.uuid4()),
    "kpis_rate_kind": lambda h: rate(h, kind="x"),
    "kpis_rate_state": lambda h: confirmed_rate(h, state="x"),
    "kpis_rate_currency": lambda h: rate(h, currency="usd"),
    "kpis_rate_not_of_itself": lambda h: rate(h, currency="EUR"),
    "kpis_rate_positive": lambda h: rate(h, rate=Decimal(0)),
    "kpis_rate_first_of_month": lambda h: rate(h, month=date(2026, 1, 2)),
    "kpis_rate_decided_by_somebody": sets(rate, state="confirmed"),
    "kpis_rate_second_person": lambda h: confirmed_rate(h, decided_by=h.people["controller"]),
    "kpis_rate_is_final": sets(confirmed_rate, rate=Decimal("0.8")),
    "kpis_metric_has_targets": sets(targeted_metric, decimals=3),
    "kpis_target_id": copies(target, fiscal_year=lambda _h: 2027),
    "kpis_target_one_proposal": copies(target, public_id=lambda _h: uuid.uuid4()),
    "kpis_target_kind": lambda h: target(h, kind="running_cost"),
    "kpis_target_state": lambda h: decided_target(h, "x"),
    "kpis_target_year": lambda h: target(h, fiscal_year=1989),
    "kpis_target_amount": lambda h: target(h, amount=Decimal(-1)),
    "kpis_target_currency": lambda h: target(h, currency="eur"),
    "kpis_target_has_reason": lambda h: target(h, reason=""),
    "kpis_target_decided_by_somebody": lambda h: decided_target(h, decided_by=None),
    "kpis_target_second_person": lambda h: decided_target(h, decided_by=h.people["pmo"]),
    "kpis_target_withdrawn_by_its_maker": lambda h: decided_target(h, "withdrawn"),
    "kpis_target_numbered": lambda h: decided_target(h, "refused", number=1),
    "kpis_target_is_final": sets(decided_target, amount=Decimal(1)),
    "kpis_target_starts_proposed": lambda h: target(h, state="refused"),
    "kpis_target_next_number": lambda h: decided_target(h, number=2),
    "kpis_target_number_once": second_version,
    "kpis_effect_id": copies(effect),
    "kpis_effect_kind": sets(effect, kind="x"),
    "kpis_effect_class": sets(effect, effect_class="x"),
    "kpis_effect_currency": sets(effect, currency="eur"),
    "kpis_value_year_once": copies(year),
    "kpis_value_year_series": lambda h: year(h, series="x"),
    "kpis_value_year_range": lambda h: year(h, year=1989),
    "kpis_value_year_baseline_numbered": lambda h: year(h, series="baseline"),
    "kpis_plan_is_frozen": plans_what_is_frozen,
    "kpis_baseline_next_number": lambda h: year(h, series="baseline", baseline_no=2),
    "kpis_baseline_is_append_only": sets(baseline, m01=Decimal(2)),
    "kpis_value_year_key_is_fixed": sets(year, year=2027),
    "kpis_value_history_cause": lambda h: history(h, cause=""),
    "kpis_variance_reason_code": lambda h: variance_reason(h, code="bad luck"),
    "kpis_variance_reason_text": lambda h: variance_reason(h, text=""),
    "kpis_variance_reason_year": lambda h: variance_reason(h, fiscal_year=1989),
    "kpis_objective_code": copies(objective, source_key=""),
    "kpis_objective_source": copies(objective, code="OB-0002"),
    "kpis_objective_not_its_own_goal": sets(objective, parent_id=F("id")),
    "kpis_kpi_code": copies(kpi, source_key=""),
    "kpis_kpi_source": copies(kpi, code="K-0002"),
    "kpis_kpi_decimals": sets(kpi, decimals=7),
    "kpis_kpi_aggregation": sets(kpi, aggregation="x"),
    "kpis_kpi_direction": sets(kpi, direction="x"),
    "kpis_kpi_kind": sets(kpi, kind="x"),
    "kpis_kpi_rhythm": sets(kpi, rhythm="x"),
    "kpis_kpi_period_once": copies(period),
    "kpis_kpi_period_band": sets(period, band_low=3),
    "kpis_kpi_period_source": sets(period, source="x"),
    "kpis_kpi_period_first_of_month": sets(period, starts_on=date(2018, 1, 2)),
}
AGAIN: dict[str, tuple[str, Breaker]] = {
    "a plan changes by the decision of another measure": (
        "kpis_plan_is_frozen",
        plans_by_the_decision_of_another,
    ),
}
