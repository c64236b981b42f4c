"""What falls due in the period close: months to claim, and claims to validate (V4, V5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.registry import Overdue, Settled, Source
from governance.calendars.rules import ONE_DAY, end_of_day, local_day
from initiatives.choices import Overlay
from initiatives.models import Measure
from initiatives.overdue import owed_on, tenant_zone
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.actuals.queue import JUDGED_STAGES, promises_of
from kpis.actuals.rules import month_at
from kpis.models import Effect
from kpis.periods.choices import PeriodState
from kpis.periods.rules import Closing
from kpis.periods.selectors import closing_of
from kpis.rules import Month

# Months further back are nobody's clock any more; they stand in the controller's queue.
MONTHS_BACK: Final = 3
HELD = (Overlay.ACTIVE, Overlay.ON_HOLD)


def recent_months(closing: Closing, now: datetime) -> list[Month]:
    """The latest months that are over and that close by the calendar of periods."""
    return closing.months(local_day(now, tenant_zone()))[-MONTHS_BACK:]


def owed_claims(now: datetime) -> Iterator[Overdue]:
    """Measures of whose planned effects a month is over, open for claims, and not claimed."""
    closing, zone = closing_of(), tenant_zone()
    today = local_day(now, zone)
    for month in recent_months(closing, now):
        if closing.state(month, today) is not PeriodState.OPEN:
            continue
        for measure, owners in unclaimed(month):
            yield _overdue(
                measure,
                month,
                owes=owners,
                due_at=end_of_day(closing.claims_until(month), zone),
                runs_from=end_of_day(month.plus(1).first_day - ONE_DAY, zone),
            )


def unclaimed(month: Month, among: Q | None = None) -> Iterator[tuple[Measure, tuple[int, ...]]]:
    """Measures with who owes the claim of a month: the owner of the effect, else of the measure.

    `among` is a condition on the effect; two queries.
    """
    claimed = Claim.objects.filter(effect=OuterRef("pk"), month=month.first_day)
    rows = Effect.objects.filter(
        among or Q(),
        ~Exists(claimed),
        measure__overlay__in=HELD,
        measure__stage__in=JUDGED_STAGES,
    ).select_related("measure")
    effects = list(rows.order_by("measure_id", "id"))
    planned = promises_of(effects, month)
    owed: dict[int, tuple[Measure, dict[int | None, None]]] = {}
    for effect in effects:
        if planned[effect.pk].plan:
            _measure, owners = owed.setdefault(effect.measure_id, (effect.measure, {}))
            owners[effect.owner_id or effect.measure.owner_id] = None
    for measure, owners in owed.values():
        yield measure, tuple(pk for pk in owners if pk is not None)


def owed_validations(now: datetime) -> Iterator[Overdue]:
    """Measures with claims of a month that finance has not judged, once claims have ended."""
    closing, zone = closing_of(), tenant_zone()
    today = local_day(now, zone)
    months = [m for m in recent_months(closing, now) if closing.state(m, today) != PeriodState.OPEN]
    for measure, month in _unjudged(months):
        yield _overdue(
            measure,
            month,
            owes=[measure.controller_id],
            due_at=end_of_day(closing.validated_until(month), zone),
            runs_from=end_of_day(closing.claims_until(month), zone),
        )


def _unjudged(months: Sequence[Month]) -> list[tuple[Measure, Month]]:
    """Measures and months with a latest claim that waits for a verdict or a second signature."""
    later = Claim.objects.filter(
        effect=OuterRef("effect"), month=OuterRef("month"), pk__gt=OuterRef("pk")
    )
    signed = SecondSignature.objects.filter(validation=OuterRef("pk"))
    judged = Validation.objects.filter(Q(needs_second=False) | Exists(signed), claim=OuterRef("pk"))
    rows = Claim.objects.filter(
        ~Exists(later),
        ~Exists(judged),
        month__in=[month.first_day for month in months],
        amount__isnull=False,
        effect__measure__overlay__in=HELD,
        effect__measure__stage__in=JUDGED_STAGES,
    ).select_related("effect__measure")
    found: dict[tuple[int, Month], tuple[Measure, Month]] = {}
    for claim in rows.order_by("month", "effect__measure_id"):
        measure, month = claim.effect.measure, month_at(claim.month)
        found[measure.pk, month] = (measure, month)
    return list(found.values())


def _overdue(
    measure: Measure,
    month: Month,
    *,
    owes: Iterable[int | None],
    due_at: datetime,
    runs_from: datetime,
) -> Overdue:
    owed = owed_on(
        measure,
        key=f"{measure.pk}:{month}",
        label=str(month),
        page="values/",
        due_at=due_at,
        owes=owes,
    )
    return replace(owed, runs_from=runs_from)


def _measure_and_month(key: str) -> tuple[int, str]:
    measure_id, month = key.split(":", 1)
    return int(measure_id), f"{month}-01"


def settled_claims(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Claimed by whom; what nobody claimed until the month ended is owed no longer."""
    asked = {_measure_and_month(key): key for key in keys}
    rows = Claim.objects.filter(
        effect__measure_id__in=[pk for pk, _month in asked], month__in={day for _pk, day in asked}
    )
    names = ("effect__measure_id", "month", "claimed_by_id")
    return _done(asked, rows.order_by("id").values_list(*names))


def settled_validations(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Judged by whom; claims that were taken back are owed no verdict."""
    asked = {_measure_and_month(key): key for key in keys}
    rows = Validation.objects.filter(
        effect__measure_id__in=[pk for pk, _month in asked], month__in={day for _pk, day in asked}
    )
    names = ("effect__measure_id", "month", "decided_by_id")
    return _done(asked, rows.order_by("id").values_list(*names))


def _done(
    asked: Mapping[tuple[int, str], str], rows: Iterable[tuple[int, object, int]]
) -> dict[str, Settled]:
    said = {(pk, str(day)): person for pk, day, person in rows}
    return {
        asked[place]: Settled(EndReason.DONE, person)
        for place, person in said.items()
        if place in asked
    }


SOURCES: Final = (
    Source(
        code="claim",
        label=_("Claim of a month"),
        is_finance=False,
        shipped={Tier.OWES: 2, Tier.PACKAGE_LEAD: 4},
        due=owed_claims,
        settled=settled_claims,
    ),
    Source(
        code="validation",
        label=_("Validation of a month"),
        is_finance=True,
        shipped={Tier.OWES: 2, Tier.HEAD_OF_CONTROLLING: 4},
        due=owed_validations,
        settled=settled_validations,
    ),
)
