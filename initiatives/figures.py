"""What lists say about value: the app that owns value registers how, in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy

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


class SeriesTotal(models.TextChoices):
    """What a list adds up besides the plan, by the names of its columns."""

    FORECAST = "forecast", gettext_lazy("Forecast")
    CLAIMED = "claimed", gettext_lazy("Claimed")
    VALIDATED = "validated", gettext_lazy("Validated")


# By the `group_key` that the measures of a query set are annotated with.
SeriesTotals = Mapping[Any, Mapping[SeriesTotal, Decimal]]
SeriesSource = Callable[[QuerySet[Measure], Tenant], SeriesTotals]
PlanSource = Callable[[Sequence[Measure], Tenant], PlanTotals]
# Which measures have something in an amount, as a condition on them.
BehindSource = Callable[[AmountName], Q]

_sources: list[PlanSource] = []
_behind: list[BehindSource] = []
_series: list[SeriesSource] = []


def register_plan_totals(source: PlanSource) -> None:
    """Take plan totals from `source(measures, tenant)`; the last one registered counts."""
    _sources[:] = [source]


def plan_totals(measures: Sequence[Measure], tenant: Tenant) -> PlanTotals:
    """Plan totals of the headline metric: value effects only, all months, all classes."""
    return _sources[0](measures, tenant) if _sources else PlanTotals()


def register_series_totals(source: SeriesSource) -> None:
    """Take totals of series from `source(measures, tenant)`; the last one registered counts."""
    _series[:] = [source]


def series_totals(measures: QuerySet[Measure], tenant: Tenant) -> SeriesTotals:
    """Forecast, claimed and validated of the headline metric in the tenant's currency, by group.

    The measures are annotated with `group_key`. What counts is what counts in the plan.
    """
    return _series[0](measures, tenant) if _series else {}


def totals_of(ids: Iterable[int], tenant: Tenant) -> SeriesTotals:
    """The same of single measures, by their ids."""
    rows = Measure.objects.filter(pk__in=list(ids)).annotate(group_key=F("pk"))
    return series_totals(rows, tenant)


def register_behind(source: BehindSource) -> None:
    """Take the measures behind an amount from `source(amount)`; the last one registered counts."""
    _behind[:] = [source]


def behind(amount: AmountName) -> Q:
    """The measures that an amount of the headline metric is made of (F3)."""
    return _behind[0](amount) if _behind else Q(pk__in=[])
