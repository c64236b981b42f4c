"""The formulas of value F1 to F7, exact in decimals; pure (domain.md, section 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from initiatives.choices import Overlay, Stage
from initiatives.rules import is_live, plan_is_frozen
from kpis.actuals.rules import added, first_year, yearly
from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.figures.choices import Lamp
from kpis.figures.facts import ZERO, Clock, EffectFacts, MeasureFacts, Months
from kpis.grid import total_of, within
from kpis.rates.rules import ROUNDING
from kpis.rules import DECIMALS, MONTHS, Month, months_of_fiscal_year

RUN_RATE_MONTHS, QUARTER = 3, 3
VALUE_KINDS = (EffectKind.RECURRING, EffectKind.ONE_OFF)
# F2 beside F1: a gap above 15 points is flagged.
WIDE_GAP = Decimal("0.15")


def kept(amount: Decimal) -> Decimal:
    """A mean as it is kept: four decimals, half up, the same as the database rounds."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS), rounding=ROUND_HALF_UP)


def exact(amount: Decimal | None, aggregation: Aggregation) -> Decimal | None:
    """A sum as it is; a mean cut to what is kept."""
    if amount is None or aggregation is Aggregation.SUM:
        return amount
    return kept(amount)


# --- V: what a measure is worth ---------------------------------------------------------------


def value_of(effect: EffectFacts, months: Months, start: Month | None) -> Decimal | None:
    """V of months of an effect: recurring the 12 months from `start`, else all; None for none."""
    if effect.is_recurring:
        return exact(first_year(months, start, effect.aggregation), effect.aggregation)
    return total_of(months, effect.aggregation, effect.decimals)


def promised_value(effect: EffectFacts) -> Decimal | None:
    """V of an effect: from the current baseline if there is one, else from the plan."""
    return value_of(effect, effect.promised, effect.start)


def is_partial(effect: EffectFacts) -> bool:
    """Whether V recurring rests on a plan that ends before its twelve months are over."""
    months = effect.promised
    if not effect.is_recurring or not months:
        return False
    first = min(months) if effect.start is None else effect.start
    return max(months) < first.plus(MONTHS - 1)


def headline_value(measure: MeasureFacts, kind: EffectKind, clock: Clock) -> Decimal:
    """V of one kind of a measure: headline metric, all classes; 0 without any."""
    effects = [e for e in measure.of_headline(clock) if e.kind is kind]
    return added(promised_value(effect) for effect in effects) or ZERO


# --- F1, F2: degree of implementation ---------------------------------------------------------


def degree_by_count(measures: Iterable[MeasureFacts]) -> Decimal | None:
    """F1: Σ h ÷ n over live measures; None with nothing to divide by."""
    weights = [measure.weight for measure in measures if measure.is_live]
    return sum(weights, ZERO) / len(weights) if weights else None


def degree_by_value(measures: Iterable[MeasureFacts], clock: Clock) -> Decimal | None:
    """F2: Σ |V|·h ÷ Σ |V| over live measures, recurring and one-off V each by its size."""
    pairs = [
        (abs(headline_value(measure, kind, clock)), measure.weight)
        for measure in measures
        if measure.is_live
        for kind in VALUE_KINDS
    ]
    return weighted([(size, size * weight) for size, weight in pairs])


