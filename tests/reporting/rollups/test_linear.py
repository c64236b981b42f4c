"""What a roll-up reads grows with what lies in it, and not with its square.

The planner knows little of CTEs and takes several conditions on one for what leaves a single row;
it then looks through another CTE once for each row of the first. Rows read are counted, not timed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import F

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_create
from initiatives.choices import Stage
from initiatives.models import Measure
from kpis.figures.selectors import clock_of
from kpis.models import MONTH_COLUMNS, Effect, Metric, ValueYear
from reporting.rollups.services import desk_of, raised
from reporting.rollups.services_filling import Filler, Rows
from tests.houses import House, build_house
from tests.initiatives.making import make_measure
from tests.kpis.oracle.loading import with_metrics
from tests.plugins.servers import Servers
from tests.reporting.lighting import settled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("open_stages")]
FEW, MANY = 500, 2_000
# Four times the measures: as many times the rows, and some to spare; each with each would be 16.
MOST = 6.0
# Of a tenant with ten times the packages a change may meet as many rows, and some to spare.
PROJECTS, ALIKE = (3, 27), 1.5
SERIES = ("plan", "baseline", "forecast", "actual_claimed", "actual_validated")


def decided(house: House, number: int, packages: Sequence[Node] = ()) -> None:
    """So many more measures, with a year of every series each, in packages or the default one."""
    first = make_measure(house)
    shared = {
        field.attname: getattr(first, field.attname)
        for field in Measure._meta.concrete_fields
        if field.name not in ("id", "public_id", "code")
    }
    Measure.objects.insert_many(
        [
            Measure(
                **shared
                | {"code": f"{first.code}-{n}"}
                | ({"package_id": packages[n % len(packages)].pk} if packages else {})
            )
            for n in range(number)
        ]
    )
    ids = Measure.objects.filter(code__startswith=f"{first.code}-").values_list("pk", flat=True)
    with_years(house, list(ids))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tests.moves_stages = 'on'")
        subject = Subject("measure", first.code, first.name)
        record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())
        Measure.objects.filter(pk__in=list(ids)).update(stage=Stage.DECIDED)
        cursor.execute("SET LOCAL tests.moves_stages = 'off'")


def with_years(house: House, measures: list[int]) -> None:
    """A recurring effect of each measure, with a year of every series."""
    metric = Metric.objects.get(code=house.tenant.headline_metric)
    Effect.objects.insert_many(
        [
            Effect(
                measure_id=pk,
                metric=metric,
                kind="recurring",
                effect_class="hard",
                currency=house.tenant.currency,
            )
            for pk in measures
        ]
    )
    year = clock_of(house.tenant).latest.year
    cells = dict.fromkeys(MONTH_COLUMNS, 100)
    ValueYear.objects.insert_many(
        [
            ValueYear(
                effect_id=pk, series=name, baseline_no=int(name == "baseline"), year=year, **cells
            )
            for pk in Effect.objects.filter(measure_id__in=measures).values_list("pk", flat=True)
            for name in SERIES
        ]
    )


@contextmanager
def unguarded(owner: psycopg.Connection) -> Iterator[None]:
    """Values without the triggers of their rows, which read much where nothing was ever analysed.

    That is what takes the time, so that the tables would be analysed meanwhile.
    """
    owner.execute("ALTER TABLE kpis_valueyear DISABLE TRIGGER USER")
    try:
        yield
    finally:
        owner.execute("ALTER TABLE kpis_valueyear ENABLE TRIGGER USER")


def rows_read(filler: Filler, level: Level, ids: list[int], touched: Rows | None = None) -> int:
    """Rows that all steps of the statements of some nodes met, kept or not, by their plans."""
    read = 0
    with connection.cursor() as cursor:
        for call, given in filler.calls(level, ids, touched, is_told=True):
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {call}", given)
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


def read_as_it_grows(
    servers: Servers,
    house: House,
    numbers: Sequence[int],
    grow: Callable[[int], None],
    read: Callable[[], int],
    *,
    is_analysed: bool,
) -> list[int]:
    """What is read after each growth; this connection keeps its plans from one to the next."""
    found = []
    with house.active():
        with_metrics(house)
    with psycopg.connect(servers.migrator_url, autocommit=True) as owner, unguarded(owner):
        for number in numbers:
            with house.active():
                grow(number)
            if is_analysed:
                owner.execute("ANALYZE")
            with house.active():
                found.append(read())
    return found


@pytest.mark.parametrize("is_analysed", [False, True])
def test_four_times_the_measures_read_about_four_times_the_rows(
    servers: Servers, *, is_analysed: bool
) -> None:
    house = build_house(f"linear-{is_analysed}".lower())

    def grow(number: int) -> None:
        decided(house, number)

    def rows() -> int:
        ids = list(Measure.objects.values_list("package_id", flat=True).distinct())
        with filling(house) as filler:
            return rows_read(filler, Level.PACKAGE, ids)

    sizes = (FEW, MANY - FEW)
    read = read_as_it_grows(servers, house, sizes, grow, rows, is_analysed=is_analysed)
    assert read[1] < MOST * read[0], read


@pytest.mark.parametrize("is_analysed", [False, True])
def test_ten_times_the_packages_and_a_change_reads_no_more(
    servers: Servers, *, is_analysed: bool
) -> None:
    house = build_house(f"flat-{is_analysed}".lower())

    def grow(number: int) -> None:
        places = many_packages(house, number)
        decided(house, 2 * len(places), places)
        settled(house.tenant)

    def rows() -> int:
        return read_by_a_change(house)

    read = read_as_it_grows(servers, house, PROJECTS, grow, rows, is_analysed=is_analysed)
    assert read[1] < ALIKE * read[0], read


def many_packages(house: House, projects: int) -> list[Node]:
    """So many more projects of ten packages each."""
    by, found = house.system(Role.PMO), []
    for _project in range(projects):
        draft = NodeDraft(Level.PROJECT, "One of many")
        project = node_create(parent=house.other_program, draft=draft, by=by)
        for _package in range(10):
            draft = NodeDraft(Level.PACKAGE, "One of many")
            found.append(node_create(parent=project, draft=draft, by=by))
    return found


def read_by_a_change(house: House) -> int:
    """Rows met when a year of one package changes, in its own tables and in those above it."""
    year = ValueYear.objects.filter(series="plan").order_by("id")[0]
    package = Measure.objects.get(pk=Effect.objects.get(pk=year.effect_id).measure_id).package

    def change() -> None:
        ValueYear.objects.filter(pk=year.pk).update(m01=F("m01") + 1)

    with filling(house) as filler:
        change()
        read = rows_read(filler, Level.PACKAGE, [package.pk])
        change()
        told = filler.fill(Level.PACKAGE, [package.pk], is_told=True)
        assert told
        touched = raised(told, {package.pk: package.parent_id})
        return read + rows_read(filler, Level.PROJECT, [package.parent_id], touched)


def filling(house: House) -> Filler:
    desk = desk_of(Tenant.objects.get(pk=house.tenant.pk))
    return Filler(desk.bases, desk.params)
