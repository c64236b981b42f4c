"""The panel of figures on a measure's value tab: F3 to F7 as of the last closed month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from governance.ui.parts import Column
from kpis.choices import EffectClass, EffectKind
from kpis.figures.choices import LeakageReason
from kpis.figures.leakage import leakage_total
from kpis.figures.rules import Key
from kpis.figures.sheet import Sheet, SheetLine
from kpis.pages.charts import month_label
from kpis.rules import year_label


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of the table: what is added, its amounts in the order of the columns, a note."""

    title: str
    note: str
    amounts: Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Leaked:
    """The leakage of one metric and class by reason, with its total."""

    title: str
    parts: Sequence[tuple[str, Decimal]]
    total: Decimal


def figures_context(sheet: Sheet) -> dict[str, Any]:
    """Context of `kpis/_figures.html`."""
    year = year_label(sheet.year, sheet.clock.fiscal_start)
    return {
        "figure_columns": _columns(year),
        "figure_rows": [_row(line) for line in sheet.lines],
        "net_values": [
            net for net in sheet.net if net.value or net.one_time_cost or net.running_cost
        ],
        "leaked": [row for row in map(_leaked, sheet.lines) if row is not None],
        "at_risk": [(str(kind.label), amount) for kind, amount in sheet.at_risk.items() if amount],
        "currency": sheet.clock.currency,
        "figures_as_of": month_label(sheet.clock.latest),
        "converted": ", ".join(sheet.converted),
        "without_rate": ", ".join(sheet.without_rate),
    }


def _columns(year: str) -> list[Column]:
    after = _("What of the full year falls after %(year)s") % {"year": year}
    names = [
        ("value", _("Promised"), _("12 months from run-rate start; one-off: all months")),
        ("full_year", _("Expected, full year"), _("The forecast; before the decision the plan")),
        ("in_year", _("Expected in %(year)s") % {"year": year}, ""),
        ("carry_over", _("Carry-over"), after),
        ("plan_to_date", _("Plan to date"), ""),
        ("validated_to_date", _("Validated to date"), ""),
        ("validated", _("Validated run-rate"), _("12 times the mean of the last 3 months")),
        ("exit_rate", _("Exit rate"), _("12 times the last closed month, validated")),
        ("smoothed", _("Smoothed"), _("4 times the last three closed months, validated")),
    ]
    amounts = [Column(name, label, hint=hint, numeric=True) for name, label, hint in names]
    return [Column("effects", _("Effects")), *amounts]


def _row(line: SheetLine) -> FigureRow:
    amounts = line.amounts
    notes = []
    if line.is_partial:
        notes.append(_("partial: the plan is shorter than a year"))
    if amounts.is_short:
        notes.append(_("run-rate from fewer than 3 months"))
    recurs = line.key.kind is EffectKind.RECURRING
    value = amounts.identified or amounts.parked
    return FigureRow(
        title=title_of(line.key),
        note=", ".join(notes),
        amounts=[
            value,
            line.full_year,
            line.in_year,
            line.carry_over,
            amounts.plan_to_date,
            amounts.validated_to_date,
            amounts.validated if recurs else None,
            line.exit_rate,
            line.smoothed,
        ],
    )


def title_of(key: Key) -> str:
    """`EBITDA, EUR: Recurring, Hard savings`; a cost has no class to tell."""
    kind = str(key.kind.label)
    words = kind if key.kind.is_cost else f"{kind}, {EffectClass(key.effect_class).label}"
    place = f"{key.metric}, {key.unit}" if key.unit and key.unit != key.metric else key.metric
    return f"{place}: {words}"


def _leaked(line: SheetLine) -> Leaked | None:
    leakage = leakage_total([line.leakage])
    if leakage is None:
        return None
    parts = [
        (str(LeakageReason(reason).label), amount) for reason, amount in leakage.items() if amount
    ]
    return Leaked(title_of(line.key), parts, sum(leakage.values(), Decimal(0)))
