"""Who keeps the rhythm, as rates: lateness, overrides, forecast bias, ageing; pure (R3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

# How many past periods a rate looks back on.
PERIODS_COUNTED: Final = 6
# Gate requests by the days since they were asked: up to each bound, and beyond the last.
AGE_BOUNDS: Final = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class Kept:
    """What some owed updates came to, over the past periods and now.

    `owed` counts updates of periods that were due; of them `late` came after their hour and
    `missed` have not come. Now: `waiting` are those of the last period that have not come, `stale`
    are measures without an update for the last missed period or later (L4), `overriding`
    measures with a stated light that counts today, `measures` all that owe updates.
    """

    measures: int = 0
    owed: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0
    stale: int = 0
    overriding: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.measures + other.measures,
            self.owed + other.owed,
            self.late + other.late,
            self.missed + other.missed,
            self.waiting + other.waiting,
            self.stale + other.stale,
            self.overriding + other.overriding,
        )

    @property
    def lateness(self) -> Decimal | None:
        """Lateness rate: updates that came late or never ÷ updates owed; None where none was."""
        return share(self.late + self.missed, self.owed)

    @property
    def override_rate(self) -> Decimal | None:
        """Measures with a light stated otherwise today ÷ measures that owe updates."""
        return share(self.overriding, self.measures)


@dataclass(frozen=True, slots=True)
class Bias:
    """Σ (forecast - validated) and Σ |forecast| over months that have both, in one currency."""

    excess: Decimal = Decimal(0)
    size: Decimal = Decimal(0)

    def __add__(self, other: "Bias") -> "Bias":
        return Bias(self.excess + other.excess, self.size + other.size)

    @property
    def ratio(self) -> Decimal | None:
        """Forecast bias: Σ (forecast - validated) ÷ Σ |forecast|.

        Above 0 more was forecast than came, below 0 less; 0 is a forecast without bias, however
        far single months are off. None where nothing was forecast for a validated month.
        """
        return self.excess / self.size if self.size else None


def share(part: int, whole: int) -> Decimal | None:
    """A part of a whole from 0 to 1; None of nothing."""
    return Decimal(part) / whole if whole else None


@dataclass(frozen=True, slots=True)
class Aged:
    """Open requests for one move by age: one number per bucket of `AGE_BOUNDS`, and beyond."""

    transition: str
    numbers: tuple[int, ...] = field(default=(0,) * (len(AGE_BOUNDS) + 1))

    @property
    def total(self) -> int:
        return sum(self.numbers)


def aged(ages: Iterable[tuple[str, int]]) -> list[Aged]:
    """Requests given as (move, days since asked), by move and bucket; moves in their order."""
    found: dict[str, list[int]] = {}
    for transition, days in ages:
        numbers = found.setdefault(transition, [0] * (len(AGE_BOUNDS) + 1))
        numbers[bucket_of(days)] += 1
    return [Aged(move, tuple(found[move])) for move in sorted(found, key=_order)]


def bucket_of(days: int) -> int:
    """Which bucket so many days fall in, from 0."""
    return sum(days > bound for bound in AGE_BOUNDS)


def _order(transition: str) -> tuple[int, str]:
    """`T2` before `T10`."""
    digits = "".join(char for char in transition if char.isdigit())
    return int(digits or 0), transition


def added(rows: Iterable[tuple[int, Kept]]) -> Mapping[int, Kept]:
    """The sums by key."""
    found: dict[int, Kept] = {}
    for key, kept in rows:
        found[key] = found.get(key, Kept()) + kept
    return found
