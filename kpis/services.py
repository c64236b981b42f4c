"""Writing effects and plan values (V1, V5, V10)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tenancy.models import Tenant
from governance.text import one_line, text_fault
from governance.tree.services import said
from initiatives.choices import Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.models import Measure
from initiatives.rules import plan_is_frozen
from initiatives.selectors import hands_at
from initiatives.services import measure_subject
from kpis.choices import EffectClass, EffectKind, Series, Source
from kpis.metrics.services import refuse_changed, refuse_inactive
from kpis.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Effect,
    Metric,
    ValueYear,
)
from kpis.rules import may_plan
from kpis.services_deletion import effects_drop
from kpis.services_months import checked_cells, values_changed, write_months
from kpis.totals import note_values

# V5: reference, baselines and validated actuals have services of their own.
WRITABLE = frozenset({Series.PLAN})
DELETABLE = frozenset({Series.PLAN, Series.REFERENCE})
EFFECT_RELATIONS = ("metric", "measure__package", "owner__user")
CURRENCY = re.compile(r"[A-Z]{3}")
CURRENCY_FAULT = _("A currency has three letters, such as EUR.")
MONTH_FAULT = _("Write a month like 2026-01, between 1990 and 2100.")


@dataclass(frozen=True, slots=True)
class EffectDraft:
    """An effect to be; an empty currency means the tenant's."""

    metric: Metric
    kind: EffectKind
    effect_class: EffectClass = EffectClass.HARD
    currency: str = ""
    name: str = ""
    owner: Membership | None = None
    run_rate_start: date | None = None


def effect_subject(effect: Effect) -> Subject:
    """Effects are told in their measure's history."""
    return measure_subject(effect.measure)


@transaction.atomic
def effect_create(*, measure: Measure, draft: EffectDraft, by: Actor) -> Effect:
    """Add an effect to a measure; the currency must be a code of three letters.

    Raises `Conflict("frozen")` once the plan is (V2), `Refused("controller_is_judged")` (S2).
    """
    require_plan(measure, by)
    measure = measure_for_edit(measure.pk)
    refuse_frozen_plan(measure)
    effect = effect_drawn(measure, draft, Tenant.objects.get(pk=measure.tenant_id))
    effect.save(force_insert=True)
    refuse_changed([effect.metric])
    changes = effect_facts(effect)
    record(AuditAction.EFFECT_CREATED, subject=measure_subject(measure), by=by, changes=changes)
    measure_edited(measure, by=by)
    return effect


def effect_drawn(measure: Measure, draft: EffectDraft, tenant: Tenant) -> Effect:
    """An effect checked and not yet saved; raises `Invalid` by field."""
    name = one_line(draft.name)
    if fault := text_fault(name, limit=200, required=False):
        raise Invalid({"name": [fault]})
    refuse_inactive(draft.metric)
    refuse_controller(measure, draft.owner)
    return Effect(
        measure=measure,
        metric=draft.metric,
        kind=draft.kind,
        effect_class=draft.effect_class,
        currency=_currency(draft, tenant),
        name=name,
        owner=draft.owner,
        run_rate_start=run_rate_month(draft.run_rate_start),
    )


def refuse_controller(measure: Measure, owner: Membership | None) -> None:
    """S2: the controller of a measure owns none of its effects."""
    if owner is not None and owner.pk == measure.controller_id:
        raise Refused("controller_is_judged")


def run_rate_month(day: date | None) -> date | None:
    """A start rule that can be kept: the first of a month; raises `Invalid`."""
    if day is not None and (day.day != 1 or not FIRST_YEAR <= day.year <= LAST_YEAR):
        raise Invalid({"run_rate_start": [MONTH_FAULT]})
    return day


def effect_facts(effect: Effect) -> dict[str, Any]:
    """What history says of a new effect."""
    given = {"owner": effect.owner, "run_rate_start": effect.run_rate_start}
    return {name: [None, said(value)] for name, value in given.items() if value is not None} | {
        "metric": [None, effect.metric.code],
        "kind": [None, str(effect.kind)],
        "effect_class": [None, str(effect.effect_class)],
        "currency": [None, effect.currency or None],
    }


