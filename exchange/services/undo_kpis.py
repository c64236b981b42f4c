"""Taking imported KPIs back: new ones go, periods of the others say again what they said."""

from datetime import date
from typing import Any

from django.db import transaction

from exchange.choices import ItemAction, ItemKind
from exchange.models import Import, ImportItem
from governance.people.actor import Actor
from kpis.choices import Source
from kpis.indicators.models import Kpi, Objective
from kpis.indicators.services.kpis import kpi_delete
from kpis.indicators.services.objectives import objective_delete
from kpis.indicators.services.periods import PeriodDraft, kpi_periods_write


@transaction.atomic
def undo_kpis(*, run: Import, by: Actor) -> None:
    """Raises `Conflict("objective_in_use")` where somebody put a KPI under a new objective."""
    items = ImportItem.objects.filter(run=run)
    for item in items.filter(kind=ItemKind.KPI_VALUES).order_by("-id"):
        kpi = Kpi.objects.get(pk=item.object_id)
        periods = {date.fromisoformat(day): _former(said) for day, said in item.before.items()}
        kpi_periods_write(
            kpi=kpi, periods=periods, seen_version=item.version, by=by, source=Source.IMPORT
        )
    for item in items.filter(kind=ItemKind.KPI, action=ItemAction.CREATED).order_by("-id"):
        kpi_delete(kpi=Kpi.objects.get(pk=item.object_id), seen_version=item.version, by=by)
    for item in items.filter(kind=ItemKind.OBJECTIVE).order_by("-id"):
        row = Objective.objects.get(pk=item.object_id)
        objective_delete(objective=row, seen_version=item.version, by=by)


def _former(said: dict[str, Any] | None) -> PeriodDraft | None:
    return None if said is None else PeriodDraft(**said)
