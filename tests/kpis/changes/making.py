"""Decided measures whose plan is asked to change, and the votes that decide it."""

from collections.abc import Mapping
from typing import Any

from approvals.models import ApprovalRequest
from approvals.selectors import steps_of
from initiatives.gates.asking import Asking
from initiatives.gates.changes import change_request
from initiatives.models import Measure
from initiatives.plan_changes import EffectAsk
from kpis.choices import EffectKind
from kpis.models import Effect, ValueYear
from kpis.rules import Month
from tests.houses import House
from tests.initiatives.climbing import decide, make_ready
from tests.initiatives.climbing import fresh as fresh_measure
from tests.kpis.actual_making import fresh
from tests.kpis.forecasting import YEAR, passed
from tests.kpis.making import add_effect, make_planned, plan

WHY = Asking("The supplier asked for another price.", "timing")
Cells = Mapping[str, object]


def make_open(house: House) -> Measure:
    """A measure with everybody named, in a tenant that has metrics."""
    make_planned(house)
    return make_ready(house)


def make_frozen(house: House, *plans: Mapping[str, Any]) -> list[Effect]:
    """The effects of a measure that has just passed T3; each given by its fields and `cells`."""
    measure = make_open(house)
    effects = []
    for given in plans or ({},):
        fields = {"kind": EffectKind.RECURRING, "cells": YEAR, **given}
        cells, metric = fields.pop("cells"), fields.pop("metric", "EBITDA")
        effect = add_effect(house, measure, metric, **fields)
        effects.append(plan(house, effect, dict(cells)) if cells else effect)
    passed(house, measure)
    return [fresh(house, effect) for effect in effects]


def asked(house: House, effect: Effect, cells: Cells, start: str | None = None) -> EffectAsk:
    """New months of one effect as it is now."""
    row = fresh(house, effect)
    return EffectAsk(str(row.public_id), row.version, cells, start)


def ask(
    house: House, *asks: EffectAsk, measure: Measure, who: str = "owner", **fields: Any
) -> ApprovalRequest:
    """Somebody asks for new months, and for new fields where any are named."""
    row, by = fresh_measure(house, measure), house.actor(who)
    with house.active():
        return change_request(measure=row, fields=fields, asking=WHY, by=by, plan=asks)


def ask_months(house: House, effect: Effect, cells: Cells, start: str | None = None) -> Any:
    return ask(house, asked(house, effect, cells, start), measure=effect.measure)


def change_months(house: House, effect: Effect, cells: Cells, start: str | None = None) -> Any:
    """Asked for by the owner, and decided by everybody who is asked."""
    request = ask_months(house, effect, cells, start)
    decide(house, request)
    return request


def route(house: House, request: ApprovalRequest) -> list[str]:
    """The parts that decide, in their order."""
    with house.active():
        return [step.part for step in steps_of([request])[request.pk]]


def baselines(house: House, effect: Effect) -> dict[int, dict[str, Any]]:
    """Months by the number of the baseline, as the rows hold them."""
    found: dict[int, dict[str, Any]] = {}
    with house.active():
        rows = ValueYear.objects.filter(effect=effect, series="baseline").order_by("id")
        for row in rows:
            months = found.setdefault(row.baseline_no, {})
            held = {str(Month(row.year, m)): a for m, a in row.months().items()}
            months |= {name: amount for name, amount in held.items() if amount is not None}
    return found
