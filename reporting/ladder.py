"""The value ladder: from what is identified to what is validated, against the target; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from initiatives.choices import AmountName
from kpis.choices import EffectKind
from kpis.figures.rules import VALUE_KINDS, Amounts
from kpis.rates.rules import ROUNDING
from kpis.targets.rules import Gap
from reporting.targets import TargetLine

ZERO = Decimal(0)
RUNGS = (
    AmountName.IDENTIFIED,
    AmountName.HARDENED,
    AmountName.BANKABLE,
    AmountName.VALIDATED,
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One amount, and what part of the target it is; None where there is no target."""

    name: AmountName
    amount: Decimal | None
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The amounts of one kind of the headline metric against the target of a fiscal year.

    `gap` is None where no target is in force; `year` is the year of the target, else the one asked
    for.
    """

    kind: EffectKind
    amounts: Amounts
    year: int
    gap: Gap | None

    @property
    def target(self) -> Decimal | None:
        return None if self.gap is None else self.gap.target

    @property
    def rungs(self) -> list[Rung]:
        found = [(name, getattr(self.amounts, name.value)) for name in RUNGS]
        return [Rung(name, amount, self._share(amount)) for name, amount in found]

    @property
    def tallest(self) -> Decimal:
        """The longest bar; more than nothing."""
        sizes = [abs(rung.amount or ZERO) for rung in self.rungs]
        return max([*sizes, self.target or ZERO, Decimal(1)])

    @property
    def undecided(self) -> Decimal:
        """What is identified and not bankable yet."""
        return ROUNDING.subtract(self.amounts.identified, self.amounts.bankable)

    @property
    def is_empty(self) -> bool:
        return self.gap is None and not any(rung.amount for rung in self.rungs)

    def _share(self, amount: Decimal | None) -> Decimal | None:
        if amount is None or not self.target:
            return None
        return ROUNDING.divide(amount, self.target)


def ladders(
    headline: Mapping[str, Amounts], targets: Sequence[TargetLine], metric: str, year: int
) -> list[Ladder]:
    """One ladder for each kind, the one that matters most first: with a target, else the larger."""
    found = [_ladder(kind, headline[kind.value], targets, metric, year) for kind in VALUE_KINDS]
    return sorted(found, key=lambda one: (one.gap is None, -abs(one.amounts.identified)))


def _ladder(
    kind: EffectKind, amounts: Amounts, targets: Sequence[TargetLine], metric: str, year: int
) -> Ladder:
    own = {
        line.fiscal_year: line.own.gap
        for line in targets
        if line.own is not None and (line.metric, line.kind) == (metric, kind.value)
    }
    told = told_year(sorted(own), year)
    return Ladder(kind, amounts, told or year, None if told is None else own[told])


def told_year(years: Sequence[int], year: int) -> int | None:
    """The year itself where it has a target, else the next one that has, else the last before."""
    later = [one for one in years if one >= year]
    return later[0] if later else (years[-1] if years else None)
