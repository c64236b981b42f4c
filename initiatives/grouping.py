"""The measures of a list in groups: how many there are in each, and what is planned there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

from django.db import models
from django.db.models import BigIntegerField, Count, F, Func, Model, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.masterdata.models import Function
from governance.people.models import Membership
from governance.people.selectors import SORT_NAME
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.web.pages import Order, keyset_page, ordered
from initiatives.choices import Stage
from initiatives.figures import SeriesTotal, series_totals
from initiatives.models import Measure
from initiatives.rules import MINOR_UNITS
from initiatives.selectors import NONE

# Wide enough that no sum of converted amounts is rounded.
EXACT = Context(prec=60)


class GroupBy(models.TextChoices):
    """What a list of measures is grouped by; each is a filter of the list, too."""

    PORTFOLIO = "portfolio", gettext_lazy("Portfolio")
    PROGRAM = "program", gettext_lazy("Program")
    PROJECT = "project", gettext_lazy("Project")
    PACKAGE = "measure_package", gettext_lazy("Measure package")
    STAGE = "stage", gettext_lazy("Stage")
    OWNER = "owner", gettext_lazy("Owner")
    FUNCTION = "function", gettext_lazy("Function")

    @property
    def level(self) -> Level | None:
        """The level of the tree that it stands for."""
        return Level.of_word(self.value) if self.value in LEVEL_WORDS else None


LEVEL_WORDS = {level.word for level in Level if level is not Level.TENANT}


@dataclass(frozen=True, slots=True)
class Sums:
    """How many measures, and their plan of the headline metric in the tenant's currency.

    `series` is forecast, claimed and validated where they were asked for; nothing where nothing is.
    """

    count: int = 0
    planned: Decimal = Decimal(0)
    series: Mapping[SeriesTotal, Decimal] = field(default_factory=dict)

    def __add__(self, other: "Sums") -> "Sums":
        series = dict(self.series)
        for name, amount in other.series.items():
            series[name] = EXACT.add(series.get(name, Decimal(0)), amount)
        return Sums(self.count + other.count, self.planned + other.planned, series)


@dataclass(frozen=True, slots=True)
class Group:
    """One group: `value` is what the filter of the list says to see its measures alone."""

    value: str
    name: str
    code: str
    sums: Sums
    path: str = ""


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Some groups in their order, the cursors of their neighbours, and the sums over all."""

    groups: Sequence[Group]
    total: Sums
    next: str | None = None
    previous: str | None = None


def group_page(
    measures: QuerySet[Measure],
    by: GroupBy,
    *,
    cursor: str = "",
    limit: int = 0,
    series_of: Tenant | None = None,
) -> GroupPage:
    """The groups of the measures of a list by name; two queries. Raises `BadCursor`.

    With `series_of` sums of forecast and actuals in that tenant's currency too: a third query, and
    those of its plan rates.
    """
    sums = _sums(measures, by, series_of)
    total = sum(sums.values(), Sums())
    if by is GroupBy.STAGE:
        return GroupPage(_of_stages(sums), total)
    rows, order, draw = _named(by, sums)
    page = keyset_page(rows, order=order, cursor=cursor, limit=limit)
    groups = [draw(row, sums) for row in page.rows]
    if page.previous is None:
        groups = [*_nobody(by, sums), *groups]
    return GroupPage(groups, total, page.next, page.previous)


def all_groups(
    measures: QuerySet[Measure], by: GroupBy, *, series_of: Tenant | None = None
) -> GroupPage:
    """All of them at once, in the same order, at the same cost."""
    sums = _sums(measures, by, series_of)
    total = sum(sums.values(), Sums())
    if by is GroupBy.STAGE:
        return GroupPage(_of_stages(sums), total)
    rows, order, draw = _named(by, sums)
    return GroupPage(
        [*_nobody(by, sums), *(draw(row, sums) for row in ordered(rows, order))], total
    )


def _of_stages(sums: Mapping[Any, Sums]) -> list[Group]:
    return [Group(s.value, str(s.label), "", sums[s.value]) for s in Stage if s.value in sums]


def _nobody(by: GroupBy, sums: Mapping[Any, Sums]) -> list[Group]:
    """The group of those that have none, if there are any."""
    return [Group(NONE, _NOBODY[by](), "", sums[None])] if None in sums else []


def _sums(
    measures: QuerySet[Measure], by: GroupBy, series_of: Tenant | None = None
) -> dict[Any, Sums]:
    """Sums by the key of each group, whatever the list is narrowed by.

    What is planned is summed from the sortable copy that each measure keeps of it (V8).
    """
    keyed = measures.order_by().annotate(group_key=_key(by))
    found = keyed.values_list("group_key").annotate(
        count=Count("pk"), planned=Coalesce(Sum("value_minor"), Value(0))
    )
    series = {} if series_of is None else series_totals(keyed, series_of)
    return {
        key: Sums(count, Decimal(minor) / MINOR_UNITS, series.get(key, {}))
        for key, count, minor in found
    }


def _key(by: GroupBy) -> Any:
    level = by.level
    if level is not None:
        # A path holds the ids from the root down, one for each level.
        part = Func(
            F("package__path"),
            Value("/"),
            Value(level.value + 1),
            function="split_part",
            output_field=models.TextField(),
        )
        return Cast(part, BigIntegerField())
    return {GroupBy.STAGE: F("stage"), GroupBy.OWNER: F("owner_id")}.get(by, F("function_id"))


Draw = Callable[[Any, Mapping[Any, Sums]], Group]


def _named(by: GroupBy, sums: Mapping[Any, Sums]) -> tuple[QuerySet[Any], Order, Draw]:
    """What the groups are called: their rows, in the order of their names."""
    ids = [key for key in sums if key is not None]
    if by is GroupBy.OWNER:
        people: QuerySet[Model] = Membership.objects.select_related("user").filter(pk__in=ids)
        return people, Order("name", "sort_name", expression=SORT_NAME), _of_person
    if by is GroupBy.FUNCTION:
        return Function.objects.filter(pk__in=ids), Order("name", "sort_key"), _of_row
    return Node.objects.filter(pk__in=ids), Order("name", "sort_key"), _of_node


def _of_person(row: Membership, sums: Mapping[Any, Sums]) -> Group:
    return Group(row.email, row.name, "", sums[row.pk])


def _of_row(row: Function, sums: Mapping[Any, Sums]) -> Group:
    return Group(row.code, row.name, row.code, sums[row.pk])


def _of_node(row: Node, sums: Mapping[Any, Sums]) -> Group:
    return Group(row.code, row.name, row.code, sums[row.pk], row.path)


_NOBODY: dict[GroupBy, Callable[[], str]] = {
    GroupBy.OWNER: lambda: _("No owner"),
    GroupBy.FUNCTION: lambda: _("No function"),
}
