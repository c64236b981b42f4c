"""What closure and approval routes ask of a measure's money, from the app that owns value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """One value effect at T5: what finance has accepted beside what was promised.

    `supported` is what the accepted months support: recurring the yearly run-rate, one-off the sum;
    `months` are the accepted months behind it, `needed` how many T5 asks for.
    """

    key: str
    name: str
    metric: str
    unit: str
    is_recurring: bool
    is_headline: bool
    supported: Decimal | None
    baseline: Decimal | None
    claimed: Decimal | None
    months: int
    needed: int


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """The value effects of a measure, and totals of the headline metric in the tenant's currency.

    Recurring and one-off never add into one (V7). `is_complete` says that no effect of the headline
    metric in another currency is missing from the totals.
    """

    currency: str = ""
    effects: Sequence[EffectFacts] = ()
    supported_recurring: Decimal | None = None
    supported_one_off: Decimal | None = None
    baseline_recurring: Decimal | None = None
    baseline_one_off: Decimal | None = None
    claimed: Decimal | None = None
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Amounts:
    """G6: what routes go by, in the tenant's currency; None each where purely non-monetary.

    Without an `is_complete` some amount is in a currency without a rate, and may be larger.
    """

    run_rate: Decimal | None = None
    one_time_cost: Decimal | None = None
    one_off: Decimal | None = None
    is_complete: bool = True

    @property
    def is_monetary(self) -> bool:
        return self.run_rate is not None

    @property
    def largest(self) -> Decimal | None:
        """max(|V|, Σ one-time cost, Σ one-off); None where there is no money at all."""
        given = [a for a in (self.run_rate, self.one_time_cost, self.one_off) if a is not None]
        return max(given, default=None)


@dataclass(slots=True)
class _Sources:
    """What was registered."""

    closure: list[Callable[[Measure], ClosureFacts]] = field(default_factory=list)
    amounts: list[Callable[[Measure], Amounts]] = field(default_factory=list)


_sources = _Sources()


def register(
    closure: Callable[[Measure], ClosureFacts], amounts_of: Callable[[Measure], Amounts]
) -> None:
    """Take the facts from here; the last registered counts."""
    _sources.closure[:], _sources.amounts[:] = [closure], [amounts_of]


def closure_facts(measure: Measure) -> ClosureFacts:
    """What T5 rests on; empty where no app owns value."""
    return _sources.closure[0](measure) if _sources.closure else ClosureFacts()


def amounts(measure: Measure) -> Amounts:
    """What a route's thresholds are compared with (G6)."""
    return _sources.amounts[0](measure) if _sources.amounts else Amounts()
