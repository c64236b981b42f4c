"""Arithmetic of targets: what is missing, and how the parts stand to the whole (H7); pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kpis.rates.rules import ROUNDING

REASON_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Gap:
    """A target beside what is bankable of its metric and kind.

    `bankable` is all classes, `hard` the part that shows in the books: avoidance never enters an
    EBITDA total (V7), so that both gaps are told.
    """

    target: Decimal
    bankable: Decimal = Decimal(0)
    hard: Decimal = Decimal(0)

    @property
    def missing(self) -> Decimal:
        """Target - bankable; negative where more is bankable than was asked for."""
        return ROUNDING.subtract(self.target, self.bankable)

    @property
    def missing_hard(self) -> Decimal:
        """The same counting hard value alone."""
        return ROUNDING.subtract(self.target, self.hard)

    @property
    def reached(self) -> Decimal | None:
        """Bankable as a share of the target; None where nothing was asked for."""
        return ROUNDING.divide(self.bankable, self.target) if self.target else None


@dataclass(frozen=True, slots=True)
class Spread:
    """A node's own target beside those of the nodes right below it; None where there is none."""

    own: Decimal | None
    below: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """What of the own target no child was given; negative where they were given more."""
        if self.own is None or self.below is None:
            return None
        return ROUNDING.subtract(self.own, self.below)


def total_below(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The targets of children added up; None where none of them has one."""
    total: Decimal | None = None
    for amount in amounts:
        if amount is not None:
            total = amount if total is None else ROUNDING.add(total, amount)
    return total
