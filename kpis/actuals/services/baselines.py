"""Freezing the plan at a passed gate: a numbered baseline, and the forecast as a copy (V2, V3)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Now

from approvals.selectors import open_request
from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.people.actor import Actor
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.services import measure_subject
from kpis.actuals.selectors import has_amounts
from kpis.choices import Cause, Series, Source
from kpis.models import MONTH_COLUMNS, Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.services_months import Save, author_of

FREEZES = "T3"


def freeze_plan(measure_id: int, transition: str, by: Actor) -> None:
    """Hook of a passed gate: T3 writes the plan as baseline n+1 and opens an empty forecast (V3).

    The gate has locked the measure.
    """
    if transition != FREEZES:
        return
    # The request is closed after its gate was passed: its cells carry its id.
    request = open_request(SUBJECT, measure_id)
    save = Save() if request is None else Save(change_id=request.public_id)
    effects = list(Effect.objects.lock().filter(measure=measure_id).order_by("id"))
    years = ValueYear.objects.filter(effect_id__in=[effect.pk for effect in effects])
    forecasts = [row for row in years.filter(series=Series.FORECAST) if has_amounts(row)]
    forecast = {row.effect_id for row in forecasts}
    plan = _planned(years)
    baseline_write(measure_id, save, by)
    opened = [row for row in plan if row.effect_id not in forecast]
    _drop_empty_forecasts({row.effect_id for row in opened})
    facts = {"author": author_of(by), "change_id": save.change_id}
    opening = {"series": Series.FORECAST, "baseline_no": 0, "cause": Cause.OPENED.value}
    _copy(opened, effects, facts | opening)


def _planned(years: QuerySet[ValueYear]) -> list[ValueYear]:
    """The years of the plan in which anything is entered."""
    return [row for row in years.filter(series=Series.PLAN).order_by("id") if has_amounts(row)]


def baseline_write(measure_id: int, save: Save, by: Actor) -> int:
    """Write the plan of a locked measure as its next baseline; the number it got (V3).

    All its effects get the same number, those without a plan none.
    """
    effects = list(Effect.objects.lock().filter(measure=measure_id).order_by("id"))
    years = ValueYear.objects.filter(effect_id__in=[effect.pk for effect in effects])
    plan = _planned(years)
    highest = years.filter(series=Series.BASELINE).aggregate(no=Max("baseline_no"))["no"]
    number = (highest or 0) + 1
    facts = {"author": author_of(by), "change_id": save.change_id}
    _copy(plan, effects, facts | {"series": Series.BASELINE, "baseline_no": number, "cause": ""})
    touched = {row.effect_id for row in plan}
    Effect.objects.filter(pk__in=touched).update(version=F("version") + 1, updated_at=Now())
    _record(Measure.objects.get(pk=measure_id), [e for e in effects if e.pk in touched], number, by)
    return int(number)


def _drop_empty_forecasts(effect_ids: set[int]) -> None:
    """A forecast that was emptied leaves rows without amounts in the way of the copy."""
    rows = ValueYear.objects.filter(effect_id__in=effect_ids, series=Series.FORECAST)
    rows.delete()


def _copy(rows: list[ValueYear], effects: list[Effect], facts: Mapping[str, Any]) -> None:
    copies = [
        ValueYear(
            effect_id=row.effect_id,
            series=facts["series"],
            baseline_no=facts["baseline_no"],
            year=row.year,
            **{column: getattr(row, column) for column in MONTH_COLUMNS},
        )
        for row in rows
    ]
    ValueYear.objects.insert_many(copies)
    known = {effect.pk: effect for effect in effects}
    ValueHistory.objects.insert_records(
        ("effect_public_id", "effect_version", "month", "after"),
        [
            (
                known[row.effect_id].public_id,
                known[row.effect_id].version + 1,
                Month(row.year, month).first_day,
                amount,
            )
            for row in copies
            for month, amount in row.months().items()
            if amount is not None
        ],
        {**facts, "source": Source.FORM.value},
    )


def _record(measure: Measure, effects: list[Effect], number: int, by: Actor) -> None:
    subject = measure_subject(measure)
    entries = [
        Entry(
            AuditAction.BASELINE_FROZEN,
            subject,
            {"effect": str(effect.public_id), "baseline": [None, number]},
        )
        for effect in effects
    ]
    record_many(entries, by=by)