@transaction.atomic
def effect_delete(*, effect: Effect, seen_version: int, by: Actor) -> None:
    """Delete an effect with its plan, as long as nothing but that and a reference is in it.

    Raises `Stale`, `Conflict("frozen")` once the plan is (V2), `Refused("effect_in_use")`.
    """
    require_plan(effect.measure, by)
    measure = measure_for_edit(effect.measure_id)
    row = effect_locked(effect.pk, seen_version)
    refuse_frozen_plan(measure)
    if ValueYear.objects.filter(effect=row).exclude(series__in=DELETABLE).exists():
        raise Refused("effect_in_use")
    effects_drop([row], by=by)
    note_values([measure.pk])
    measure_edited(measure, by=by)


def delete_effects(measure_ids: Sequence[int], by: Actor) -> None:
    """Hook of an early deletion (H3): the measures' effects and plans go with them."""
    effects = Effect.objects.filter(measure__in=list(measure_ids)).order_by("id")
    rows = list(effects.select_related("metric", "measure"))
    effects_drop(rows, by=by)


@transaction.atomic
def values_write(
    *,
    effect: Effect,
    series: Series,
    cells: Mapping[str, object],
    seen_version: int,
    by: Actor,
    source: Source = Source.FORM,
) -> Effect:
    """Write months (`2026-01` → amount as text, None empties the cell) of one series in one go.

    Raises `Refused("series_not_writable")` (V5), `Stale`, `Conflict("frozen")` once the plan is
    (V2), `Invalid` with `cells.<month>` for each cell that cannot be kept; then nothing is written.
    """
    require_plan(effect.measure, by)
    if series not in WRITABLE:
        raise Refused("series_not_writable")
    measure = measure_for_edit(effect.measure_id)
    row = effect_locked(effect.pk, seen_version)
    refuse_frozen_plan(measure)
    wanted = checked_cells(cells, row.metric.decimals)
    changes = write_months(row, series, wanted, by=by, source=source)
    if not changes:
        return row
    values_changed(row, series, changes, by=by)
    note_values([measure.pk])
    measure_edited(measure, by=by)
    return effect_locked(row.pk, None)


def _currency(draft: EffectDraft, tenant: Tenant) -> str:
    if not draft.metric.is_monetary:
        return ""
    currency = draft.currency.strip().upper() or tenant.currency
    if not is_currency(currency):
        raise Invalid({"currency": [CURRENCY_FAULT]})
    return currency


def is_currency(code: str) -> bool:
    """Whether a text could be a code of ISO 4217."""
    return CURRENCY.fullmatch(code) is not None


def refuse_frozen_plan(measure: Measure) -> None:
    """V2: passing T3 freezes the plan and what its effects are."""
    if plan_is_frozen(Stage(measure.stage)):
        raise Conflict("frozen")


def require_plan(measure: Measure, by: Actor) -> None:
    """The right to plan here: one's own measure, or any."""
    by.require(Permission.TREE_VIEW, measure.path)
    if not may_plan(hands_at(measure, by)):
        raise Forbidden
    by.require_write_token(Permission.VALUE_PLAN)


def effect_locked(effect_id: int, seen_version: int | None) -> Effect:
    """The effect, locked after its measure; raises `NotVisible` and `Stale`."""
    rows = effects_locked([effect_id], EFFECT_RELATIONS)
    if not rows:
        raise NotVisible
    row = rows[0]
    if seen_version is not None and row.version != seen_version:
        raise Stale(seen_version, row.version)
    return row


def effects_locked(effect_ids: Iterable[int], relations: Sequence[str]) -> list[Effect]:
    """Effects that stand, locked after their measures in the order they were added."""
    rows = Effect.objects.lock().select_related(*relations)
    return list(rows.filter(pk__in=list(effect_ids)).order_by("id"))
