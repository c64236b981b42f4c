"""Writing many effects and plan values at once, for imports: by the rules of one (V1, V5, V10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.gates.editing import measures_edited
from initiatives.models import Measure
from initiatives.rules import plan_refusal
from initiatives.selectors import hands_in
from initiatives.services import measure_subject
from initiatives.services_bulk import locked_measures
from kpis.choices import Series, Source
from kpis.metrics.services import refuse_changed
from kpis.models import Effect
from kpis.rules import fits, may_plan
from kpis.services import EffectDraft, effect_drawn, effect_facts, effects_locked
from kpis.services_cells import (
    Cells,
    CellsWritten,
    Changes,
    Pen,
    cells_save,
    cells_write,
    effects_touch,
)
from kpis.services_deletion import effects_drop


@dataclass(frozen=True, slots=True)
class PlacedEffect:
    """An effect to be of a measure, with its plan months."""

    measure: Measure
    draft: EffectDraft
    cells: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellsWrite:
    """Plan months of an effect that stands (None empties a month), and the version seen of it."""

    effect_id: int
    seen_version: int
    cells: Cells


@transaction.atomic
def effects_create(*, placed: Sequence[PlacedEffect], by: Actor, source: Source) -> list[Effect]:
    """Add effects with their plan; one audit event each, which tells the months as well.

    Raises `Forbidden`, `Conflict("frozen")` once a plan is (V2), `Conflict("measure_closed")` and
    the like, and `Invalid` for the first effect or month that cannot be kept.
    """
    _require_plan([item.measure for item in placed], by)
    _held_for_planning([item.measure.pk for item in placed])
    tenant = Tenant.objects.get(pk=active_tenant_id())
    effects = [effect_drawn(item.measure, item.draft, tenant) for item in placed]
    for effect, item in zip(effects, placed, strict=True):
        _check(effect, item.cells)
    Effect.objects.insert_many(effects)
    refuse_changed(effect.metric for effect in effects)
    written = [
        CellsWritten(effect, {m: (None, a) for m, a in item.cells.items() if a is not None})
        for effect, item in zip(effects, placed, strict=True)
    ]
    cells_save({}, written, Pen(Series.PLAN, by, source, step=0))
    entries = []
    for one in written:
        cells = {"cells": _said(one.changes)} if one.changes else {}
        subject = measure_subject(one.effect.measure)
        entries.append(Entry(AuditAction.EFFECT_CREATED, subject, effect_facts(one.effect) | cells))
    record_many(entries, by=by)
    _edited(effects, by)
    return effects


@transaction.atomic
def values_write_many(
    *, writes: Sequence[CellsWrite], by: Actor, source: Source
) -> list[CellsWritten]:
    """Write plan months of many effects as they were seen; only what differs, effect by effect.

    Raises `Conflict("changed_meanwhile")` where one has another version now, `Forbidden`,
    `Conflict("frozen")` once a plan is (V2), and `Invalid` for the first month that cannot be kept;
    then nothing is written.
    """
    ids = [write.effect_id for write in writes]
    _held_for_planning(list(Effect.objects.filter(pk__in=ids).values_list("measure_id", flat=True)))
    effects = _locked(ids)
    for write in writes:
        effect = effects.get(write.effect_id)
        if effect is None or effect.version != write.seen_version:
            raise Conflict("changed_meanwhile")
        _check(effect, write.cells)
    _require_plan([effect.measure for effect in effects.values()], by)
    wanted = [(effects[write.effect_id], write.cells) for write in writes]
    written = cells_write(wanted, Pen(Series.PLAN, by, source))
    effects_touch(one.effect for one in written)
    record_many([_values_entry(one) for one in written], by=by)
    _edited([one.effect for one in written], by)
    return written


@transaction.atomic
def effects_delete(*, effect_ids: Sequence[int], by: Actor) -> None:
    """Delete effects with their plan; the caller has seen that nothing but a plan is in them.

    Raises `Forbidden`, and `Conflict("frozen")` once a plan is (V2).
    """
    ids = list(effect_ids)
    _held_for_planning(list(Effect.objects.filter(pk__in=ids).values_list("measure_id", flat=True)))
    effects = _locked(effect_ids)
    _require_plan([effect.measure for effect in effects.values()], by)
    effects_drop(list(effects.values()), by=by)
    _edited(list(effects.values()), by)


def _held_for_planning(measure_ids: Sequence[int]) -> None:
    """Lock the measures in the order of their ids, before their effects; refuse what is frozen."""
    for measure in locked_measures(sorted(set(measure_ids))).values():
        if refusal := plan_refusal(Stage(measure.stage), Overlay(measure.overlay)):
            raise Conflict(refusal)


def _edited(effects: Sequence[Effect], by: Actor) -> None:
    """Tell the gates which measures were edited (G3), each once."""
    measures_edited({effect.measure_id for effect in effects}, by=by)


def _require_plan(measures: Sequence[Measure], by: Actor) -> None:
    """The right to plan at each measure; asked once a place."""
    by.require_write_token(Permission.VALUE_PLAN)
    hands = {path: hands_in(path, by) for path in {measure.path for measure in measures}}
    for measure in measures:
        is_owner = by.membership_id is not None and measure.owner_id == by.membership_id
        if not may_plan(replace(hands[measure.path], is_owner=is_owner)):
            raise Forbidden


def _check(effect: Effect, cells: Cells) -> None:
    for month, amount in cells.items():
        if amount is not None and not fits(amount, effect.metric.decimals):
            text = _("This cannot be kept: the metric keeps %(decimals)s decimals, 15 digits.")
            raise Invalid({f"cells.{month}": [text % {"decimals": effect.metric.decimals}]})


def _locked(ids: Sequence[int]) -> dict[int, Effect]:
    return {row.pk: row for row in effects_locked(ids, ("metric", "measure__package"))}


def _said(changes: Changes) -> dict[str, Any]:
    return {str(month): list(pair) for month, pair in sorted(changes.items())}


def _values_entry(one: CellsWritten) -> Entry:
    facts = {
        "effect": str(one.effect.public_id),
        "series": Series.PLAN.value,
        "cells": _said(one.changes),
    }
    return Entry(AuditAction.VALUES_CHANGED, measure_subject(one.effect.measure), facts)