def weighted(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Σ weighed ÷ Σ size of (size, weighed); None with nothing to divide by."""
    total, weighed = ZERO, ZERO
    for size, share in pairs:
        total += size
        weighed += share
    return weighed / total if total else None


def is_wide_gap(by_count: Decimal | None, by_value: Decimal | None) -> bool:
    """Whether the two degrees lie more than 15 points apart; not where one is unknown."""
    return by_count is not None and by_value is not None and abs(by_count - by_value) > WIDE_GAP


# --- F3: the four amounts ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """What effects alike in kind, stage, its weight and overlay put into amounts; None: nothing."""

    kind: EffectKind
    stage: Stage
    overlay: Overlay
    weight: Decimal
    value: Decimal
    validated: Decimal | None = None
    validated_to_date: Decimal | None = None
    plan_to_date: Decimal | None = None
    is_short: bool = False


@dataclass(slots=True)
class Amounts:
    """The amounts of F3 of one metric, unit, kind and class, with `parked` beside them.

    `validated` is the validated run-rate of recurring effects and all that is validated of others;
    None where nothing is. It counts every measure, cancelled ones too (F7), the plan to date only
    live ones. `is_short`: some of it rests on fewer than three months.
    """

    identified: Decimal = ZERO
    hardened: Decimal = ZERO
    bankable: Decimal = ZERO
    validated: Decimal | None = None
    parked: Decimal = ZERO
    validated_to_date: Decimal | None = None
    plan_to_date: Decimal | None = None
    is_short: bool = False

    def add(self, share: Share) -> None:
        """Count one share in: on hold it is parked (G10), cancelled it promises nothing."""
        self.validated = added([self.validated, share.validated])
        self.validated_to_date = added([self.validated_to_date, share.validated_to_date])
        self.is_short = self.is_short or share.is_short
        if share.overlay is Overlay.ON_HOLD:
            self.parked += share.value
        if not is_live(share.overlay):
            return
        self.identified += share.value
        # Costs are never weighted (F3).
        self.hardened += share.value if share.kind.is_cost else share.value * share.weight
        self.bankable += share.value if plan_is_frozen(share.stage) else ZERO
        self.plan_to_date = added([self.plan_to_date, share.plan_to_date])


@dataclass(frozen=True, slots=True)
class Key:
    """What may be added: one metric in one unit, of one kind and class (V7)."""

    metric: str
    unit: str
    kind: EffectKind
    effect_class: str


def key_of(effect: EffectFacts) -> Key:
    return Key(effect.metric, effect.unit, effect.kind, effect.effect_class.value)


def amounts_by_key(measures: Iterable[MeasureFacts], clock: Clock) -> dict[Key, Amounts]:
    """F3 over the effects of measures."""
    amounts: dict[Key, Amounts] = {}
    for measure in measures:
        for effect in measure.effects:
            amounts.setdefault(key_of(effect), Amounts()).add(share_of(measure, effect, clock))
    return amounts


def share_of(measure: MeasureFacts, effect: EffectFacts, clock: Clock) -> Share:
    """What one effect puts into the amounts, as of the last closed month."""
    latest = clock.latest
    return Share(
        kind=effect.kind,
        stage=measure.stage,
        overlay=measure.overlay,
        weight=measure.weight,
        value=promised_value(effect) or ZERO,
        validated=validated_value(effect, latest),
        validated_to_date=total_to(effect, effect.validated, latest),
        plan_to_date=total_to(effect, effect.promised, latest),
        is_short=is_short(effect, latest),
    )


def validated_value(effect: EffectFacts, latest: Month) -> Decimal | None:
    """F3: recurring 12 times the mean of the last 3 closed validated months, else all of them."""
    if not effect.is_recurring:
        return total_to(effect, effect.validated, latest)
    months = last_months(effect.validated, latest)
    return exact(yearly(months, effect.aggregation), effect.aggregation)


def is_short(effect: EffectFacts, latest: Month) -> bool:
    """Whether a validated run-rate rests on fewer than three months."""
    return effect.is_recurring and 0 < len(last_months(effect.validated, latest)) < RUN_RATE_MONTHS


def last_months(months: Months, latest: Month) -> dict[Month, Decimal]:
    """The last three closed ones of some months."""
    closed = sorted(month for month in months if month <= latest)[-RUN_RATE_MONTHS:]
    return {month: months[month] for month in closed}


def total_to(effect: EffectFacts, months: Months, latest: Month) -> Decimal | None:
    """What months come to up to the last closed one, by the metric's rule; None for none."""
    closed = {month: amount for month, amount in months.items() if month <= latest}
    return total_of(closed, effect.aggregation, effect.decimals)


# --- F4: exit rate, smoothed, in-year, full-year, carry-over ----------------------------------


def exit_rate(effect: EffectFacts, months: Months, latest: Month) -> Decimal | None:
    """F4: 12 times the last closed month of a recurring effect; its value where it does not add up.

    None for other kinds, for seasonal effects, and where that month was not entered.
    """
    if not effect.is_recurring or effect.is_seasonal or latest not in months:
        return None
    return months[latest] * (MONTHS if effect.aggregation is Aggregation.SUM else 1)


def smoothed(effect: EffectFacts, months: Months, latest: Month) -> Decimal | None:
    """F4: 4 times the last three closed months; None unless all three were entered.

    Of a metric that does not add up the month's value, as of the exit rate.
    """
    if effect.aggregation is not Aggregation.SUM:
        return exit_rate(effect, months, latest)
    quarter = within(months, [latest.plus(-back) for back in range(QUARTER)])
    if not effect.is_recurring or effect.is_seasonal or len(quarter) < QUARTER:
        return None
    return sum(quarter.values(), ZERO) * (MONTHS // QUARTER)


def in_year(effect: EffectFacts, months: Months, year: int, start: int) -> Decimal | None:
    """F4: what falls in one fiscal year, which begins in month `start`; None for nothing."""
    inside = within(months, months_of_fiscal_year(year, start))
    return total_of(inside, effect.aggregation, effect.decimals)


def carry_over(effect: EffectFacts, months: Months, year: int, start: int) -> Decimal | None:
    """F4: what of the full-year value falls after a fiscal year; None where it does not add up.

    Recurring: of the twelve months from run-rate start; else of all months.
    """
    if effect.aggregation is not Aggregation.SUM or not months:
        return None
    first = min(months) if effect.start is None else effect.start
    end = months_of_fiscal_year(year, start)[-1]
    last = first.plus(MONTHS - 1) if effect.is_recurring else max(months)
    return sum((a for m, a in months.items() if max(first, end.plus(1)) <= m <= last), ZERO)


# --- F5: net value ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Net:
    """F5 of one metric and unit: all classes, and hard value alone (V7)."""

    metric: str
    unit: str
    value: Decimal
    hard: Decimal
    one_time_cost: Decimal
    running_cost: Decimal

    @property
    def all_classes(self) -> Decimal:
        """Σ effects - Σ one-time cost - Σ running cost, all classes pooled."""
        return self._without_costs(self.value)

    @property
    def hard_only(self) -> Decimal:
        """The same without avoidance: what may enter an EBITDA total."""
        return self._without_costs(self.hard)

    def _without_costs(self, value: Decimal) -> Decimal:
        with localcontext(ROUNDING):  # wide enough for converted amounts
            return value - self.one_time_cost - self.running_cost


NET_PARTS = ("value", "hard", "one_time_cost", "running_cost")


def net_values(pairs: Iterable[tuple[EffectFacts, Months]]) -> list[Net]:
    """F5 over all months of effects, by metric and unit; what does not add up stays out (V1)."""
    return nets(
        (e.metric, e.unit, net_parts(e.kind, e.effect_class), sum(months.values(), ZERO))
        for e, months in pairs
        if e.aggregation is Aggregation.SUM and months
    )


def nets(sums: Iterable[tuple[str, str, tuple[str, ...], Decimal]]) -> list[Net]:
    """F5 of (metric, unit, parts in which it counts, amount)."""
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for metric, unit, counts_in, amount in sums:
        parts = found.setdefault((metric, unit), dict.fromkeys(NET_PARTS, ZERO))
        for part in counts_in:
            parts[part] += amount
    return [Net(metric, unit, **parts) for (metric, unit), parts in sorted(found.items())]


def net_parts(kind: EffectKind, effect_class: EffectClass) -> tuple[str, ...]:
    """In which parts of a net value an effect counts: unsplit is no hard value (V7)."""
    if kind.is_cost:
        return (kind.value,)
    return ("value", "hard") if effect_class is EffectClass.HARD else ("value",)


# --- F6: value at risk ------------------------------------------------------------------------


def value_at_risk(
    measure: MeasureFacts, potential: Lamp, clock: Clock
) -> Mapping[EffectKind, Decimal]:
    """F6 of a measure, recurring and one-off apart; nothing unless live and not closed.

    `potential` is its light L2. Risks and dependencies add nothing until they are kept.
    """
    if not measure.is_live or measure.stage is Stage.CLOSED:
        return {}
    return {kind: _at_risk(measure, kind, potential, clock) for kind in VALUE_KINDS}


def _at_risk(measure: MeasureFacts, kind: EffectKind, potential: Lamp, clock: Clock) -> Decimal:
    risk = measure.risk.get(kind, ZERO)
    if measure.is_decided:
        risk += measure.stressed.get(kind, ZERO)
        if potential in {Lamp.AMBER, Lamp.RED}:
            risk += max(ZERO, shortfall(measure, kind, clock))
    return min(max(headline_value(measure, kind, clock), ZERO), risk)


def shortfall(measure: MeasureFacts, kind: EffectKind, clock: Clock) -> Decimal:
    """Current baseline - forecast of the headline metric, in V of one kind."""
    effects = [e for e in measure.of_headline(clock) if e.kind is kind]
    base = added(value_of(e, e.current_baseline, e.start) for e in effects) or ZERO
    return base - (added(forecast_value(e) for e in effects) or ZERO)


def first_filled(months: Months) -> Month | None:
    """The first month that holds more or less than nothing."""
    return min((month for month, amount in months.items() if amount), default=None)


def slip_of(effect: EffectFacts) -> int:
    """By how many months the forecast begins later than the current baseline; 0 if unknown."""
    base, forecast = first_filled(effect.current_baseline), first_filled(effect.forecast)
    if base is None or forecast is None:
        return 0
    return (forecast.year - base.year) * MONTHS + forecast.number - base.number


def forecast_value(effect: EffectFacts) -> Decimal | None:
    """V of the forecast: recurring the twelve months from the run-rate start it now shows."""
    base = effect.current_baseline
    if not base or not effect.is_recurring:
        return value_of(effect, effect.forecast, effect.start)
    start = min(base) if effect.start is None else effect.start
    return value_of(effect, effect.forecast, start.plus(slip_of(effect)))
