"""V2, whether what was confirmed at the closure lasts through the sustain months; pure."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from kpis.actuals.rules import supporting
from kpis.choices import EffectKind
from kpis.figures.facts import ZERO, Clock, EffectFacts, MeasureFacts, Months
from kpis.figures.rules import RUN_RATE_MONTHS, kept
from kpis.rates.rules import ROUNDING
from kpis.rules import Month

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class SustainTerms:
    """For how many months actuals run on after the closure, and how far they may stay behind."""

    months: int = 12
    # In per cent of what was expected.
    tolerance: Decimal = Decimal(5)


@dataclass(frozen=True, slots=True)
class Sustained:
    """One effect in its sustain months: what was expected of those validated, and what came."""

    effect: EffectFacts
    first: Month
    last: Month
    # Closed months of the period that finance has validated, and those it has not.
    validated_months: int
    open_months: int
    expected: Decimal
    validated: Decimal
    is_short: bool

    @property
    def shortfall(self) -> Decimal:
        """How far it stays behind; negative where more came than was expected."""
        return self.expected - self.validated

    @property
    def percent(self) -> Decimal | None:
        """The shortfall in per cent of what was expected, to one place; None of nothing."""
        if self.expected == 0:
            return None
        return (self.shortfall * HUNDRED / abs(self.expected)).quantize(Decimal("0.1"))


def sustained(
    measure: MeasureFacts, effect: EffectFacts, clock: Clock, terms: SustainTerms
) -> Sustained | None:
    """V2: recurring value of a closed measure in the months after its closure.

    Only months that finance has validated are compared: what is not validated is unknown, not
    zero. Expected is the current baseline, scaled down where the closure rested on less of it;
    after its last month, what the closure rested on. None where nothing is to be sustained.
    """
    if measure.closed_in is None or effect.kind is not EffectKind.RECURRING:
        return None
    support = supporting(effect.validated, effect.start, measure.closed_in, RUN_RATE_MONTHS)
    if not support:
        return None
    period = [measure.closed_in.plus(number) for number in range(1, terms.months + 1)]
    due = [month for month in period if month <= clock.latest]
    proven = [month for month in due if month in effect.validated]
    with localcontext(ROUNDING):
        expected = kept(sum((_expected(month, effect, support) for month in proven), ZERO))
    validated = sum((effect.validated[month] for month in proven), ZERO)
    return Sustained(
        effect=effect,
        first=period[0],
        last=period[-1],
        validated_months=len(proven),
        open_months=len(due) - len(proven),
        expected=expected,
        validated=validated,
        is_short=is_short(expected, validated, terms.tolerance),
    )


def is_short(expected: Decimal, validated: Decimal, tolerance: Decimal) -> bool:
    """Whether what came stays more than the tolerance (per cent) below what was expected."""
    return (expected - validated) * HUNDRED > tolerance * abs(expected)


def _expected(month: Month, effect: EffectFacts, support: Months) -> Decimal:
    """What one month is to bring after a closure that rested on the supporting months."""
    confirmed = sum(support.values(), ZERO)
    baseline = effect.current_baseline
    promised = sum((baseline.get(one, ZERO) for one in support), ZERO)
    if month not in baseline or promised <= 0:
        return confirmed / len(support)
    return baseline[month] * min(confirmed / promised, Decimal(1))
