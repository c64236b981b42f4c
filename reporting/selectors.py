"""Roll-ups of any place in the tree, and the figures of the portfolio page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from django.utils import timezone

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from initiatives.choices import Overlay, Stage
from kpis.choices import EffectClass, Series
from kpis.figures.leakage import Leakage
from kpis.figures.rules import Amounts, Net
from kpis.models import Metric
from kpis.rates.choices import RateBasis
from kpis.rates.rules import ROUNDING, Key
from reporting.conversion import Conversion, conversion
from reporting.curve import by_series
from reporting.facts import stage_weights
from reporting.funnel import FunnelStep, funnel
from reporting.node_lights import NodeLights
from reporting.rollups.children import Children, read_children
from reporting.rollups.reading import USUAL, Facts, Reading, read_facts
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
    stage_ages,
    wide_sum,
    year_table,
)
from reporting.targets import TargetLine, target_lines

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RollUp:
    """Everything known below a place; what the product cannot derive yet is None."""

    code: str
    level: str
    currency: str
    metric: str
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
    targets: list[TargetLine]
    # Where the figures come from, for what shows their parts.
    facts: Facts = field(compare=False)

    @property
    def lights(self) -> NodeLights:
        return self.facts.lights

    @property
    def computed_at(self) -> datetime:
        return self.facts.computed_at

    @property
    def is_current(self) -> bool:
        """Whether nothing that was changed is still on its way."""
        return self.facts.is_current

    @property
    def stage_ages(self) -> dict[Stage, int | None]:
        """Whole days that live measures have been at each stage, on average; None without any."""
        return stage_ages(self.facts.counts, timezone.now())

    @property
    def funnel(self) -> list[FunnelStep]:
        """The stages with what stands at each, and what went on, of the headline metric."""
        lines = [line for line in self.facts.lines if line.currency in {"", self.currency}]
        return funnel(self.facts.counts, lines, self.metric, timezone.now())

    @property
    def headline_months(self) -> dict[Series, Months]:
        """The months of the headline metric by series, all classes: what an S-curve adds up."""
        return by_series(self.facts.months, self.metric)

    @property
    def measures(self) -> int:
        return sum(self.by_stage.values())

    @property
    def plan_total(self) -> Decimal:
        return wide_sum(self.months.get(Series.PLAN, {}).values())


@dataclass(frozen=True, slots=True)
class Overview:
    """A place with its roll-up, its plan by fiscal year split by class, and the nodes below it."""

    roll_up: RollUp
    by_class: YearTable
    children: Children


def roll_up_by_code(
    code: str,
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    how: Reading = USUAL,
) -> RollUp:
    """The roll-up of a visible node, or of the tenant by its slug; raises `NotVisible`."""
    return roll_up_of(node_by_code(code, by=by), tenant, basis, how)


def roll_up_of(
    node: Node, tenant: Tenant, basis: RateBasis = RateBasis.PLAN, how: Reading = USUAL
) -> RollUp:
    """The roll-up of a node."""
    rates = conversion(basis, tenant)
    return roll_up([node.path], node.code, node.known_level, tenant, rates, how)


def roll_up(
    paths: Sequence[str],
    code: str,
    level: Level,
    tenant: Tenant,
    rates: Conversion,
    how: Reading = USUAL,
) -> RollUp:
    """Sums over everything below the paths, in a fixed number of queries (`read_facts`).

    As it was published leaves restatements out (V4). Of some measures alone there are no targets.
    """
    weights, headline_metric = stage_weights(), tenant.headline_metric
    facts = read_facts(paths, tenant, rates, weights, how)
    lines = [line for line in facts.lines if line.currency in {"", tenant.currency}]
    by_stage, by_overlay = measures_by(facts.counts)
    by_count, by_value = degree_of_counts(facts.counts), degree_by_value(facts.sizes)
    with localcontext(ROUNDING):  # wide enough that no sum of converted amounts is rounded
        amounts = amounts_by_line(lines)
        by_month = months_of(facts.months, headline_metric)
        unconverted = _unconverted(facts.lines, tenant.currency)
        return RollUp(
            code=code,
            level=level.word,
            currency=tenant.currency,
            metric=headline_metric,
            by_stage=by_stage,
            by_overlay=by_overlay,
            degree_by_count=by_count,
            degree_by_value=by_value,
            amounts=amounts,
            headline=headline(lines, headline_metric),
            net=net_by_line(lines),
            leakage=leakage_by_line(lines),
            at_risk=at_risk(facts.sizes),
            months=by_month.pooled,
            months_by_class=by_month.by_class,
            headline_plan=by_month.headline_plan,
            rates=rates,
            as_published=how.as_published,
            unconverted=unconverted,
            missing=facts.missing if unconverted else [],
            targets=target_lines(paths, amounts, tenant) if how.only is None else [],
            facts=facts,
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


def portfolio_roll_up(
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    how: Reading = USUAL,
) -> RollUp:
    """The roll-up of all a person may see in the tenant."""
    rates = conversion(basis, tenant)
    return roll_up(portfolio_paths(by), tenant.slug, Level.TENANT, tenant, rates, how)


def portfolio_overview(
    *,
    tenant: Tenant,
    by: Actor,
    basis: RateBasis = RateBasis.PLAN,
    how: Reading = USUAL,
) -> Overview:
    """All a person may see in the tenant, by class and by program."""
    figures = portfolio_roll_up(tenant=tenant, by=by, basis=basis, how=how)
    return _overview(figures, portfolio_paths(by), Level.PROGRAM, tenant, how)


def node_overview(
    node: Node,
    *,
    tenant: Tenant,
    basis: RateBasis = RateBasis.PLAN,
    how: Reading = USUAL,
) -> Overview:
    """A node's roll-up, and its plan by class and by its children."""
    figures = roll_up_of(node, tenant, basis, how)
    child = node.known_level.child or node.known_level
    return _overview(figures, (node.path,), child, tenant, how)


def plan_by_class(figures: RollUp, tenant: Tenant) -> YearTable:
    """The headline metric's plan by fiscal year, split by class; no query."""
    return year_table(
        ((x.effect_class.value, x.month, x.amount) for x in figures.headline_plan),
        tenant.fiscal_year_start,
    )


def _overview(
    figures: RollUp, paths: Sequence[str], level: Level, tenant: Tenant, how: Reading
) -> Overview:
    children = read_children(paths, level, figures.facts, tenant, figures.rates, how)
    return Overview(figures, plan_by_class(figures, tenant), children)


def headline_name(tenant: Tenant) -> str:
    """The headline metric's name, or its code where the tenant has not set it up."""
    name = Metric.objects.filter(code=tenant.headline_metric).values_list("name", flat=True).first()
    return name or tenant.headline_metric
