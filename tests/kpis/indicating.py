"""Objectives, KPIs and periods for tests, made through the services."""

from datetime import date
from typing import Any

from governance.audit.models import AuditEvent
from governance.history import sentence_of
from governance.people.choices import Role
from kpis.indicators.choices import Direction
from kpis.indicators.services.kpis import KpiDraft, kpi_change, kpi_create
from kpis.indicators.services.objectives import ObjectiveDraft, objective_create
from kpis.indicators.services.periods import PeriodDraft, kpi_periods_write
from kpis.models import Kpi, KpiPeriod, Objective
from tests.houses import House


def make_objective(
    house: House, name: str = "Reduce the cost of inventory", parent: Objective | None = None
) -> Objective:
    by = house.system(Role.PMO)
    with house.active():
        return objective_create(draft=ObjectiveDraft(name, parent), by=by)


def make_kpi(house: House, name: str = "Vacant space", **more: Any) -> Kpi:
    by = house.system(Role.PMO)
    given = {"direction": Direction.DECREASE, "decimals": 3} | more
    with house.active():
        return kpi_create(draft=KpiDraft(name, **given), by=by)


def fill(house: House, kpi: Kpi, years: dict[int, PeriodDraft | None]) -> Kpi:
    """Write years of a KPI whose year begins in January."""
    by = house.system(Role.PMO)
    with house.active():
        version = Kpi.objects.get(pk=kpi.pk).version
        periods = {date(year, 1, 1): draft for year, draft in years.items()}
        return kpi_periods_write(kpi=kpi, periods=periods, seen_version=version, by=by)


def make_filled(house: House, **more: Any) -> Kpi:
    """A KPI below a goal and an objective, met in 2017, missed in 2018 and planned for 2019."""
    goal = make_objective(house, "Real estate")
    kpi = make_kpi(house, objective=make_objective(house, parent=goal), unit="share", **more)
    return fill(
        house,
        kpi,
        {
            2017: PeriodDraft("0.032", "0.030"),
            2018: PeriodDraft("0.031", "0.038", note="A method changed."),
            2019: PeriodDraft("0.030"),
        },
    )


def stored(house: House, kpi: Kpi) -> dict[str, dict[str, str]]:
    """{month: {field: text}} of what stands in the rows of a KPI."""
    names = ("target", "actual", "band_low", "band_high", "note")
    with house.active():
        rows = KpiPeriod.objects.filter(kpi_id=kpi.pk).order_by("starts_on")
        return {
            row.month: {
                name: str(value) if name == "note" else f"{value.normalize():f}"
                for name in names
                if (value := getattr(row, name)) not in (None, "")
            }
            for row in rows
        }


def told(house: House, key: str) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    """Actions on a subject in order, each with what changed, as history shows it."""
    with house.active():
        events = [sentence_of(event) for event in AuditEvent.objects.order_by("id")]
    return [
        (event.action, {change.label: (change.before, change.after) for change in event.changes})
        for event in events
        if event.subject_key == key
    ]


def write(
    house: House, kpi: Kpi, periods: dict[date, PeriodDraft | None], name: str = "pmo", **more: Any
) -> Kpi:
    by = house.actor(name)
    with house.active():
        seen = more.pop("seen", None) or Kpi.objects.get(pk=kpi.pk).version
        return kpi_periods_write(kpi=kpi, periods=periods, seen_version=seen, by=by, **more)


def change(house: House, kpi: Kpi, *, seen: int = 0, **fields: Any) -> Kpi:
    by = house.actor("pmo")
    with house.active():
        return kpi_change(kpi=kpi, seen_version=seen or kpi.version, fields=fields, by=by)
