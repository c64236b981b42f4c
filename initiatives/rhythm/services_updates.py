"""Many updates of one owner at once, each measure for itself (R2)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, DomainError, Invalid, NotVisible
from governance.people.actor import Actor
from initiatives.milestones.models import Milestone
from initiatives.milestones.services import milestone_change
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.selectors_owed import MOST_UPDATES
from initiatives.selectors import visible_measures
from initiatives.services_reports import (
    ReportDraft,
    status_report_add,
    status_report_change,
)

CARRIED = ("light", "next_steps", "decision_needed")


@dataclass(frozen=True, slots=True)
class MilestoneForecast:
    """When a milestone is expected now; `seen_version` is that of the milestone looked at."""

    milestone_id: uuid.UUID
    seen_version: int
    forecast_on: date | None


@dataclass(frozen=True, slots=True)
class OwnerUpdate:
    """What an owner says of one measure.

    `is_unchanged` says again what the last report said. `seen` names the last report looked at
    (`OwedUpdate.seen`); None asks for no check.
    """

    code: str
    is_unchanged: bool = False
    light: str = ""
    achieved: str = ""
    next_steps: str = ""
    decision_needed: str = ""
    forecasts: Sequence[MilestoneForecast] = field(default_factory=tuple)
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What became of one update: its report, or why there is none."""

    code: str
    report: StatusReport | None = None
    refusal: DomainError | None = None


def updates_write(*, updates: Sequence[OwnerUpdate], by: Actor) -> list[UpdateResult]:
    """Write updates one by one: what one is refused holds up no other.

    Raises `Invalid` for too many of them, or a measure named twice.
    """
    codes = [update.code for update in updates]
    if len(codes) > MOST_UPDATES:
        limit = {"limit": MOST_UPDATES}
        raise Invalid({"updates": [_("At most %(limit)s updates at once.") % limit]})
    if len(set(codes)) < len(codes):
        raise Invalid({"updates": [_("Name each measure once.")]})
    rows = visible_measures(by).select_related("package").filter(code__in=codes)
    measures = {row.code: row for row in rows}
    # In one order, so that two people who save at once never wait for each other in a ring.
    results = {
        update.code: _result(update, measures.get(update.code), by)
        for update in sorted(updates, key=lambda one: one.code)
    }
    return [results[code] for code in codes]


def _result(update: OwnerUpdate, measure: Measure | None, by: Actor) -> UpdateResult:
    try:
        if measure is None:
            raise NotVisible
        with transaction.atomic():
            return UpdateResult(update.code, update_write(measure=measure, update=update, by=by))
    except DomainError as error:
        return UpdateResult(update.code, refusal=error)


@transaction.atomic
def update_write(*, measure: Measure, update: OwnerUpdate, by: Actor) -> StatusReport:
    """One update: the forecasts of milestones, then the report of today.

    A second one of the same day corrects the first. Raises what adding and correcting a report and
    changing a milestone raise, `Conflict("reported_meanwhile")`, and `Invalid` by field.
    """
    Measure.objects.lock().get(pk=measure.pk)
    last = _last(measure)
    if update.seen is not None and update.seen != _mark(last):
        raise Conflict("reported_meanwhile")
    said = _said(update, last)
    _forecast(measure, update.forecasts, by)
    today = timezone.localdate()
    if last is not None and last.reported_on == today:
        return status_report_change(report=last, seen_version=last.version, fields=said, by=by)
    draft = ReportDraft(reported_on=today, **said)
    return status_report_add(measure=measure, draft=draft, by=by)


def _said(update: OwnerUpdate, last: StatusReport | None) -> dict[str, str]:
    """What the report is to say."""
    if not update.is_unchanged:
        names = (*CARRIED, "achieved")
        return {name: getattr(update, name) for name in names}
    if last is None:
        raise Invalid({"is_unchanged": [_("There is no report yet that could be unchanged.")]})
    return {name: getattr(last, name) for name in CARRIED} | {"achieved": update.achieved}


def _last(measure: Measure) -> StatusReport | None:
    rows = StatusReport.objects.filter(measure=measure, rater="").select_related("measure__package")
    found: StatusReport | None = rows.order_by("-reported_on", "-id").first()
    return found


def _mark(last: StatusReport | None) -> str:
    return f"{last.public_id}:{last.version}" if last else ""


def _forecast(measure: Measure, forecasts: Sequence[MilestoneForecast], by: Actor) -> None:
    """New days of milestones; an error stands at its own field."""
    known = _milestones(measure, [one.milestone_id for one in forecasts])
    for one in forecasts:
        name = f"forecasts.{one.milestone_id}"
        row = known.get(one.milestone_id)
        if row is None:
            raise Invalid({name: [_("This measure has no such milestone.")]})
        try:
            fields = {"forecast_on": one.forecast_on}
            milestone_change(milestone=row, seen_version=one.seen_version, fields=fields, by=by)
        except Invalid as error:
            raise Invalid({name: error.errors.get("forecast_on", [])}) from error


def _milestones(measure: Measure, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Milestone]:
    rows = Milestone.objects.filter(measure=measure, public_id__in=list(ids))
    return {row.public_id: row for row in rows.select_related("measure__package")}
