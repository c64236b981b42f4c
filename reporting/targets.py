"""Targets beside what is bankable: of a node with its children, and of a person's gaps (H7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from governance.tenancy.models import Tenant
from kpis.figures.rules import Amounts
from kpis.models import Target
from kpis.rates.choices import RateBasis
from kpis.targets.rules import Gap, Spread, total_below
from kpis.targets.selectors import targets_at
from reporting.conversion import conversion
from reporting.target_facts import Bankable, BankableTable, added_up, bankable_of

Key = tuple[str, str, int]
# Metric, kind and class to the amounts of F3.
AmountsByLine = Mapping[str, Mapping[str, Mapping[str, Amounts]]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A target in force with its gap."""

    target: Target
    gap: Gap


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One metric, kind and fiscal year of a node: its own target, and those right below it.

    `own` is None where only children have one.
    """

    metric: str
    kind: str
    fiscal_year: int
    own: Measured | None
    children: Sequence[Target]

    @property
    def spread(self) -> Spread:
        """The own target beside the sum of the children's."""
        own = None if self.own is None else self.own.target.amount
        return Spread(own, total_below(child.amount for child in self.children))

    @property
    def currency(self) -> str:
        return self._any.currency

    @property
    def _any(self) -> Target:
        return self.children[0] if self.own is None else self.own.target


def target_lines(paths: Sequence[str], amounts: AmountsByLine, tenant: Tenant) -> list[TargetLine]:
    """The targets of the one node at the paths beside its amounts of F3; one query.

    Several places together have no target of their own.
    """
    if len(paths) != 1:
        return []
    node_id = int(paths[0].rstrip("/").rsplit("/", 1)[-1])
    rows = [
        (node_id, metric, kind, name, line.bankable)
        for metric, kinds in amounts.items()
        for kind, classes in kinds.items()
        for name, line in classes.items()
    ]
    table = BankableTable(added_up(rows))
    return lines_of(node_id, targets_at([node_id], tenant), table)


def lines_of(node_id: int, found: Sequence[Target], table: BankableTable) -> list[TargetLine]:
    """Targets of a node and its children by metric, kind and year, in the order they come."""
    own: dict[Key, Measured] = {}
    children: dict[Key, list[Target]] = {}
    for target in found:
        key = (target.metric.code, target.kind, target.fiscal_year)
        children.setdefault(key, [])
        if target.node_id == node_id:
            own[key] = measured(target, table.at(node_id, key[0], key[1]))
        else:
            children[key].append(target)
    return [TargetLine(*key, own.get(key), below) for key, below in sorted(children.items())]


def measured(target: Target, bankable: Bankable) -> Measured:
    return Measured(target, Gap(target.amount, bankable.all_classes, bankable.hard))


def with_gaps(found: Sequence[Target], tenant: Tenant) -> list[Measured]:
    """Targets of any nodes with their gaps, at plan rate; one query and those of the rates."""
    table = _table(found, tenant)
    return [_placed(target, table) for target in found]


def _table(found: Sequence[Target], tenant: Tenant) -> BankableTable:
    places: Mapping[int, str] = {target.node_id: target.node.path for target in found}
    return bankable_of(places, tenant, conversion(RateBasis.PLAN, tenant))


def _placed(target: Target, table: BankableTable) -> Measured:
    return measured(target, table.at(target.node_id, target.metric.code, target.kind))


def targets_by_year(lines: Sequence[TargetLine], metric: str, kind: str) -> Mapping[int, Decimal]:
    """The own targets of a metric and kind by fiscal year."""
    return {
        line.fiscal_year: line.own.target.amount
        for line in lines
        if line.own is not None and (line.metric, line.kind) == (metric, kind)
    }
