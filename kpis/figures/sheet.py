"""The figures of one measure as they are shown: one line for all that may be added (V7); pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from initiatives.choices import Overlay
from kpis.actuals.rules import added
from kpis.choices import EffectKind
from kpis.figures.choices import Lamp
from kpis.figures.facts import Clock, EffectFacts, MeasureFacts
from kpis.figures.leakage import Leakage, leakage_of, leakage_total
from kpis.figures.rules import (
    Amounts,
    Key,
    Net,
    carry_over,
    exit_rate,
    in_year,
    is_partial,
    key_of,
    net_values,
    share_of,
    smoothed,
    value_at_risk,
    value_of,
)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """F3 and F4 of the effects of one metric, unit, kind and class.

    Exit rate and smoothed come from validated months, in-year, full-year and carry-over from what
    is expected: the forecast, before T3 the plan. `leakage` is None for costs.
    """

    key: Key
    is_money: bool
    amounts: Amounts
    is_partial: bool
    exit_rate: Decimal | None
    smoothed: Decimal | None
    in_year: Decimal | None
    full_year: Decimal | None
    carry_over: Decimal | None
    leakage: Leakage | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """All figures of a measure in one fiscal year, as of the last closed month."""

    year: int
    clock: Clock
    lines: Sequence[SheetLine]
    net: Sequence[Net]
    at_risk: dict[EffectKind, Decimal]
    # V8: currencies that stand at plan rate in the lines, and those left in their own.
    converted: Sequence[str] = ()
    without_rate: Sequence[str] = ()


def sheet_of(measure: MeasureFacts, year: int, potential: Lamp, clock: Clock) -> Sheet:
    """F3 to F7 of one measure; `potential` is its light L2."""
    groups: dict[Key, list[EffectFacts]] = {}
    for effect in measure.effects:
        groups.setdefault(key_of(effect), []).append(effect)
    # What was cancelled or waits on hold brings nothing for now (F8).
    pairs = [(e, measure.expected(e)) for e in measure.effects if measure.is_live]
    return Sheet(
        year=year,
        clock=clock,
        lines=[_line(key, effects, measure, year, clock) for key, effects in groups.items()],
        net=net_values(pairs),
        at_risk=dict(value_at_risk(measure, potential, clock)),
        converted=sorted({e.converted_from for e in measure.effects if e.converted_from}),
        without_rate=sorted(
            {
                e.currency
                for e in measure.effects
                if e.has_months and e.currency not in {"", clock.currency}
            }
        ),
    )


def _line(
    key: Key, effects: Sequence[EffectFacts], measure: MeasureFacts, year: int, clock: Clock
) -> SheetLine:
    amounts = Amounts()
    for effect in effects:
        amounts.add(share_of(measure, effect, clock))
    latest, start = clock.latest, clock.fiscal_start
    expects = measure.overlay is Overlay.ACTIVE
    months = [(e, measure.expected(e) if expects else {}) for e in effects]
    return SheetLine(
        key=key,
        is_money=bool(effects[0].currency),
        amounts=amounts,
        is_partial=any(is_partial(e) for e in effects),
        exit_rate=added(exit_rate(e, e.validated, latest) for e in effects),
        smoothed=added(smoothed(e, e.validated, latest) for e in effects),
        in_year=added(in_year(e, m, year, start) for e, m in months),
        full_year=added(value_of(e, m, e.start) for e, m in months),
        carry_over=added(carry_over(e, m, year, start) for e, m in months),
        leakage=leakage_total(leakage_of(measure, e, clock) for e in effects),
    )
