"""Changing an effect that stands: its owner until closed, what it is until T3 (V2, S2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Invalid, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.text import one_line, text_fault
from governance.tree.services import changed_fields
from initiatives.choices import Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.models import Measure
from initiatives.rules import plan_is_frozen
from initiatives.services import measure_subject
from kpis.models import Effect
from kpis.services import (
    CURRENCY_FAULT,
    effect_locked,
    is_currency,
    refuse_controller,
    require_plan,
    run_rate_month,
)
from kpis.totals import note_values

# V2: these say what the plan is a plan of; passing T3 freezes them with it.
FROZEN_WITH_THE_PLAN = ("kind", "effect_class", "currency", "run_rate_start")
CHANGEABLE = ("name", "owner", *FROZEN_WITH_THE_PLAN)


@transaction.atomic
def effect_change(
    *, effect: Effect, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> Effect:
    """Change fields of an effect; those that stay as they are write nothing.

    The metric stays: another one is another effect. Raises `Stale`, `Invalid` by field,
    `Conflict("frozen")` (V2), `Refused("controller_is_judged")` (S2).
    """
    require_plan(effect.measure, by)
    measure = measure_for_edit(effect.measure_id)
    row = effect_locked(effect.pk, seen_version)
    changes = changed_fields(row, {name: fields[name] for name in CHANGEABLE if name in fields})
    if not changes:
        return row
    if plan_is_frozen(Stage(measure.stage)) and set(changes) & set(FROZEN_WITH_THE_PLAN):
        raise Conflict("frozen")
    _check(row, measure)
    row.touched().save(update_fields=[*CHANGEABLE, "version", "updated_at"])
    told = {"effect": str(row.public_id), **changes}
    record(AuditAction.EFFECT_CHANGED, subject=measure_subject(measure), by=by, changes=told)
    publish("effect.changed", key=measure.code, payload={"effect": row.public_id})
    if {"kind", "currency"} & set(changes):
        note_values([measure.pk])
    measure_edited(measure, by=by)
    return effect_locked(row.pk, None)


def _check(row: Effect, measure: Measure) -> None:
    row.name = one_line(row.name)
    if fault := text_fault(row.name, limit=200, required=False):
        raise Invalid({"name": [fault]})
    if not row.metric.is_monetary and row.currency:
        raise Invalid({"currency": [_("This metric is not money; leave the currency empty.")]})
    if row.metric.is_monetary and not is_currency(row.currency):
        raise Invalid({"currency": [CURRENCY_FAULT]})
    run_rate_month(row.run_rate_start)
    refuse_controller(measure, row.owner)


def refuse_controllers(measures: Sequence[Measure]) -> None:
    """Hook of a change of people: no measure's controller owns one of its effects (S2).

    The measures are locked, and so is whoever would name an effect's owner.
    """
    controllers = {m.pk: m.controller_id for m in measures if m.controller_id is not None}
    if not controllers:
        return
    owners = Effect.objects.filter(measure__in=list(controllers), owner__isnull=False)
    for measure_id, owner_id in owners.values_list("measure_id", "owner_id"):
        if controllers[measure_id] == owner_id:
            raise Refused("controller_is_judged")
