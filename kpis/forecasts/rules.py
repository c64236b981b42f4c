"""When a forecast is open, and how far it is from its baseline; pure (V2, V3, V6, G10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from initiatives.choices import Overlay, Stage
from initiatives.rules import plan_refusal
from kpis.choices import Aggregation, Cause, Series
from kpis.grid import total_of, within
from kpis.rules import Month, fiscal_year, months_of_fiscal_year

ZERO, HUNDRED = Decimal(0), Decimal(100)
# What a person may say; the rest the system says itself (F8).
STATED = (Cause.SCOPE, Cause.VALUE, Cause.TIMING)
Amounts = Mapping[Month, Decimal]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """V6: beyond these a variance demands a reason, beyond those a change request or exception."""

    percent: Decimal = Decimal(5)
    amount: Decimal = Decimal(10_000)
    change_percent: Decimal = Decimal(20)
    change_amount: Decimal = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Views:
    """The months of one effect that a variance compares, and how they come to a year."""

    forecast: Amounts
    current: Amounts
    original: Amounts
    aggregation: Aggregation
    decimals: int
    is_money: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """What a fiscal year came to when its last reason was given."""

    forecast: Decimal
    baseline: Decimal


@dataclass(frozen=True, slots=True)
class Variance:
    """One fiscal year of one effect: totals, and what they are off by (V3, V6)."""

    year: int
    forecast: Decimal
    baseline: Decimal
    original: Decimal
    is_money: bool
    explained: Explained | None = None

    @property
    def amount(self) -> Decimal:
        """Against the current baseline; positive is more than was promised."""
        return self.forecast - self.baseline

    @property
    def against_original(self) -> Decimal:
        return self.forecast - self.original

    @property
    def percent(self) -> Decimal | None:
        """Against the current baseline, to one place; None where that is zero."""
        if self.baseline == 0:
            return None
        return (self.amount * HUNDRED / abs(self.baseline)).quantize(Decimal("0.1"))

    @property
    def since_reason(self) -> Decimal:
        """How far it has moved since the last reason; all of it without one."""
        if self.explained is None:
            return self.amount
        return self.amount - (self.explained.forecast - self.explained.baseline)


def forecast_refusal(stage: Stage, overlay: Overlay) -> str | None:
    """Why no forecast can be written now (V2, G10): it is open from Decided until Closed."""
    if overlay is Overlay.ON_HOLD:
        return "measure_on_hold"
    if overlay is Overlay.CANCELLED:
        return "measure_cancelled"
    if stage is Stage.CLOSED:
        return "measure_closed"
    return None if stage.doi >= Stage.DECIDED.doi else "forecast_not_open"


def series_refusal(series: Series, stage: Stage, overlay: Overlay) -> str | None:
    """Why a series of the grid cannot be written now: plan before T3, forecast from it on (V2)."""
    check = forecast_refusal if series is Series.FORECAST else plan_refusal
    return check(stage, overlay)


def leading_series(stage: Stage) -> Series:
    """The series that people write at a stage: the plan, from Decided on the forecast."""
    return Series.FORECAST if stage.doi >= Stage.DECIDED.doi else Series.PLAN


def variances(
    views: Views, explained: Mapping[int, Explained], start: int, years: Iterable[int] | None = None
) -> dict[int, Variance]:
    """Forecast against baseline 1 and the current one, by fiscal year starting in month `start`.

    All years with a forecast or a baseline, or just the given ones; a year without is zero.
    """
    held = {fiscal_year(month, start) for months in (views.forecast, views.current, views.original)
            for month in months}  # fmt: skip
    found = {}
    for year in sorted(held if years is None else years):
        months = months_of_fiscal_year(year, start)
        forecast, current, original = (
            total_of(within(amounts, months), views.aggregation, views.decimals) or ZERO
            for amounts in (views.forecast, views.current, views.original)
        )
        found[year] = Variance(
            year, forecast, current, original, views.is_money, explained.get(year)
        )
    return found


def is_reason_owed(variance: Variance, tolerance: Tolerance) -> bool:
    """V6: beyond tolerance in the year, and since the last reason once more."""
    return _is_beyond(variance.amount, variance, tolerance) and _is_beyond(
        variance.since_reason, variance, tolerance
    )


def is_change_due(variance: Variance, tolerance: Tolerance) -> bool:
    """V6: so far off that a change request (T15) or an exception is due."""
    if not _is_beyond(variance.amount, variance, tolerance):
        return False
    off = abs(variance.amount)
    is_share = _is_share_beyond(variance.amount, variance.baseline, tolerance.change_percent)
    if not variance.is_money:
        return is_share
    is_amount = off > tolerance.change_amount
    return is_amount if variance.baseline == 0 else is_share or is_amount


def _is_beyond(off: Decimal, variance: Variance, tolerance: Tolerance) -> bool:
    is_share = _is_share_beyond(off, variance.baseline, tolerance.percent)
    if not variance.is_money:
        return is_share
    return is_share and abs(off) > tolerance.amount


def _is_share_beyond(off: Decimal, baseline: Decimal, percent: Decimal) -> bool:
    """Of a baseline of zero any difference is beyond each share: there the amount decides."""
    return abs(off) * HUNDRED > percent * abs(baseline)
