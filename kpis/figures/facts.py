"""What the formulas need to know of a measure and its effects; plain values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from initiatives.choices import Overlay, Stage
from initiatives.rules import is_live, plan_is_frozen
from kpis.actuals.rules import month_at
from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.rules import Month

Months = Mapping[Month, Decimal]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Clock:
    """The day somebody looks, and how the tenant counts: fiscal year, headline, currency.

    `closed_to` is the last closed month; without it months close once they are over. `now` is the
    moment by which updates are late (L4).
    """

    today: date
    fiscal_start: int = 1
    headline: str = "EBITDA"
    currency: str = "EUR"
    closed_to: Month | None = None
    # Reports as they were published leave restatements out (V4).
    as_published: bool = False
    now: datetime | None = None

    @property
    def latest(self) -> Month:
        """The last closed month (V4)."""
        return self.closed_to or month_at(self.today).plus(-1)


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """One effect with its months by series; months that nobody entered are absent.

    `unit` is the currency, or the unit of the metric; `currency` is empty where it is no money.
    `validated` holds the months that finance validated or adjusted, restated ones as they are now
    unless the facts are read as published (V4), `rejected` those whose latest claim stands
    rejected. What was `converted_from` another currency stands at plan rate (V8).
    """

    key: int
    metric: str
    unit: str
    kind: EffectKind
    currency: str = ""
    effect_class: EffectClass = EffectClass.HARD
    aggregation: Aggregation = Aggregation.SUM
    decimals: int = 2
    start: Month | None = None
    plan: Months = field(default_factory=dict)
    forecast: Months = field(default_factory=dict)
    baselines: Mapping[int, Months] = field(default_factory=dict)
    claimed: Months = field(default_factory=dict)
    validated: Months = field(default_factory=dict)
    rejected: frozenset[Month] = frozenset()
    converted_from: str = ""
    # V9: an exit rate of a seasonal effect misleads; no effect says that it is one yet.
    is_seasonal: bool = False

    @property
    def is_recurring(self) -> bool:
        return self.kind is EffectKind.RECURRING

    @property
    def has_months(self) -> bool:
        """Whether anything is entered in any series."""
        series = (self.plan, self.forecast, self.claimed, self.validated, *self.baselines.values())
        return any(series)

    @property
    def first_baseline(self) -> Months:
        """What was frozen first (V3), nothing before T3."""
        return self.baselines.get(1, {})

    @property
    def current_baseline(self) -> Months:
        """The baseline with the highest number, nothing before T3."""
        return self.baselines[max(self.baselines)] if self.baselines else {}

    @property
    def promised(self) -> Months:
        """Where V comes from: the current baseline if there is one, else the plan estimate."""
        return self.current_baseline or self.plan


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """A measure with its stage, the weight h of that stage in its own model, and its effects.

    `closed_in` is the month in which it was closed. `risk` is Σ probability times exposure of its
    open risks and `stressed` its own value behind stressed inbound dependencies (F6), by kind;
    neither risks nor dependencies are kept yet, so that both are empty.
    """

    code: str
    stage: Stage
    overlay: Overlay
    weight: Decimal
    effects: tuple[EffectFacts, ...] = ()
    closed_in: Month | None = None
    risk: Mapping[EffectKind, Decimal] = field(default_factory=dict)
    stressed: Mapping[EffectKind, Decimal] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return is_live(self.overlay)

    @property
    def is_decided(self) -> bool:
        return plan_is_frozen(self.stage)

    def expected(self, effect: EffectFacts) -> Months:
        """What is expected of an effect now: the forecast, before T3 the plan estimate (F8)."""
        return effect.forecast if self.is_decided else effect.plan

    def of_headline(self, clock: Clock) -> list[EffectFacts]:
        """The effects that V counts: of the headline metric, in the tenant's currency (V8)."""
        return [
            effect
            for effect in self.effects
            if effect.metric == clock.headline
            and effect.currency in {"", clock.currency}
            and not effect.kind.is_cost
        ]
