"""Measures for tests, made through the service."""

from typing import Any

from governance.people.choices import Role
from governance.tree.models import Node
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from tests.houses import House


def make_measure(
    house: House, name: str = "Bundle steel", *, place: Node | None = None, **fields: Any
) -> Measure:
    """A measure in the first package or elsewhere, made by the product with every right."""
    by = house.system(*Role)
    with house.active():
        draft = MeasureDraft(name, **fields)
        return measure_create(package=place or house.package, draft=draft, by=by)


def make_measures(house: House, number: int, **fields: Any) -> list[Measure]:
    """So many measures called `Measure 001` and so on."""
    return [make_measure(house, f"Measure {index:03}", **fields) for index in range(1, number + 1)]


def reloaded(house: House, measure: Measure) -> Measure:
    """The measure as the database has it now."""
    with house.active():
        row: Measure = Measure.objects.select_related(
            "package", "owner__user", "sponsor__user"
        ).get(pk=measure.pk)
        return row
