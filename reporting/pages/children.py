"""The nodes below a place: lights, amounts against target, money at risk, twelve months."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.ui.format import NOTHING
from governance.ui.parts import Column
from kpis.choices import EffectKind, Series
from kpis.figures.choices import Lamp
from kpis.pages.charts import month_label
from kpis.rates.rules import ROUNDING
from kpis.rules import MONTHS, Month, fiscal_year, months_of_fiscal_year
from reporting.behind.figures import Figure
from reporting.ladder import told_year
from reporting.node_lights import NodeLights
from reporting.pages.asked import PageFrame
from reporting.pages.charts import year_labels
from reporting.rollups.children import Child
from reporting.rules import wide_sum, year_table
from reporting.selectors import Overview

LampOfLight = tuple[str, str, str]
LinkedAmount = tuple[Decimal | None, str]
# A page shows so many nodes; its file and the API tell of more.
MOST_ON_PAGE = 12


@dataclass(frozen=True, slots=True)
class Trend:
    """Twelve months as a small line, with what they are of."""

    values: Sequence[Decimal | None]
    label: str
    tone: str
    first: Month
    last: Month


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One node as the table shows it; without a target there is no gap."""

    node: Node
    measures: int
    measures_url: str
    lights: Sequence[LampOfLight]
    target: Decimal | None
    target_year: int | None
    targets_url: str
    bankable: Decimal
    bankable_url: str
    validated: Decimal | None
    validated_url: str
    gap: Decimal | None
    at_risk: Decimal
    at_risk_url: str
    trend: Trend | None
    trend_url: str
    years: Sequence[LinkedAmount]
    total: LinkedAmount

    @property
    def is_reached(self) -> bool:
        """Whether as much is bankable as was asked for."""
        return self.gap is not None and self.gap <= 0


def shown_lights(lights: NodeLights) -> list[LampOfLight]:
    """Name, lamp and word of each light of a node."""
    return [(str(name.label), lamp.value, str(Lamp(lamp).label)) for name, lamp in lights.items()]


def child_rows(
    overview: Overview, frame: PageFrame, kind: EffectKind, year: int, now: Month
) -> list[ChildRow]:
    """The rows of the table, in the order in which they came: most money at risk first."""
    start = frame.tenant.fiscal_year_start
    return [
        _row(child, frame, kind, year, trend_of(child, now, start), overview.by_class.years)
        for child in overview.children.shown[:MOST_ON_PAGE]
    ]


def _row(
    child: Child,
    frame: PageFrame,
    kind: EffectKind,
    year: int,
    trend: Trend | None,
    years: Sequence[int],
) -> ChildRow:
    of_kind = {one.fiscal_year: one for one in child.targets if one.kind == kind}
    told = told_year(sorted(of_kind), year)
    target = None if told is None else of_kind[told].amount
    amounts = child.amounts[kind]
    plan = child.months.get(Series.PLAN, {})
    table = year_table((("", month, amount) for month, amount in plan.items()), frame.start)
    of_child = table.rows.get("", {})
    own = frame.of_node(child.node)
    return ChildRow(
        node=child.node,
        measures=child.measures,
        measures_url=own.measures(),
        lights=shown_lights(child.lights),
        target=target,
        target_year=told,
        targets_url=reverse("reporting:node-targets", args=[frame.tenant.slug, child.node.code]),
        bankable=amounts.bankable,
        bankable_url=own.behind(Figure.BANKABLE, kind=kind.value),
        validated=amounts.validated,
        validated_url=own.behind(Figure.VALIDATED, kind=kind.value),
        gap=None if target is None else ROUNDING.subtract(target, amounts.bankable),
        at_risk=child.at_risk,
        at_risk_url=own.behind(Figure.AT_RISK),
        trend=trend,
        trend_url=own.behind(Figure.CURVE, **{"from": str(trend.first), "to": str(trend.last)})
        if trend
        else "",
        years=[(of_child.get(one), own.plan_of(one)) for one in years],
        total=(wide_sum(of_child.values()), own.behind(Figure.PLAN)),
    )


def trend_of(child: Child, now: Month, start: int) -> Trend | None:
    """What was validated in the last twelve months, else the forecast of this fiscal year.

    None where neither has anything.
    """
    lately = [now.plus(ago) for ago in range(1 - MONTHS, 1)]
    this_year = months_of_fiscal_year(fiscal_year(now, start), start)
    for series, months, tone in (
        (Series.ACTUAL_VALIDATED, lately, "green"),
        (Series.FORECAST, this_year, ""),
        (Series.PLAN, this_year, ""),
    ):
        values = [child.months.get(series, {}).get(month) for month in months]
        if any(value is not None for value in values):
            span = f"{month_label(months[0])} {NOTHING} {month_label(months[-1])}"
            return Trend(values, f"{series.label}, {span}", tone, months[0], months[-1])
    return None


def children_context(
    overview: Overview, frame: PageFrame, kind: EffectKind, year: int, now: Month, label: str
) -> dict[str, Any]:
    """The table of the nodes below; `label` is their level, empty for none."""
    rows, tenant = child_rows(overview, frame, kind, year, now), frame.tenant
    table = overview.by_class
    return {
        "children": rows,
        "children_left": overview.children.total - len(rows),
        "has_children": bool(label),
        "child_columns": _columns(label, any(row.target is not None for row in rows)),
        "has_targets": any(row.target is not None for row in rows),
        "children_csv": frame.address("children-csv"),
        "year_columns": _year_columns(label, overview, tenant),
        "year_totals": [(table.totals[one], frame.plan_of(one)) for one in table.years],
        "table_total": table.total,
    }


def _columns(label: str, has_targets: bool) -> list[Column]:  # noqa: FBT001  # whether any row has one
    hint = _("From the measures below, by what they hold of the value (L5)")
    targets = [
        Column("target", _("Target amount"), numeric=True),
        Column("gap", _("Gap"), hint=_("target less bankable"), numeric=True),
    ]
    first, last = targets if has_targets else (None, None)
    columns = [
        Column("child", label or _("Total")),
        Column("lights", _("Lights"), hint=hint),
        first,
        Column("bankable", _("Bankable"), hint=_("decided and beyond"), numeric=True),
        Column("validated", _("Validated"), hint=_("proven by finance"), numeric=True),
        last,
        Column("risk", _("At risk"), hint=_("recurring and one-off by size"), numeric=True),
        Column("trend", _("Twelve months"), hint=_("validated, else forecast, else plan")),
        Column("measures", _("Measures"), numeric=True),
    ]
    return [column for column in columns if column is not None]


def _year_columns(label: str, overview: Overview, tenant: Tenant) -> list[Column]:
    years = year_labels(overview.by_class, tenant)
    return [
        Column("child", label or _("Total")),
        *(Column(one, one, numeric=True) for one in years),
        Column("total", _("All years"), numeric=True),
    ]
