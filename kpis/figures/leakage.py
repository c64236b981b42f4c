"""F7, what leaked between the first promise and what finance validated, by reason; pure."""

from collections.abc import Iterable
from decimal import Decimal

from initiatives.choices import Overlay
from kpis.choices import Aggregation
from kpis.figures.choices import LeakageReason
from kpis.figures.facts import ZERO, Clock, EffectFacts, MeasureFacts, Months
from kpis.rules import Month

Leakage = dict[LeakageReason, Decimal]


def leakage_of(measure: MeasureFacts, effect: EffectFacts, clock: Clock) -> Leakage | None:
    """F7: baseline 1 to date - validated to date of one effect; the reasons add up to it.

    None for costs, for what does not add up, and for what has neither a baseline 1 nor an actual.
    Cancelled measures leak all of it as cancelled. Else what later baselines gave up is descoped;
    what was due before the first validated month is delayed; what was due after the closure is
    not sustained; the rest is under-delivery. Nothing says price, volume, FX or double count yet.
    """
    if effect.kind.is_cost or effect.aggregation is not Aggregation.SUM:
        return None
    if not (effect.first_baseline or effect.validated):
        return None
    first = _to_date(effect.first_baseline, clock)
    validated = _to_date(effect.validated, clock)
    total = sum(first.values(), ZERO) - sum(validated.values(), ZERO)
    if measure.overlay is Overlay.CANCELLED:
        return {LeakageReason.CANCELLED: total}
    current = _to_date(effect.current_baseline, clock)
    leakage = {
        LeakageReason.DESCOPED: sum(first.values(), ZERO) - sum(current.values(), ZERO),
        LeakageReason.DELAYED: ZERO,
        LeakageReason.UNDER_DELIVERY: ZERO,
        LeakageReason.NOT_SUSTAINED: ZERO,
    }
    shown_from = min(effect.validated, default=None)
    for month in {*current, *validated}:
        gap = current.get(month, ZERO) - validated.get(month, ZERO)
        leakage[_reason_of(month, shown_from, measure.closed_in)] += gap
    return leakage


def leakage_total(parts: Iterable[Leakage | None]) -> Leakage | None:
    """Leakages added by reason, every reason named; None where nothing can leak."""
    given = [part for part in parts if part is not None]
    if not given:
        return None
    return {reason: sum((p.get(reason, ZERO) for p in given), ZERO) for reason in LeakageReason}


def _reason_of(month: Month, shown_from: Month | None, closed_in: Month | None) -> LeakageReason:
    if shown_from is None or month < shown_from:
        return LeakageReason.DELAYED
    if closed_in is not None and month > closed_in:
        return LeakageReason.NOT_SUSTAINED
    return LeakageReason.UNDER_DELIVERY


def _to_date(months: Months, clock: Clock) -> dict[Month, Decimal]:
    latest = clock.latest
    return {month: amount for month, amount in months.items() if month <= latest}
