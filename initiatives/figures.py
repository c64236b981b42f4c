"""What lists say about value: the app that owns value registers how, in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q

from governance.tenancy.models import Tenant
from initiatives.choices import AmountName
from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount and its currency; empty for a unit that is no money."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """The headline metric's name, and each measure's plan of it by currency; absent: no plan."""

    label: str = ""
    by_measure: Mapping[int, Sequence[Money]] = field(default_factory=dict)


PlanSource = Callable[[Sequence[Measure], Tenant], PlanTotals]
# Which measures have something in an amount, as a condition on them.
BehindSource = Callable[[AmountName], Q]

_sources: list[PlanSource] = []
_behind: list[BehindSource] = []


def register_plan_totals(source: PlanSource) -> None:
    """Take plan totals from `source(measures, tenant)`; the last one registered counts."""
    _sources[:] = [source]


def plan_totals(measures: Sequence[Measure], tenant: Tenant) -> PlanTotals:
    """Plan totals of the headline metric: value effects only, all months, all classes."""
    return _sources[0](measures, tenant) if _sources else PlanTotals()


def register_behind(source: BehindSource) -> None:
    """Take the measures behind an amount from `source(amount)`; the last one registered counts."""
    _behind[:] = [source]


def behind(amount: AmountName) -> Q:
    """The measures that an amount of the headline metric is made of (F3)."""
    return _behind[0](amount) if _behind else Q(pk__in=[])
