"""Measures past T3 with a baseline and a forecast for tests, and saves of their grid."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.test import Client

from initiatives.hooks import gate_passed
from initiatives.models import Measure
from kpis.choices import Cause, EffectKind, Series
from kpis.forecasts.changes import EffectChange, GridChange, ReasonDraft
from kpis.forecasts.services.grid import grid_save
from kpis.models import Effect, ValueHistory
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import fresh, named
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved

YEAR = {f"2026-{month:02d}": "10000" for month in range(1, 13)}


def make_decided(
    house: House, cells: Mapping[str, str] = YEAR, metric: str = "EBITDA", **more: Any
) -> Effect:
    """An effect of a measure of the owner that has just passed T3: baseline 1, forecast a copy."""
    measure = named(house, make_planned(house), controller="controller")
    effect = add_effect(house, measure, metric, **({"kind": EffectKind.RECURRING} | more))
    plan(house, effect, dict(cells))
    passed(house, measure)
    return fresh(house, effect)


def passed(house: House, measure: Measure) -> Measure:
    """The measure after T3: the hook of the gate has run, the stage stands."""
    with house.active():
        gate_passed(measure.pk, "T3", house.actor("controller"))
    return moved(house, measure, "decided")


def forecast(
    house: House,
    effect: Effect,
    cells: Mapping[str, object],
    cause: Cause | None = Cause.VALUE,
    *reasons: tuple[int | None, str, str],
    name: str = "owner",
) -> Effect:
    """Save months of one effect's forecast."""
    change = changing(house, effect, Series.FORECAST, cells, cause, *reasons)
    measure = reloaded(house, effect.measure)
    with house.active():
        return grid_save(measure=measure, change=change, by=house.actor(name))[0]


def changing(
    house: House,
    effect: Effect,
    series: Series,
    cells: Mapping[str, object],
    cause: Cause | None = None,
    *reasons: tuple[int | None, str, str],
) -> GridChange:
    """A change of one effect as it is now."""
    row = fresh(house, effect)
    key = str(row.public_id)
    drafts = [ReasonDraft(key, *reason) for reason in reasons]
    return GridChange([EffectChange(key, row.version, {series: cells})], cause, drafts)


def history(house: House, effect: Effect, series: Series) -> list[tuple[str, Decimal, str]]:
    """Month, amount and cause of what was written, in order."""
    with house.active():
        rows = ValueHistory.objects.filter(effect_public_id=effect.public_id, series=series)
        rows = rows.exclude(cause=Cause.OPENED).order_by("id")
        return [(f"{row.month:%Y-%m}", row.after, row.cause) for row in rows]


def grid_url(house: House, measure: Measure, year: int = 2026) -> str:
    return house.page(f"measures/{measure.code}/values/grid/?year={year}")


def opened(client: Client, url: str) -> dict[str, str]:
    """What a browser would send back from the grid as it was opened."""
    form = client.get(url).context["form"]
    hidden = {name: str(form[name].value() or "") for name in form.fields if name[:8] == "version."}
    return {**dict(form.seen_inputs()), **form.current, **hidden, "action": "save"}


def name(effect: Effect, month: str, which: Series = Series.FORECAST) -> str:
    return f"cells.{effect.public_id}.{which.value}.{month}"
