"""Effects and plans for tests, made through the services."""

from decimal import Decimal
from typing import Any

from django.test import Client

from governance.people.choices import Role
from initiatives.models import Measure
from kpis.choices import EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Effect, Metric
from kpis.selectors import values_of
from kpis.services import EffectDraft, effect_create, values_write
from tests.houses import House
from tests.initiatives.making import make_measure


def make_planned(house: House) -> Measure:
    """A measure of the owner, in a tenant that has metrics."""
    by = house.system(Role.PMO)
    with house.active():
        for draft in STARTING_METRICS:
            metric_create(draft=draft, by=by)
    return make_measure(house, "Bundle steel", owner=house.people["owner"])


def add_effect(
    house: House,
    measure: Measure,
    metric: str = "EBITDA",
    kind: EffectKind = EffectKind.RECURRING,
    **more: Any,
) -> Effect:
    by = house.system(Role.PMO)
    with house.active():
        found = Metric.objects.get(code=metric)
        return effect_create(measure=measure, draft=EffectDraft(found, kind, **more), by=by)


def plan(house: House, effect: Effect, cells: dict[str, str | None]) -> Effect:
    by = house.actor("pmo")
    with house.active():
        version = Effect.objects.get(pk=effect.pk).version
        return values_write(
            effect=effect, series=Series.PLAN, cells=cells, seen_version=version, by=by
        )


def planned(house: House, effect: Effect) -> dict[str, Decimal]:
    with house.active():
        cells = values_of([effect])[0].series(Series.PLAN)
        return {str(month): amount for month, amount in cells.items()}


def opened(client: Client, url: str) -> dict[str, str]:
    """What a browser would send back from the form as it was opened."""
    form = client.get(url).context["form"]
    seen = {"seen_version": str(form.initial["seen_version"]), **dict(form.seen_inputs())}
    return {**seen, **form.current, "action": "save"}


def values_url(house: House, measure: Measure, query: str = "") -> str:
    return house.page(f"measures/{measure.code}/values/{query}")
