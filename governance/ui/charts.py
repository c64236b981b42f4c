"""Charts as values: what is drawn, the exact table behind it, and the JSON the browser reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from governance.ui.format import SCALES, exact, number, percent, scaled, style_for, total


class Kind(StrEnum):
    """The shapes the browser knows how to draw."""

    STACKED = "bar-stacked"
    BAR = "bar"
    LINE = "line"
    AREA = "area"
    # The first and the last figure are totals, those between lead from the one to the other.
    WATERFALL = "waterfall"


class Unit(StrEnum):
    """What the figures of a chart count."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Series:
    """One named row of figures; None is a point that has no figure, not zero."""

    name: str
    values: Sequence[Decimal | None]
    tone: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An upright line at a category, such as today; the table says its name beside the category."""

    at: int
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One category of the table behind a chart, with its link and its figures as text."""

    label: str
    url: str
    cells: Sequence[str]
    total: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its exact table; totals are Decimal sums made here, never in the browser."""

    id: str
    kind: Kind | str
    title: str
    categories: Sequence[str]
    series: Sequence[Series]
    currency: str = ""
    unit: Unit | str = Unit.MONEY
    description: str = ""
    csv_url: str = ""
    show_totals: bool = True
    links: Sequence[str] = field(default_factory=tuple)
    marks: Sequence[Mark] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Say whether there is any figure to draw."""
        return all(value is None for series in self.series for value in series.values)

    @property
    def has_totals(self) -> bool:
        """Say whether summing across series means anything: only where they are stacked."""
        return self.show_totals and self.kind == Kind.STACKED

    def totals(self) -> list[Decimal | None]:
        """Sum each category over its series; a category without any figure stays None."""
        return [total(column) for column in self._columns()]

    def rows(self, language: str) -> list[Row]:
        """Write the table behind the chart, one row per category, exact figures."""
        totals = self.totals()
        links = [*self.links, *[""] * len(self.categories)]
        marks = {mark.at: mark.label for mark in self.marks}
        return [
            Row(
                label,
                links[index],
                [self._text(value, language) for value in column],
                self._text(totals[index], language),
                marks.get(index, ""),
            )
            for index, (label, column) in enumerate(
                zip(self.categories, self._columns(), strict=True)
            )
        ]

    def foot(self, language: str) -> list[str]:
        """Write the sums under the table, one per series and the grand total."""
        sums = [total(series.values) for series in self.series]
        return [self._text(value, language) for value in [*sums, total(sums)]]

    def payload(self, language: str) -> dict[str, Any]:
        """Return what the browser draws: figures as decimal strings, texts ready to print."""
        style = style_for(language)
        scales = [[str(size), style.names[name]] for name, size in reversed(SCALES.items()) if name]
        return {
            "kind": str(self.kind),
            "unit": str(self.unit),
            "currency": self.currency,
            "categories": list(self.categories),
            "links": list(self.links),
            "marks": [{"at": mark.at, "label": mark.label} for mark in self.marks],
            "series": [
                {
                    "name": series.name,
                    "tone": series.tone,
                    "dashed": series.dashed,
                    "values": [None if v is None else f"{v:f}" for v in series.values],
                    "texts": [self._text(v, language) for v in series.values],
                }
                for series in self.series
            ],
            "totals": [None if v is None else f"{v:f}" for v in self.totals()]
            if self.has_totals
            else None,
            "total_texts": [self._text(v, language) for v in self.totals()],
            "total_labels": [self._label(v, language) for v in self.totals()],
            "format": {"point": style.point, "group": style.group, "scales": scales},
        }

    def _columns(self) -> list[tuple[Decimal | None, ...]]:
        return list(zip(*(series.values for series in self.series), strict=True)) or [
            () for _ in self.categories
        ]

    def _label(self, value: Decimal | None, language: str) -> str:
        short = self.unit == Unit.MONEY and value is not None
        return scaled(value, language) if short else self._text(value, language)

    def _text(self, value: Decimal | None, language: str) -> str:
        if self.unit == Unit.PERCENT:
            return percent(value, language, places=1)
        if self.unit == Unit.COUNT:
            return number(value, language)
        return exact(value, language)
