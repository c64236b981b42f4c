"""Checking a change of frozen plan months, cell by cell, before anybody is asked (T15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.calendars.selectors import today_of
from governance.errors import Conflict, Invalid, Refused
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from initiatives.choices import Stage
from initiatives.gates.proposals import ALONE
from initiatives.models import Measure
from initiatives.plan_changes import EffectAsk, PlanChange
from initiatives.rules import plan_is_frozen
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import start_of
from kpis.changes.measuring import measured
from kpis.changes.rules import Plan, Shift, others, with_cells
from kpis.choices import Aggregation, EffectKind, Series
from kpis.forecasts.changes import (
    EffectChange,
    GridChange,
    RowDiff,
    refuse_stale,
    refuse_unknown,
    row_diffs,
)
from kpis.forecasts.selectors import grid_rows
from kpis.forecasts.services.grid import locked_effects
from kpis.grid import total_of, within
from kpis.models import Effect
from kpis.rules import Month, fiscal_year, month_of, months_of_fiscal_year, year_label
from kpis.services import MONTH_FAULT, require_plan

Errors = dict[str, list[StrOrPromise]]


@dataclass(frozen=True, slots=True)
class Step:
    """One effect of a change, with what becomes of its plan."""

    effect: Effect
    shift: Shift

    @property
    def key(self) -> str:
        return str(self.effect.public_id)

    def cell(self, month: Month) -> str:
        """How errors and inputs name a month of the plan."""
        return f"cells.{self.key}.{Series.PLAN.value}.{month}"

    @property
    def start(self) -> str:
        """How errors and inputs name the start rule."""
        return f"run_rate_start.{self.key}"


def plan_check(measure: Measure, asks: Sequence[EffectAsk], by: Actor) -> PlanChange:
    """What new months of the plan would do to a locked measure; writes nothing.

    Raises `Conflict("plan_is_open")` before T3, `Refused("past_month")` for months that are over
    and validated, `Stale`, `Invalid` with `effects.<id>`, `cells.<id>.plan.<month>` or
    `run_rate_start.<id>`: for what cannot be kept, and for what comes with an increase (T15).
    """
    require_plan(measure, by)
    if not plan_is_frozen(Stage(measure.stage)):
        raise Conflict("plan_is_open")
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    steps = [step for step in _steps(measure, asks, tenant) if step.shift.is_changed]
    if not steps:
        raise Invalid({"fields": [_("Nothing would change.")]})
    refuse_mixed(steps)
    sizes = measured(measure, {step.effect.pk: step.shift for step in steps}, tenant)
    return PlanChange(
        effects=[_said(step, tenant.fiscal_year_start) for step in steps],
        moved=sizes.moved,
        before=sizes.before,
        after=sizes.after,
        is_increase=any(step.shift.is_raised for step in steps),
    )


def _steps(measure: Measure, asks: Sequence[EffectAsk], tenant: Tenant) -> list[Step]:
    change = GridChange(
        [EffectChange(ask.effect, ask.seen_version, {Series.PLAN: ask.cells}) for ask in asks]
    )
    effects = locked_effects(measure, change)
    refuse_unknown(change, effects)
    refuse_stale(change, effects)
    diffs = row_diffs(change, grid_rows(list(effects.values())))
    _refuse_past(diffs, month_at(today_of(tenant)))
    starts = _starts(asks)
    return [_step(diff, starts.get(diff.key)) for diff in diffs]


def _refuse_past(diffs: Sequence[RowDiff], now: Month) -> None:
    text = _("This month is over and finance has validated it; its plan stays.")
    errors: Errors = {}
    for diff in diffs:
        accepted = diff.row.accepted()
        for month in diff.cells[Series.PLAN]:
            if month < now and month in accepted:
                errors[f"cells.{diff.key}.{Series.PLAN.value}.{month}"] = [text]
    if errors:
        raise Refused("past_month", errors=errors)


def _starts(asks: Sequence[EffectAsk]) -> dict[str, Month]:
    """New run-rate starts by effect; raises `Invalid` with `run_rate_start.<id>`."""
    given = {ask.effect: ask.run_rate_start for ask in asks if ask.run_rate_start is not None}
    found = {key: month_of(text) for key, text in given.items()}
    errors: Errors = {
        f"run_rate_start.{key}": [MONTH_FAULT] for key, month in found.items() if month is None
    }
    if errors:
        raise Invalid(errors)
    return {key: month for key, month in found.items() if month is not None}


def _step(diff: RowDiff, start: Month | None) -> Step:
    effect, cells = diff.effect, diff.cells[Series.PLAN]
    months = diff.row.values.series(Series.PLAN)
    stands = start_of(effect)
    shift = Shift(
        kind=EffectKind(effect.kind),
        aggregation=Aggregation(effect.metric.aggregation),
        decimals=effect.metric.decimals,
        before=Plan(months, stands),
        after=Plan(with_cells(months, cells), stands if start is None else start),
        cells=cells,
    )
    return Step(effect, shift)


def refuse_mixed(steps: Sequence[Step]) -> None:
    """T15: an increase comes alone; raises `Invalid` at each cell and start that comes with it."""
    errors: Errors = {}
    for place, months in others([step.shift for step in steps]):
        step = steps[place]
        errors |= {step.cell(month): [ALONE] for month in months}
        if step.shift.has_new_start:
            errors[step.start] = [ALONE]
    if errors:
        raise Invalid(errors)


def _said(step: Step, fiscal_start: int) -> dict[str, Any]:
    """One effect as the request keeps it: changed months, and the fiscal years they lie in."""
    effect, shift = step.effect, step.shift
    cells = sorted(shift.cells.items())
    years = sorted({fiscal_year(month, fiscal_start) for month in shift.cells})
    starts = [None if p.start is None else str(p.start) for p in (shift.before, shift.after)]
    return {
        "effect": step.key,
        "metric": effect.metric.code,
        "name": effect.name,
        "kind": shift.kind.value,
        "unit": effect.currency or effect.metric.unit,
        "before": {str(m): _text(b, shift) for m, (b, _a) in cells if b is not None},
        "after": {str(m): _text(a, shift) for m, (_b, a) in cells if a is not None},
        "years": [_year(shift, year, fiscal_start) for year in years],
        **({"run_rate_start": starts} if shift.has_new_start else {}),
    }


def _year(shift: Shift, year: int, fiscal_start: int) -> dict[str, Any]:
    """The changed months of a fiscal year, and what all of it comes to before and after."""
    months = months_of_fiscal_year(year, fiscal_start)
    totals = [
        total_of(within(plan.months, months), shift.aggregation, shift.decimals)
        for plan in (shift.before, shift.after)
    ]
    before, after = (None if total is None else _text(total, shift) for total in totals)
    changed = [str(month) for month in months if month in shift.cells]
    label = year_label(year, fiscal_start)
    return {"year": year, "label": label, "before": before, "after": after, "months": changed}


def _text(amount: Decimal, shift: Shift) -> str:
    return f"{amount:.{shift.decimals}f}"
