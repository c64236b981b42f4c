"""Deleting effects: their months leave the log as they came, so that a bridge closes (F8, V10)."""

from collections.abc import Sequence

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.people.actor import Actor
from initiatives.services import measure_subject
from kpis.choices import Cause, Series, Source
from kpis.models import Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.services_months import Save, author_of


def effects_drop(effects: Sequence[Effect], *, by: Actor) -> None:
    """Delete effects with their years; history tells that each month was emptied.

    The caller has locked the measures and asked for the right. One audit event for each effect,
    which says what the months were of: nothing else does once the row is gone.
    """
    ids = [effect.pk for effect in effects]
    gone, save = {effect.pk: effect for effect in effects}, Save()
    rows = ValueYear.objects.filter(effect_id__in=ids).order_by("effect_id", "series", "year")
    emptied = [
        (
            gone[row.effect_id].public_id,
            gone[row.effect_id].version + 1,
            row.series,
            # What was expected of it is out of the measure (F8).
            Cause.SCOPE.value if row.series == Series.FORECAST else save.cause_of(row.series),
            Month(row.year, number).first_day,
            amount,
        )
        for row in rows
        for number, amount in row.months().items()
        if amount is not None
    ]
    ValueHistory.objects.insert_records(
        ("effect_public_id", "effect_version", "series", "cause", "month", "before"),
        emptied,
        {
            "source": _source(by).value,
            "author": author_of(by),
            "baseline_no": 0,
            "change_id": save.change_id,
        },
    )
    ValueYear.objects.filter(effect_id__in=ids).delete()
    Effect.objects.filter(pk__in=ids).delete()
    record_many([_entry(effect) for effect in effects], by=by)


def _entry(effect: Effect) -> Entry:
    changes = {
        "effect": str(effect.public_id),
        "metric": [effect.metric.code, None],
        "kind": [effect.kind, None],
        "currency": [effect.currency or None, None],
    }
    return Entry(AuditAction.EFFECT_DELETED, measure_subject(effect.measure), changes)


def _source(by: Actor) -> Source:
    return Source.API if by.via == "api" else Source.FORM
