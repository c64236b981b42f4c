"""Writing KPIs: create, change, delete."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, FieldErrors, Invalid, NotVisible, Refused, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.text import one_line, sort_key, text_fault
from governance.tree.services import changed_fields, next_codes, said
from kpis.choices import Aggregation
from kpis.indicators.choices import Direction, KpiKind, Rhythm
from kpis.indicators.models import (
    DATA_SOURCE_LENGTH,
    FIGURES,
    NAME_LENGTH,
    SOURCE_KEY_LENGTH,
    UNIT_LENGTH,
    Kpi,
    KpiPeriod,
    Objective,
)
from kpis.indicators.rules import MOST_DECIMALS, carries
from kpis.indicators.services.objectives import objective_locked

TEXT_LENGTH = 10_000
LINES = {"name": NAME_LENGTH, "unit": UNIT_LENGTH, "data_source": DATA_SOURCE_LENGTH}
TEXTS = {"description": TEXT_LENGTH, "notes": TEXT_LENGTH, "source_key": SOURCE_KEY_LENGTH}
RELATIONS = ("objective__parent", "update_owner__user")


@dataclass(frozen=True, slots=True)
class KpiDraft:
    """A KPI to be; its code is given out by the service."""

    name: str
    objective: Objective | None = None
    description: str = ""
    notes: str = ""
    unit: str = ""
    decimals: int = 2
    aggregation: Aggregation = Aggregation.LAST
    direction: Direction = Direction.UNKNOWN
    kind: KpiKind = KpiKind.UNKNOWN
    rhythm: Rhythm = Rhythm.YEAR
    data_source: str = ""
    update_owner: Membership | None = None
    is_active: bool = True
    source_key: str = ""

    def given(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


# What may be changed later; the rest is the service's or the importer's.
EDITABLE = tuple(f.name for f in fields(KpiDraft) if f.name != "source_key")


def kpi_subject(kpi: Kpi) -> Subject:
    return Subject("kpi", kpi.code, kpi.name)


@transaction.atomic
def kpi_create(*, draft: KpiDraft, by: Actor) -> Kpi:
    """Add a KPI.

    Raises `Invalid` by field, `Refused("membership_ended")` for an update owner who has left,
    `Conflict("source_key_taken")`.
    """
    by.require_anywhere(Permission.METRIC_MANAGE)
    given = _tidy(draft.given())
    given["objective"] = objective_locked(draft.objective, field="objective")
    row = Kpi(**given)
    _check(row)
    _refuse_gone(row.update_owner)
    row.sort_key, row.code = sort_key(row.name), next_codes("kpi")[0]
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("source_key_taken") from error
    changes = {
        name: [None, _said(value)]
        for name, value in given.items()
        if name != "source_key" and _said(value) is not None
    }
    record(AuditAction.KPI_CREATED, subject=kpi_subject(row), by=by, changes=changes)
    return kpi_locked(row.pk)


@transaction.atomic
def kpi_change(*, kpi: Kpi, seen_version: int, fields: Mapping[str, Any], by: Actor) -> Kpi:
    """Change fields of a KPI (`EDITABLE`); what stays as it is writes nothing.

    Raises `Stale`, `Invalid` by field, `Refused("kpi_has_values")` for another rhythm where
    periods stand, `Refused("membership_ended")`.
    """
    by.require_anywhere(Permission.METRIC_MANAGE)
    row = kpi_locked(kpi.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if foreign := set(fields) - set(EDITABLE):
        raise Invalid({name: [_("This cannot be changed.")] for name in sorted(foreign)})
    wanted = _tidy(fields)
    if "objective" in wanted:
        wanted["objective"] = objective_locked(wanted["objective"], field="objective")
    before = {name: getattr(row, name) for name in wanted}
    if not changed_fields(row, wanted):
        return row
    _check(row)
    changed = [name for name, value in before.items() if value != getattr(row, name)]
    _check_against_values(row, changed)
    if "update_owner" in changed:
        _refuse_gone(row.update_owner)
    row.sort_key = sort_key(row.name)
    row.touched().save()
    changes = {name: [_said(before[name]), _said(getattr(row, name))] for name in changed}
    record(AuditAction.KPI_CHANGED, subject=kpi_subject(row), by=by, changes=changes)
    return kpi_locked(row.pk)


@transaction.atomic
def kpi_delete(*, kpi: Kpi, seen_version: int, by: Actor) -> None:
    """Delete a KPI with its periods; the audit trail keeps every figure. Raises `Stale`."""
    by.require_anywhere(Permission.METRIC_MANAGE)
    row = kpi_locked(kpi.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    periods = list(KpiPeriod.objects.filter(kpi=row).order_by("starts_on"))
    changes: dict[str, Any] = {"name": [row.name, None]}
    for figure in FIGURES:
        lost = {p.month: [getattr(p, figure), None] for p in periods if p.has(figure)}
        changes |= {figure: lost} if lost else {}
    KpiPeriod.objects.filter(kpi=row).delete()
    Kpi.objects.filter(pk=row.pk).delete()
    record(AuditAction.KPI_DELETED, subject=kpi_subject(row), by=by, changes=changes)


def kpi_locked(kpi_id: int) -> Kpi:
    """The KPI as it is now, locked; raises `NotVisible` where it is gone."""
    row: Kpi | None = Kpi.objects.lock().select_related(*RELATIONS).filter(pk=kpi_id).first()
    if row is None:
        raise NotVisible
    return row


def _tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    return {n: one_line(value) if n in LINES else value for n, value in given.items()}


def _check(row: Kpi) -> None:
    faults: dict[str, StrOrPromise | None] = {
        name: text_fault(getattr(row, name), limit=limit, required=name == "name")
        for name, limit in {**LINES, **TEXTS}.items()
    }
    if not 0 <= row.decimals <= MOST_DECIMALS:
        faults["decimals"] = _("From 0 to %(most)s decimals.") % {"most": MOST_DECIMALS}
    lists = {"aggregation": Aggregation, "direction": Direction, "kind": KpiKind, "rhythm": Rhythm}
    for name, words in lists.items():
        if getattr(row, name) not in words.values:
            faults[name] = _("Choose one of the list.")
    errors: FieldErrors = {field: [fault] for field, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)


def _check_against_values(row: Kpi, changed: list[str]) -> None:
    """Values that stand may not lose decimals, nor change the length of their period."""
    periods = KpiPeriod.objects.filter(kpi=row)
    if "rhythm" in changed and periods.exists():
        raise Refused("kpi_has_values")
    if "decimals" not in changed:
        return
    figures = (figure for period in periods for figure in period.figures())
    most = max((carries(figure) for figure in figures), default=0)
    if most > row.decimals:
        text = _("Values with %(most)s decimals stand in this KPI.") % {"most": most}
        raise Invalid({"decimals": [text]})


def _refuse_gone(member: Membership | None) -> None:
    if member is not None and member.ended_at is not None:
        raise Refused("membership_ended")


def _said(value: Any) -> str | bool | None:
    """A value as history shows it; yes and no stay what they are."""
    return value if isinstance(value, bool) else said(value)
