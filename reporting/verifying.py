"""Derived figures against what they derive from: totals, copies, cells and roll-ups; reads only.

Each check yields what differs in words, the first difference first, a batch of rows at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.actuals.rules import added
from kpis.actuals.selectors import actuals_of
from kpis.choices import Series
from kpis.figures.choices import AMOUNTS
from kpis.figures.facts import Clock, EffectFacts, MeasureFacts
from kpis.figures.leakage import Leakage, leakage_of
from kpis.figures.rules import VALUE_KINDS, Amounts, Key, Share, share_of
from kpis.figures.selectors import Cells, cells_of, clock_of, facts_of_measures
from kpis.models import Effect, ValueHistory
from kpis.rates.choices import RateKind
from kpis.rates.rules import Converter
from kpis.rates.selectors import converter
from kpis.rules import Month, minor_units
from reporting.conversion import Conversion
from reporting.facts import stage_weights
from reporting.rules import wide_sum
from reporting.value_facts import value_lines

BATCH = 200
ZERO = Decimal(0)
COMPARED = (*AMOUNTS, "is_short")


def first_difference(tenant: Tenant) -> str | None:
    """The first figure of the active tenant that is not what its source says; None if all hold."""
    return next(chain(_measures(tenant), _effects(), _roll_up(tenant)), None)


def _measures(tenant: Tenant) -> Iterator[str]:
    """`Measure.value_minor` against the plan cells of the headline metric at plan rate (V8)."""
    rates = converter(RateKind.PLAN, tenant)
    for batch in _batches(Measure.objects.order_by("id")):
        planned = _planned(batch, rates, tenant)
        for measure in batch:
            wanted = minor_units(wide_sum(planned.get(measure.pk, ())))
            if measure.value_minor != wanted:
                yield _told(f"{measure.code}, value_minor", measure.value_minor, wanted)


def _planned(
    measures: Sequence[Measure], rates: Converter, tenant: Tenant
) -> dict[int, list[Decimal]]:
    """Plan cells of each measure's headline value in the tenant's currency; two queries."""
    effects = list(
        Effect.objects.filter(
            measure__in=measures, metric__code=tenant.headline_metric, kind__in=VALUE_KINDS
        )
    )
    cells = cells_of(effects)
    found: dict[int, list[Decimal]] = {}
    for effect in effects:
        for month, amount in cells[effect.pk].get((Series.PLAN, 0), {}).items():
            counted = rates.convert(amount, effect.currency or tenant.currency, month)
            if counted is not None:
                found.setdefault(effect.measure_id, []).append(counted)
    return found


def _effects() -> Iterator[str]:
    """Claimed and validated cells against claims and validations, all cells against history."""
    rows = Effect.objects.select_related("measure").order_by("id")
    for batch in _batches(rows):
        cells, actuals = cells_of(batch), actuals_of(batch)
        history = _history([effect.public_id for effect in batch])
        for effect in batch:
            facts = actuals[effect.pk]
            sources = {
                Series.ACTUAL_CLAIMED: {m: f.claimed for m, f in facts.items()},
                Series.ACTUAL_VALIDATED: {m: f.validated for m, f in facts.items()},
            }
            where = f"{effect.measure.code}, effect {effect.public_id}"
            for series, months in sources.items():
                given = {m: a for m, a in months.items() if a is not None}
                yield from _months(f"{where}, {series}", cells[effect.pk].get((series, 0)), given)
            yield from _against_history(where, cells[effect.pk], history[effect.public_id])


def _against_history(where: str, cells: Cells, history: Cells) -> Iterator[str]:
    for series, number in sorted({*cells, *history}):
        name = f"{where}, {series} {number}" if number else f"{where}, {series} by history"
        key = (series, number)
        yield from _months(name, cells.get(key), history.get(key, {}))


def _months(
    where: str, kept: dict[Month, Decimal] | None, wanted: dict[Month, Decimal]
) -> Iterator[str]:
    found = kept or {}
    for month in sorted({*found, *wanted}):
        if found.get(month) != wanted.get(month):
            yield _told(f"{where}, {month}", found.get(month), wanted.get(month))


def _history(effects: Sequence[UUID]) -> dict[UUID, Cells]:
    """The latest word of history on every cell; one query."""
    found: dict[UUID, Cells] = {effect: {} for effect in effects}
    rows = ValueHistory.objects.filter(effect_public_id__in=effects).order_by("id")
    names = ("effect_public_id", "series", "baseline_no", "month", "after")
    for effect, series, number, day, after in rows.values_list(*names):
        months = found[effect].setdefault((series, number), {})
        month = Month(day.year, day.month)
        if after is None:
            months.pop(month, None)
        else:
            months[month] = after
    return found


def _roll_up(tenant: Tenant) -> Iterator[str]:
    """The sums of the database against the same sums in plain Python, cell by cell (F3, F7)."""
    clock = clock_of(tenant)
    root = Node.objects.get(level=Level.TENANT)
    found, wanted = _Sums(), _Sums()
    apart = Conversion(tenant.currency)  # without rates: each currency by itself
    for line in value_lines([root.path], stage_weights(), tenant, clock, apart):
        key = Key(line.metric, line.currency, line.kind, line.effect_class.value)
        found.add(key, line.share, line.leakage)
    for batch in _batches(Measure.objects.select_related("stage_model").order_by("id")):
        for measure in facts_of_measures(batch, tenant, converts=False):
            for effect in measure.effects:
                wanted.add_effect(measure, effect, clock)
    for key in sorted({*found.amounts, *wanted.amounts}, key=str):
        place = f"roll-up of {key.metric} {key.unit} {key.kind.value} {key.effect_class}"
        kept, due = found.figures(key), wanted.figures(key)
        for name in kept:
            if kept[name] != due[name]:
                yield _told(f"{place}, {name}", kept[name], due[name])


@dataclass(slots=True)
class _Sums:
    """Amounts and leakage by what may be added."""

    amounts: dict[Key, Amounts] = field(default_factory=dict)
    leaked: dict[Key, Decimal | None] = field(default_factory=dict)

    def add(self, key: Key, share: Share, leakage: Leakage | None) -> None:
        self.amounts.setdefault(key, Amounts()).add(share)
        total = None if leakage is None else sum(leakage.values(), ZERO)
        self.leaked[key] = added([self.leaked.get(key), total])

    def add_effect(self, measure: MeasureFacts, effect: EffectFacts, clock: Clock) -> None:
        """One effect read cell by cell; the database has no line for one without any."""
        if effect.has_months:
            key = Key(effect.metric, effect.currency, effect.kind, effect.effect_class.value)
            share = share_of(measure, effect, clock)
            self.add(key, share, leakage_of(measure, effect, clock))

    def figures(self, key: Key) -> dict[str, Any]:
        amounts = self.amounts.get(key, Amounts())
        found = {name: getattr(amounts, name) for name in COMPARED}
        return found | {"leakage": self.leaked.get(key)}


def _batches(rows: Any) -> Iterator[list[Any]]:
    """Rows in order of their id, so many at a time."""
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _told(where: str, kept: object, wanted: object) -> str:
    return f"{where}: holds {_figure(kept)}, should hold {_figure(wanted)}"


def _figure(value: object) -> str:
    return "nothing" if value is None else str(value)
