"""Figures that can be taken apart, and what one line of facts puts into each; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from initiatives.choices import Overlay, Stage
from initiatives.rules import is_live
from kpis.choices import EffectClass, EffectKind, Series
from kpis.figures.choices import LeakageReason
from kpis.figures.rules import VALUE_KINDS, Amounts, net_parts
from kpis.rates.rules import ROUNDING
from kpis.rules import Month
from reporting.curve import OF_CURVE
from reporting.rules import MonthLine, SizeLine, ValueLine

ZERO = Decimal(0)
# What one row puts into each column, by the name of the column.
Parts = dict[str, Decimal]
Part = tuple[str, Decimal]


class Figure(models.TextChoices):
    """What a page of a place shows of the headline metric."""

    IDENTIFIED = "identified", _("Identified")
    UNDECIDED = "undecided", _("Not decided yet")
    HARDENED = "hardened", _("Hardened")
    BANKABLE = "bankable", _("Bankable")
    VALIDATED = "validated", _("Validated")
    PARKED = "parked", _("Parked")
    TO_DATE = "validated_to_date", _("Validated to date")
    VALUE = "value", _("Value at a stage")
    DEGREE = "degree", _("Degree of implementation")
    AT_RISK = "at_risk", _("Value at risk")
    LEAKAGE = "leakage", _("Leakage to date")
    NET = "net", _("Net value")
    CURVE = "curve", _("Months added up")
    PLAN = "plan", _("Plan by class")


AMOUNTS = {
    Figure.IDENTIFIED,
    Figure.HARDENED,
    Figure.BANKABLE,
    Figure.VALIDATED,
    Figure.PARKED,
    Figure.TO_DATE,
}
OF_SIZES = {Figure.DEGREE, Figure.AT_RISK}
OF_MONTHS = {Figure.CURVE, Figure.PLAN}
SIZE, WEIGHED = "size", "weighed"
# Figures of several parts; the others have one, which is called as they are.
COLUMNS: dict[Figure, tuple[str, ...]] = {
    Figure.DEGREE: (SIZE, WEIGHED),
    Figure.LEAKAGE: (*LeakageReason.values, Figure.LEAKAGE.value),
    Figure.NET: ("value", "hard", "one_time_cost", "running_cost", "net_hard", "net"),
    Figure.CURVE: tuple(series.value for series in OF_CURVE),
    Figure.PLAN: (*EffectClass.values, Figure.PLAN.value),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which figure, narrowed to one kind, stage, overlay or span of months; None for all."""

    figure: Figure
    kind: EffectKind | None = None
    stage: Stage | None = None
    overlay: Overlay | None = None
    first: Month | None = None
    last: Month | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its parts, in the order in which they are shown."""
        return COLUMNS.get(self.figure, (self.figure.value,))

    @property
    def lead(self) -> str:
        """The column that rows are sorted by."""
        return self.columns[0 if self.figure in {Figure.CURVE, Figure.DEGREE} else -1]

    def holds(self, month: Month) -> bool:
        """Whether a month lies in the span."""
        is_after = self.first is None or month >= self.first
        return is_after and (self.last is None or month <= self.last)


def added(lines: Iterable[tuple[int, Iterable[Part]]]) -> dict[int, Parts]:
    """The columns of each row, added up without rounding; rows with nothing are left out."""
    found: dict[int, Parts] = {}
    for key, parts in lines:
        row = found.setdefault(key, {})
        for name, amount in parts:
            row[name] = ROUNDING.add(row.get(name, ZERO), amount)
    return {key: row for key, row in found.items() if any(row.values())}


def total_of(rows: Iterable[Parts]) -> Parts:
    """All rows together."""
    return added((0, row.items()) for row in rows).get(0, {})


def parts_of_line(line: ValueLine, wanted: Wanted) -> Iterator[Part]:
    """What effects alike put into an amount, into leakage or into a net value (F3, F5, F7)."""
    figure, share = wanted.figure, line.share
    if figure is Figure.LEAKAGE:
        for reason, amount in (line.leakage or {}).items():
            yield reason.value, amount
            yield Figure.LEAKAGE.value, amount
    elif figure is Figure.NET:
        yield from _net(line)
    elif _counts(line, wanted):
        if figure is Figure.VALUE:
            yield figure.value, share.value
            return
        amounts = Amounts()
        amounts.add(share)
        if figure is Figure.UNDECIDED:
            yield figure.value, ROUNDING.subtract(amounts.identified, amounts.bankable)
        else:
            yield figure.value, getattr(amounts, figure.value) or ZERO


def _counts(line: ValueLine, wanted: Wanted) -> bool:
    share = line.share
    kinds = VALUE_KINDS if wanted.kind is None else (wanted.kind,)
    return (
        share.kind in kinds
        and wanted.stage in {None, share.stage}
        and wanted.overlay in {None, share.overlay}
    )


def _net(line: ValueLine) -> Iterator[Part]:
    if line.expected is None:
        return
    sign = -1 if line.kind.is_cost else 1
    counts_in = net_parts(line.kind, line.effect_class)
    for name in counts_in:
        yield name, line.expected
    yield "net", sign * line.expected
    if line.kind.is_cost or "hard" in counts_in:
        yield "net_hard", sign * line.expected


def parts_of_size(line: SizeLine, wanted: Wanted) -> Iterator[Part]:
    """What measures alike put into value at risk, or into the degree by value (F2, F6)."""
    if wanted.kind not in {None, line.kind}:
        return
    if wanted.figure is Figure.AT_RISK:
        yield Figure.AT_RISK.value, line.at_risk
    elif is_live(line.overlay):
        yield SIZE, line.size
        yield WEIGHED, ROUNDING.multiply(line.size, line.weight)


def parts_of_month(line: MonthLine, wanted: Wanted) -> Iterator[Part]:
    """What a month puts into the S-curve by series, or into the plan by class."""
    if not wanted.holds(line.month):
        return
    if wanted.figure is Figure.CURVE:
        yield line.series, line.amount
    elif line.series == Series.PLAN:
        yield line.effect_class.value, line.amount
        yield Figure.PLAN.value, line.amount
