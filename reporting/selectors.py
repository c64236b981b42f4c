"""Roll-ups of any place in the tree, and the figures of the portfolio page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from django.utils import timezone

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import node_by_code
from initiatives.choices import Overlay, Stage
from kpis.choices import EffectClass, Series
from kpis.figures.leakage import Leakage
from kpis.figures.rules import Amounts, Net
from kpis.figures.selectors import clock_of
from kpis.models import Metric
from kpis.rates.choices import RateBasis
from kpis.rates.rules import ROUNDING, Key
from reporting.conversion import Conversion, conversion
from reporting.facts import (
    counts_by_child,
    measure_counts,
    month_lines,
    months_without_rate,
    plan_by_child,
    stage_weights,
)
from reporting.rules import (
    MonthLine,
    Months,
    ValueLine,
    YearTable,
    amounts_by_line,
    at_risk,
    degree_by_value,
    degree_of_counts,
    headline,
    leakage_by_line,
    measures_by,
    months_of,
    net_by_line,
    wide_sum,
    year_table,
)
from reporting.value_facts import size_lines, value_lines

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RollUp:
    """Everything known below a place; what the product cannot derive yet is None."""

    code: str
    level: str
    currency: str
    by_stage: dict[Stage, int]
    by_overlay: dict[Overlay, int]
    degree_by_count: Decimal | None
    degree_by_value: Decimal | None
    amounts: dict[str, dict[str, dict[str, Amounts]]]
    headline: dict[str, Amounts]
    net: list[Net]
    leakage: dict[str, dict[str, Leakage]]
    at_risk: dict[str, Decimal]
    months: dict[Series, Months]
    months_by_class: dict[Series, dict[EffectClass, Months]]
    headline_plan: list[MonthLine]
    rates: Conversion
    as_published: bool
    unconverted: dict[str, Decimal]
    missing: list[Key]
    computed_at: datetime

    @property
    def measures(self) -> int:
        return sum(self.by_stage.values())

    @property
    def plan_total(self) -> Decimal:
        return wide_sum(self.months.get(Series.PLAN, {}).values())


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One node under the place shown, with its plan by fiscal year."""

    node: Node
    measures: int
    years: list[Decimal | None]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Overview:
    """A place with its roll-up, and its plan by fiscal year split by class and by child."""

    roll_up: RollUp
    by_class: YearTable
    by_child: YearTable
    children: list[ChildRow]


def roll_up_by_code(
    code: str,
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    as_published: bool = False,
) -> RollUp:
    """The roll-up of a visible node, or of the tenant by its slug; raises `NotVisible`."""
    node, rates = node_by_code(code, by=by), conversion(basis, tenant)
    return roll_up(
        [node.path], node.code, node.known_level, tenant, rates, as_published=as_published
    )


def roll_up(
    paths: Sequence[str],
    code: str,
    level: Level,
    tenant: Tenant,
    rates: Conversion,
    *,
    as_published: bool = False,
) -> RollUp:
    """Sums below the paths: six queries, those of the clock, and one for lacking rates (V8)."""
    weights, clock = stage_weights(), clock_of(tenant, as_published=as_published)
    counts = measure_counts(paths, weights)
    every_line = value_lines(paths, weights, tenant, clock, rates)
    sizes = size_lines(paths, weights, tenant, clock, rates)
    lines = [line for line in every_line if line.currency in {"", tenant.currency}]
    by_stage, by_overlay = measures_by(counts)
    by_count, by_value = degree_of_counts(counts), degree_by_value(sizes)
    with localcontext(ROUNDING):  # wide enough that no sum of converted amounts is rounded
        months = month_lines(paths, rates, as_published=as_published)
        by_month = months_of(months, tenant.headline_metric)
        unconverted = _unconverted(every_line, tenant.currency)
        return RollUp(
            code=code,
            level=level.word,
            currency=tenant.currency,
            by_stage=by_stage,
            by_overlay=by_overlay,
            degree_by_count=by_count,
            degree_by_value=by_value,
            amounts=amounts_by_line(lines),
            headline=headline(lines, tenant.headline_metric),
            net=net_by_line(lines),
            leakage=leakage_by_line(lines),
            at_risk=at_risk(sizes),
            months=by_month.pooled,
            months_by_class=by_month.by_class,
            headline_plan=by_month.headline_plan,
            rates=rates,
            as_published=as_published,
            unconverted=unconverted,
            missing=months_without_rate(paths, rates) if unconverted else [],
            computed_at=timezone.now(),
        )


def _unconverted(lines: Sequence[ValueLine], currency: str) -> dict[str, Decimal]:
    """Value in currencies for which no rate is known yet; it stands beside the totals (V8)."""
    totals: dict[str, Decimal] = {}
    for line in lines:
        if line.currency not in {"", currency} and not line.kind.is_cost:
            totals[line.currency] = totals.get(line.currency, ZERO) + line.share.value
    return totals


def portfolio_paths(by: Actor) -> tuple[str, ...]:
    """The places a person's portfolio page adds up; raises `NotVisible` if there is none."""
    paths = by.scope.paths(Permission.TREE_VIEW)
    if not paths:
        raise NotVisible
    return paths


def portfolio_overview(
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    as_published: bool = False,
) -> Overview:
    """All a person may see in the tenant, by class and by program."""
    paths, rates = portfolio_paths(by), conversion(basis, tenant)
    figures = roll_up(paths, tenant.slug, Level.TENANT, tenant, rates, as_published=as_published)
    return _overview(figures, paths, Level.PROGRAM, tenant, by)


def node_overview(
    node: Node,
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    as_published: bool = False,
) -> Overview:
    """A node's roll-up, and its plan by class and by its children."""
    paths = (node.path,)
    level, rates = node.known_level, conversion(basis, tenant)
    figures = roll_up(paths, node.code, level, tenant, rates, as_published=as_published)
    child = node.known_level.child or node.known_level
    return _overview(figures, paths, child, tenant, by)


def _overview(
    figures: RollUp, paths: Sequence[str], level: Level, tenant: Tenant, by: Actor
) -> Overview:
    start = tenant.fiscal_year_start
    by_class = year_table(
        ((x.effect_class.value, x.month, x.amount) for x in figures.headline_plan), start
    )
    depth = level.value + 1
    lines = plan_by_child(paths, tenant.headline_metric, depth, figures.rates)
    by_child = year_table(((str(x.child_id), x.month, x.amount) for x in lines), start)
    return Overview(figures, by_class, by_child, _child_rows(paths, level, by_child, by))


def _child_rows(paths: Sequence[str], level: Level, table: YearTable, by: Actor) -> list[ChildRow]:
    """Nodes of one level below the paths, and those above a person's places only by their share."""
    counts = counts_by_child(paths, level.value + 1)
    wanted = below(paths)
    nodes = Node.objects.filter(level=level).filter(wanted).select_related("owner__user")
    rows = []
    for node in nodes.order_by("sort_key", "id"):
        if not by.sees(node.path):
            continue
        years = table.rows.get(str(node.pk), {})
        rows.append(
            ChildRow(
                node,
                counts.get(node.pk, 0),
                [years.get(year) for year in table.years],
                wide_sum(years.values()),
            )
        )
    return rows


def headline_name(tenant: Tenant) -> str:
    """The headline metric's name, or its code where the tenant has not set it up."""
    name = Metric.objects.filter(code=tenant.headline_metric).values_list("name", flat=True).first()
    return name or tenant.headline_metric
