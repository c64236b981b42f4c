"""Writing what a KPI was to be and was, period by period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.text import text_fault
from kpis.choices import Source
from kpis.indicators.choices import Rhythm
from kpis.indicators.models import FIGURES, FIRST_DAY, LAST_DAY, Kpi, KpiPeriod
from kpis.indicators.rules import begins_period, figure_of
from kpis.indicators.selectors import may_fill
from kpis.indicators.services.kpis import kpi_locked, kpi_subject

NOTE_LENGTH = 2_000
WRITTEN = (*FIGURES, "note")


class Kept(Enum):
    """What a draft does not mention stays as it is."""

    KEPT = "kept"


KEPT: Final = Kept.KEPT
Figure = Decimal | int | str | None


@dataclass(frozen=True, slots=True)
class PeriodDraft:
    """What is to stand in a period; None empties a figure, what is left out stays as it is."""

    target: Figure | Kept = KEPT
    actual: Figure | Kept = KEPT
    band_low: Figure | Kept = KEPT
    band_high: Figure | Kept = KEPT
    note: str | Kept = KEPT

    def given(self) -> dict[str, Any]:
        pairs = {name: getattr(self, name) for name in WRITTEN}
        return {name: value for name, value in pairs.items() if value is not KEPT}


EMPTY = PeriodDraft(None, None, None, None, "")
Changes = dict[str, dict[str, list[Any]]]


@transaction.atomic
def kpi_periods_write(
    *,
    kpi: Kpi,
    periods: Mapping[date, PeriodDraft | None],
    seen_version: int,
    by: Actor,
    source: Source = Source.FORM,
) -> Kpi:
    """Write periods by their first day in one go; None, or nothing left in it, removes a period.

    Raises `NotVisible`, `Forbidden`, `Stale`, and `Invalid` with `periods.<yyyy-mm>.<field>` for
    each figure that cannot be kept; then nothing is written. What stays as it is writes nothing.
    """
    _require_fill(kpi, by)
    row = kpi_locked(kpi.pk)
    _require_fill(row, by)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    found = KpiPeriod.objects.select_for_update().filter(kpi=row, starts_on__in=list(periods))
    standing = {period.starts_on: period for period in found}
    changes = _merge(row, periods, standing)
    if not changes:
        return row
    touched = {month for pairs in changes.values() for month in pairs}
    _keep([p for p in standing.values() if p.month in touched], by=by, source=source)
    row.touched().save(update_fields=["version", "updated_at"])
    said = {**changes, "source": source.value}
    record(AuditAction.KPI_VALUES_CHANGED, subject=kpi_subject(row), by=by, changes=said)
    publish("kpi_values.changed", key=row.code, payload={"code": row.code})
    return kpi_locked(row.pk)


def _require_fill(kpi: Kpi, by: Actor) -> None:
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    if not may_fill(kpi, by):
        raise Forbidden
    by.require_write_token(Permission.METRIC_MANAGE)


def _merge(
    kpi: Kpi, periods: Mapping[date, PeriodDraft | None], standing: dict[date, KpiPeriod]
) -> Changes:
    """Set what differs on the rows in `standing`, new ones too: {field: {month: [before, after]}}.

    A period that stands may be changed even where the fiscal year has been moved since.
    """
    year_start = Tenant.objects.values_list("fiscal_year_start", flat=True).get(pk=kpi.tenant_id)
    errors: dict[str, list[StrOrPromise]] = {}
    changes: Changes = {}
    for day, draft in sorted(periods.items()):
        key = f"periods.{day:%Y-%m}"
        if day not in standing and (fault := _day_fault(day, kpi, year_start)):
            errors[key] = [fault]
            continue
        period = standing.setdefault(day, KpiPeriod(kpi=kpi, starts_on=day))
        wanted, faults = _cleaned((draft or EMPTY).given(), kpi.decimals)
        for name, value in wanted.items():
            before = getattr(period, name)
            if before != value:
                setattr(period, name, value)
                changes.setdefault(name, {})[period.month] = [_said(before), _said(value)]
        if not faults and period.is_upside_down:
            faults["band_high"] = _("The upper limit cannot lie below the lower one.")
        errors |= {f"{key}.{name}": [fault] for name, fault in faults.items()}
    if errors:
        raise Invalid(errors)
    return changes


def _said(value: Any) -> Any:
    return None if value == "" else value


def _day_fault(day: date, kpi: Kpi, year_start: int) -> StrOrPromise | None:
    if not FIRST_DAY <= day <= LAST_DAY:
        return _("Write periods like 2026-01, between 1990 and 2100.")
    if not begins_period(day, Rhythm(kpi.rhythm), year_start):
        faults = {
            Rhythm.MONTH: _("A month begins on its first day."),
            Rhythm.QUARTER: _("No quarter of the fiscal year begins here."),
            Rhythm.YEAR: _("The fiscal year does not begin here."),
        }
        return faults[Rhythm(kpi.rhythm)]
    return None


def _cleaned(
    given: Mapping[str, Any], decimals: int
) -> tuple[dict[str, Any], dict[str, StrOrPromise]]:
    """What can be kept, and what is wrong with the rest."""
    wanted: dict[str, Any] = {}
    faults: dict[str, StrOrPromise] = {}
    for name, value in given.items():
        if name == "note":
            wanted[name] = value.strip()
            if fault := text_fault(wanted[name], limit=NOTE_LENGTH, required=False):
                faults[name] = fault
            continue
        figure = None if value is None else figure_of(value, decimals)
        if figure is None or isinstance(figure, Decimal):
            wanted[name] = figure
        else:
            faults[name] = figure
    return wanted, faults


def _keep(periods: list[KpiPeriod], *, by: Actor, source: Source) -> None:
    """Save rows that hold something, remove those that hold nothing."""
    for period in periods:
        if period.is_empty:
            if period.pk is not None:
                KpiPeriod.objects.filter(pk=period.pk).delete()
            continue
        period.source, period.updated_at = source, Now()
        period.author = f"{by.name} <{by.email}>" if by.email else by.name
        period.save()
