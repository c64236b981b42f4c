"""Reading the baselines of a measure: their months, and which decision wrote each (V3)."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from approvals.choices import RequestState
from approvals.models import ApprovalRequest
from approvals.selectors import requests_about
from governance.errors import Invalid
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from kpis.actuals.selectors import numbered_baselines
from kpis.changes.comparing import (
    CURRENT,
    ORIGINAL,
    Compared,
    Line,
    compared,
    sides_of,
    totals,
)
from kpis.choices import Aggregation, EffectKind, Series
from kpis.models import Effect, ValueHistory
from kpis.selectors import effects_of, values_of

LEFT, RIGHT = "left", "right"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline of a measure: when it was frozen, by whom, and the request that was decided."""

    number: int
    frozen_at: datetime
    author: str
    request: ApprovalRequest | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, effect by effect, with the sums of those that may be added."""

    baselines: Sequence[Baseline]
    left: str
    right: str
    effects: Sequence[Compared]
    totals: Sequence[Compared]

    @property
    def sides(self) -> list[str]:
        """What can be chosen."""
        return sides_of(baseline.number for baseline in self.baselines)


def comparison(measure: Measure, start: int, left: str = "", right: str = "") -> Comparison:
    """Two views of all effects of a measure, by fiscal years from month `start`; five queries.

    Without a choice the original baseline with the current one, before T3 plan with forecast.
    Raises `Invalid` by `left` and `right` for what there is not.
    """
    lines, baselines = comparison_lines(measure), baselines_of(measure)
    sides = sides_of(baseline.number for baseline in baselines)
    usual = (ORIGINAL, CURRENT) if baselines else (sides[0], sides[-1])
    left, right = left or usual[0], right or usual[1]
    text = _("Choose one of: %(sides)s.") % {"sides": ", ".join(sides)}
    chosen = {LEFT: left, RIGHT: right}
    if wrong := {name: [text] for name, side in chosen.items() if side not in sides}:
        raise Invalid(wrong)
    effects = [compared(line, left, right, start) for line in lines]
    shown = [one for one in effects if one.years]
    return Comparison(baselines, left, right, shown, totals(lines, left, right, start))


def comparison_lines(measure: Measure) -> list[Line]:
    """The effects of a measure with plan, forecast and baselines; three queries."""
    found = values_of(effects_of(measure))
    baselines = numbered_baselines([row.effect for row in found])
    return [
        Line(
            key=str(row.effect.public_id),
            title=f"{row.effect.metric.name}: {row.effect.name or row.effect.get_kind_display()}",
            metric=row.effect.metric.code,
            unit=row.effect.currency or row.effect.metric.unit,
            kind=EffectKind(row.effect.kind),
            aggregation=Aggregation(row.effect.metric.aggregation),
            decimals=row.effect.metric.decimals,
            is_money=row.effect.metric.is_monetary,
            plan=row.series(Series.PLAN),
            forecast=row.series(Series.FORECAST),
            baselines=baselines.get(row.effect.pk, {}),
        )
        for row in found
    ]


def baselines_of(measure: Measure) -> list[Baseline]:
    """The baselines of a measure in their order, each with what wrote it; two queries."""
    effects = Effect.objects.filter(measure=measure).values("public_id")
    rows = ValueHistory.objects.filter(effect_public_id__in=effects, series=Series.BASELINE)
    first = list(rows.order_by("baseline_no", "id").distinct("baseline_no"))
    requests = _decided(measure) if first else []
    return [
        Baseline(row.baseline_no, row.changed_at, row.author, _wrote(requests, row))
        for row in first
    ]


def _decided(measure: Measure) -> list[ApprovalRequest]:
    rows = requests_about(SUBJECT, measure.pk)
    wanted = rows.filter(state=RequestState.DECIDED, transition__in=["T3", "T15"])
    return list(wanted.order_by("id"))


def _wrote(requests: Sequence[ApprovalRequest], row: ValueHistory) -> ApprovalRequest | None:
    """The request whose id the cells carry; older cells carry none, and T3 alone wrote those."""
    by_id: dict[uuid.UUID, ApprovalRequest] = {one.public_id: one for one in requests}
    if row.change_id in by_id:
        return by_id[row.change_id]
    return next(iter(_closed_after(requests, row.changed_at)), None)


def _closed_after(requests: Iterable[ApprovalRequest], moment: datetime) -> list[ApprovalRequest]:
    """A transaction begins before the request that it decides is closed."""
    return [
        one
        for one in requests
        if one.transition == "T3" and one.closed_at is not None and one.closed_at >= moment
    ]
