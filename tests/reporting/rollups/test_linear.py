"""What a roll-up reads grows with what lies in it, and not with its square.

The planner knows little of CTEs and takes several conditions on one for what leaves a single row;
it then looks through another CTE once for each row of the first. Rows read are counted, not timed.
"""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from initiatives.choices import Stage
from initiatives.models import Measure
from kpis.figures.selectors import clock_of
from kpis.models import MONTH_COLUMNS, Effect, Metric, ValueYear
from reporting.rollups import services_filling
from reporting.rollups.services import desk_of
from tests.houses import House, build_house
from tests.initiatives.making import make_measure
from tests.kpis.oracle.loading import with_metrics
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("open_stages")]
FEW, MANY = 100, 400
# Four times the measures: as many times the rows, and some to spare; each with each would be 16.
MOST = 6.0
SERIES = ("plan", "baseline", "forecast", "actual_claimed", "actual_validated")


def decided(house: House, number: int) -> None:
    """So many more measures in the default package, with a year of every series each."""
    first = make_measure(house)
    shared = {
        field.attname: getattr(first, field.attname)
        for field in Measure._meta.concrete_fields
        if field.name not in ("id", "public_id", "code")
    }
    Measure.objects.insert_many(
        [Measure(**shared, code=f"{first.code}-{n}") for n in range(number)]
    )
    metric = Metric.objects.get(code=house.tenant.headline_metric)
    ids = Measure.objects.filter(code__startswith=f"{first.code}-").values_list("pk", flat=True)
    Effect.objects.insert_many(
        [
            Effect(
                measure_id=pk,
                metric=metric,
                kind="recurring",
                effect_class="hard",
                currency=house.tenant.currency,
            )
            for pk in ids
        ]
    )
    year = clock_of(house.tenant).latest.year
    cells = dict.fromkeys(MONTH_COLUMNS, 100)
    ValueYear.objects.insert_many(
        [
            ValueYear(
                effect_id=pk, series=name, baseline_no=int(name == "baseline"), year=year, **cells
            )
            for pk in Effect.objects.filter(measure_id__in=ids).values_list("pk", flat=True)
            for name in SERIES
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tests.moves_stages = 'on'")
        subject = Subject("measure", first.code, first.name)
        record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())
        Measure.objects.filter(pk__in=list(ids)).update(stage=Stage.DECIDED)
        cursor.execute("SET LOCAL tests.moves_stages = 'off'")


def rows_read(house: House) -> int:
    """Rows that all steps of the statements of packages met, kept or not, by their plans."""
    desk = desk_of(Tenant.objects.get(pk=house.tenant.pk))
    ids = list(Measure.objects.values_list("package_id", flat=True).distinct())
    with (
        services_filling.Filler(desk.bases, desk.params) as filler,
        connection.cursor() as cursor,
    ):
        read = 0
        for statement, some in services_filling.statements(
            Level.PACKAGE, desk.bases, desk.params, ids
        ):
            asked = filler.prepared_call(services_filling._filling(statement))
            given = {**desk.params, **statement.params, "nodes": some}
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {asked}", given)
            (plan,) = cursor.fetchone()
            read += sum(_met(node) for node in _nodes(plan))
    return read


def _nodes(plan: Any) -> Iterator[dict[str, Any]]:
    found = json.loads(plan) if isinstance(plan, str) else plan
    waiting = [found[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        yield node


def _met(node: dict[str, Any]) -> int:
    removed = ("Rows Removed by Filter", "Rows Removed by Join Filter")
    rows = node["Actual Rows"] + sum(node.get(name, 0) for name in removed)
    return int(rows * node["Actual Loops"])


@pytest.mark.parametrize("is_analysed", [True, False])
def test_four_times_the_measures_read_about_four_times_the_rows(
    servers: Servers, *, is_analysed: bool
) -> None:
    house = build_house(f"linear-{is_analysed}".lower())
    with house.active():
        with_metrics(house)
    read = []
    with psycopg.connect(servers.migrator_url, autocommit=True) as owner:
        for number in (FEW, MANY - FEW):
            with house.active():
                decided(house, number)
            if is_analysed:
                owner.execute("ANALYZE")
            # A plan made for fewer is not taken over.
            connection.close()
            with house.active():
                read.append(rows_read(house))
    assert read[1] < MOST * read[0], read
