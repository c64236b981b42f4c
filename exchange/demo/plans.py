"""When an outlined measure happens and what it brings month by month; pure and repeatable."""

import calendar
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from exchange.demo.outline import MeasureLine
from initiatives.choices import GovernabilityField
from kpis.choices import EffectClass, EffectKind
from kpis.phasing import spread
from kpis.rules import MONTHS, Month

T = TypeVar("T")
FIRST, LAST = Month(2026, 1), Month(2028, 12)
STARTS, DURATIONS, RAMPS = 18, (3, 4, 5, 6, 6, 8, 9, 12), (1, 3, 3, 6, 6, 9, 12)
A_YEAR = tuple(FIRST.plus(offset) for offset in range(MONTHS))
THOUSAND, TENTH = Decimal(1000), Decimal("0.1")
# Metrics that are counted and not paid.
UNITS = frozenset({"FTE", "CO2"})
# Per cent of measures that somebody forgot to fill in, and how many fields these lack at most.
GAPS, GAP_SIZE = 8, 3


@dataclass(frozen=True, slots=True)
class Schedule:
    """First and last month of the work, months of its ramp, and the last month planned."""

    start: Month
    end: Month
    ramp: int
    last: Month = LAST

    @property
    def value_start(self) -> Month:
        return self.end.plus(1)

    @property
    def planned_start(self) -> date:
        return self.start.first_day

    @property
    def planned_end(self) -> date:
        last = calendar.monthrange(self.end.year, self.end.number)[1]
        return self.end.first_day.replace(day=last)

    @property
    def value_months(self) -> list[Month]:
        return months(self.value_start, self.last)


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One effect of a measure with its plan."""

    metric: str
    kind: EffectKind
    effect_class: EffectClass
    currency: str
    cells: dict[Month, Decimal]


def choice(options: Sequence[T], *salt: str) -> T:
    """One of the options, always the same for the same words."""
    digest = hashlib.sha256("|".join(salt).encode()).digest()
    return options[int.from_bytes(digest[:8]) % len(options)]


def months(first: Month, last: Month) -> list[Month]:
    """All months from the first to the last, both included."""
    found = [first]
    while found[-1] < last:
        found.append(found[-1].plus(1))
    return found if first <= last else []


def schedule_of(line: MeasureLine) -> Schedule:
    """Work starts between January 2026 and June 2027; value begins when it ends."""
    start = FIRST.plus(choice(range(STARTS), line.title, "start"))
    duration = choice(DURATIONS, line.title, "duration")
    return Schedule(start, start.plus(duration - 1), choice(RAMPS, line.title, "ramp"))


def effects_of_line(line: MeasureLine, when: Schedule | None = None) -> Iterator[EffectLine]:
    """What the line's amounts become, at its own time if none is given; EBITDA comes first."""
    when = when or schedule_of(line)
    value_class = EffectClass.AVOIDANCE if line.is_avoidance else EffectClass.HARD
    if line.amount:
        kind = EffectKind.ONE_OFF if line.is_once else EffectKind.RECURRING
        cells = _once(line.amount, when) if line.is_once else _yearly(line.amount, when)
        yield EffectLine("EBITDA", kind, value_class, line.currency, cells)
    for name, amount in line.numbers.items():
        metric, kind, cells_of = NAMED[name]
        currency = "" if metric in UNITS else line.currency
        yield EffectLine(metric, kind, EffectClass.HARD, currency, cells_of(amount, when))


def _yearly(thousands: Decimal, when: Schedule) -> dict[Month, Decimal]:
    """A yearly amount by month: after the ramp any twelve months add up to it exactly."""
    return _ramped(spread(thousands * THOUSAND, A_YEAR, 0).values(), when, Decimal(1))


def _yearly_at_once(thousands: Decimal, when: Schedule) -> dict[Month, Decimal]:
    return _yearly(thousands, replace(when, ramp=1))


def _tonnes(tonnes: Decimal, when: Schedule) -> dict[Month, Decimal]:
    return _ramped(spread(tonnes, A_YEAR, 1).values(), when, TENTH)


def _during_work(thousands: Decimal, when: Schedule) -> dict[Month, Decimal]:
    return spread(thousands * THOUSAND, months(when.start, when.end), 0)


def _once(thousands: Decimal, when: Schedule) -> dict[Month, Decimal]:
    """An amount that comes within a few months of the end of the work."""
    return spread(thousands * THOUSAND, when.value_months[: max(1, when.ramp // 3)], 0)


def _heads(heads: Decimal, when: Schedule) -> dict[Month, Decimal]:
    return _level(heads, when, TENTH)


def _balance(thousands: Decimal, when: Schedule) -> dict[Month, Decimal]:
    return _level(thousands * THOUSAND, when, THOUSAND)


# The names of an outline: metric, kind, and how the amount becomes months.
NAMED: dict[str, tuple[str, EffectKind, Callable[[Decimal, Schedule], dict[Month, Decimal]]]] = {
    "cost": ("EBITDA", EffectKind.ONE_TIME_COST, _during_work),
    "run": ("EBITDA", EffectKind.RUNNING_COST, _yearly_at_once),
    "cash": ("CASH", EffectKind.ONE_OFF, _once),
    "revenue": ("REVENUE", EffectKind.RECURRING, _yearly),
    "wc": ("WORKING_CAPITAL", EffectKind.RECURRING, _balance),
    "fte": ("FTE", EffectKind.RECURRING, _heads),
    "co2": ("CO2", EffectKind.RECURRING, _tonnes),
}


def _ramped(full: Iterable[Decimal], when: Schedule, step: Decimal) -> dict[Month, Decimal]:
    """Twelve full months over and over, the first ones growing in equal steps."""
    year = list(full)
    cells = {}
    for index, month in enumerate(when.value_months):
        share = Decimal(min(index + 1, when.ramp)) / when.ramp
        cells[month] = (year[index % MONTHS] * share).quantize(step)
    return cells


def _level(amount: Decimal, when: Schedule, step: Decimal) -> dict[Month, Decimal]:
    """A level that is reached and then held."""
    shares = [
        Decimal(min(index + 1, when.ramp)) / when.ramp for index in range(len(when.value_months))
    ]
    levels = [(amount * share / step).to_integral_value() * step for share in shares]
    return dict(zip(when.value_months, levels, strict=True))


def gaps_of(line: MeasureLine) -> frozenset[GovernabilityField]:
    """Governability fields that nobody filled in for this measure."""
    if choice(range(100), line.title, "gap") >= GAPS:
        return frozenset()
    fields = list(GovernabilityField)
    return frozenset(
        choice(fields, line.title, "gap", str(index))
        for index in range(choice(range(1, GAP_SIZE + 1), line.title, "size"))
    )
