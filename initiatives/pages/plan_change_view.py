"""A change of the plan as people read it: months before and after, and what it does to V (T15)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.ui.parts import Column
from initiatives.pages.snapshot_view import called_of, month_said

AMOUNTS = {
    "run_rate": gettext_lazy("Run-rate"),
    "one_off": gettext_lazy("One-off"),
    "one_time_cost": gettext_lazy("One-time cost"),
}


@dataclass(frozen=True, slots=True)
class ChangedAmount:
    """One figure before and after; None is not entered, which is not zero."""

    label: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True, slots=True)
class ChangedYear:
    """The changed months of a fiscal year, and what the whole year comes to."""

    total: ChangedAmount
    months: Sequence[ChangedAmount]


@dataclass(frozen=True, slots=True)
class ChangedEffect:
    """One effect whose plan is to change; `start` is the run-rate start before and after."""

    title: str
    unit: str
    years: Sequence[ChangedYear]
    start: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PlanChangeView:
    """What a request would do to the plan, in the tenant's currency where amounts are compared."""

    effects: Sequence[ChangedEffect]
    amounts: Sequence[ChangedAmount]
    size: Decimal | None
    earlier: Decimal | None
    limit: Decimal | None
    leaves_light_track: bool

    @property
    def columns(self) -> list[Column]:
        return [
            Column("month", _("Month")),
            Column("before", _("Before"), numeric=True),
            Column("after", _("After"), numeric=True),
            Column("difference", _("Difference"), numeric=True),
        ]


def plan_change_of(details: Mapping[str, Any]) -> PlanChangeView | None:
    """What a request keeps of the plan, for people; None where it changes no month."""
    items = details.get("plan")
    if not items:
        return None
    size = details["size"]
    sums = [
        ChangedAmount(str(label), _amount(size["before"][name]), _amount(size["after"][name]))
        for name, label in AMOUNTS.items()
    ]
    return PlanChangeView(
        effects=[_effect(item) for item in items],
        amounts=[one for one in sums if one.before or one.after],
        size=_amount(size["size"]),
        earlier=_amount(size["earlier"]),
        limit=_amount(size["limit"]),
        leaves_light_track=size["leaves_light_track"],
    )


def _effect(item: Mapping[str, Any]) -> ChangedEffect:
    starts = item.get("run_rate_start")
    start = (_start(starts[0]), _start(starts[1])) if starts else None
    years = [_year(year, item) for year in item["years"]]
    return ChangedEffect(called_of(item), item["unit"], years, start)


def _start(month: str | None) -> str:
    return month_said(month) if month else _("open")


def _year(year: Mapping[str, Any], item: Mapping[str, Any]) -> ChangedYear:
    before, after = (_amounts(item[name], year["months"]) for name in ("before", "after"))
    months = [
        ChangedAmount(month_said(month), *pair)
        for month, *pair in zip(year["months"], before, after, strict=True)
    ]
    total = ChangedAmount(year["label"], _amount(year["before"]), _amount(year["after"]))
    return ChangedYear(total, months)


def _amounts(cells: Mapping[str, str], months: Iterable[str]) -> list[Decimal | None]:
    return [_amount(cells.get(month)) for month in months]


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
