"""One save for a whole grid: plan or forecast of a measure's effects, all or nothing (V2, F8)."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from governance.calendars.selectors import today_of
from governance.errors import DomainError
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.models import Measure
from kpis.actuals.rules import month_at
from kpis.choices import Cause, Series, Source
from kpis.forecasts.changes import (
    EffectChange,
    GridChange,
    ReasonDraft,
    RowDiff,
    checked_reasons,
    grid_version,
    refuse_causeless,
    refuse_past,
    refuse_series,
    refuse_stale,
    refuse_stale_grid,
    refuse_unexplained,
    refuse_unknown,
    row_diffs,
    with_variances,
)
from kpis.forecasts.selectors import grid_rows, tolerance
from kpis.forecasts.services.reasons import reasons_add
from kpis.models import Effect
from kpis.rules import Month
from kpis.services import require_plan
from kpis.services_months import Save, values_changed, write_months
from kpis.totals import note_values


@transaction.atomic
def grid_check(*, measure: Measure, change: GridChange, by: Actor) -> list[RowDiff]:
    """What a save would change, effect by effect, without saving it.

    Refuses what `grid_save` refuses, but for reasons: those that would be owed are told.
    """
    require_plan(measure, by)
    return _prepared(measure_for_edit(measure.pk), change)


@transaction.atomic
def grid_save(
    *, measure: Measure, change: GridChange, by: Actor, source: Source = Source.FORM
) -> list[Effect]:
    """Write plan (before T3) or forecast (T3 to T5) of several effects, all or nothing.

    Raises `GridStale` with what changed meanwhile, `Invalid` with `effects.<effect>`,
    `cells.<effect>.<series>.<month>`, `cause` (F8) or `reasons.<effect>.<year>`,
    `Refused("series_not_writable")` (V5), `Refused("past_month")` for months that are over and
    validated, `Refused("variance_reason_required")` with `reasons.<effect>.<year>` (V6),
    `Conflict("frozen")`, `Conflict("forecast_not_open")` (V2), `Conflict("measure_on_hold")` (G10).
    Answers the named effects as they are now.
    """
    require_plan(measure, by)
    row = measure_for_edit(measure.pk)
    diffs = _prepared(row, change)
    reasons = checked_reasons(diffs, change.reasons)
    refuse_unexplained(diffs, reasons)
    save = Save(change.cause)
    changed = [diff for diff in diffs if diff.is_changed]
    for diff in changed:
        _write(diff, save, by, source)
    reasons_add(reasons, save, by)
    if any(diff.cells.get(Series.PLAN) for diff in changed):
        note_values([row.pk])
    if changed or reasons:
        measure_edited(row, by=by)
    return list(locked_effects(row, change).values())


@transaction.atomic
def forecast_write(
    *,
    effect: Effect,
    change: EffectChange,
    cause: Cause | None,
    reason: ReasonDraft | None,
    by: Actor,
    source: Source = Source.FORM,
) -> Effect:
    """The forecast of one effect, by the rules of `grid_save`; errors say `cells.<month>`."""
    reasons = () if reason is None else (reason,)
    try:
        saved = grid_save(
            measure=effect.measure,
            change=GridChange([change], cause, reasons),
            by=by,
            source=source,
        )
    except DomainError as error:
        longer = f"cells.{change.effect}.{Series.FORECAST.value}."
        error.errors = {
            name.replace(longer, "cells."): texts for name, texts in error.errors.items()
        }
        raise
    return saved[0]


def _prepared(measure: Measure, change: GridChange) -> list[RowDiff]:
    """The checks in their order: state, effects, staleness, cells, past months, cause."""
    refuse_series(measure, change)
    effects = locked_effects(measure, change)
    refuse_unknown(change, effects)
    if change.seen_version is not None:
        refuse_stale_grid(change, grid_version(Effect.objects.filter(measure=measure)))
    refuse_stale(change, effects)
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    diffs = row_diffs(change, grid_rows(list(effects.values())))
    refuse_past(diffs, month_at(today_of(tenant)))
    refuse_causeless(diffs, change.cause)
    limits = tolerance()
    return [with_variances(diff, tenant.fiscal_year_start, limits) for diff in diffs]


def locked_effects(measure: Measure, change: GridChange) -> dict[str, Effect]:
    """The named effects by public id, locked after their measure in the order they were added."""
    rows = Effect.objects.lock().select_related("metric", "measure__package", "owner__user")
    named = rows.filter(measure=measure, public_id__in=[one.effect for one in change.effects])
    return {str(row.public_id): row for row in named.order_by("id")}


def _write(diff: RowDiff, save: Save, by: Actor, source: Source) -> None:
    for series, cells in diff.cells.items():
        wanted: Mapping[Month, Decimal | None] = {m: after for m, (_b, after) in cells.items()}
        if wanted:
            written = write_months(diff.effect, series, wanted, by=by, source=source, save=save)
            values_changed(diff.effect, series, written, by=by, cause=save.cause)
