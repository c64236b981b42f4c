"""Stored roll-ups: reading a node, one change end to end, and computing a tenant anew."""

from collections.abc import Iterator
from itertools import count

from django.db import connection

from governance.people.choices import Role
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.choices import Series
from kpis.models import MONTH_COLUMNS, Effect
from kpis.services import values_write
from reporting.rollups.models import RollUpMarker
from reporting.rollups.parts import TABLES
from reporting.rollups.services import desk_of, drain, recompute_all, refresh
from reporting.rollups.services_filling import MANNERS, statements
from tests.bench.benchmarks.a_lists import WHO, page
from tests.bench.lives import live
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

KEPT = (
    "SELECT * FROM reporting_rollupline WHERE tenant_id = %s AND node_id = %s",
    "SELECT * FROM reporting_rollupyear WHERE tenant_id = %s AND node_id = %s",
    "SELECT * FROM reporting_rollupcount WHERE tenant_id = %s AND node_id = %s",
)
# What a computation of the whole tenant cannot do without.
BY_PACKAGE = (
    "SELECT m.package_id, m.stage, m.overlay, e.kind, e.effect_class, e.currency, y.series, y.year,"
    f" {', '.join(f'sum(y.{column})' for column in MONTH_COLUMNS)}, count(*)"
    " FROM initiatives_measure m"
    " JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id"
    " JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
    " WHERE m.tenant_id = %s AND m.package_id = ANY(%s) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
)

# Every column is computed and nothing is sent.
CONSUMED = f"SELECT count(made) FROM ({BY_PACKAGE}) made"
GROUPED = "The bare side of the first is a GROUP BY over all packages, every column computed."
SELECTED = "That of the others reads all figures of all packages and stores none."
# Packages of which one statement says all, as when they are stored.
AT_ONCE = 250
MARKED = 1_000
# Of larger tenants one turn takes half a minute and more.
LARGE = 10_000


def settled(place: Place) -> int:
    """Let some measures get on and drain until nothing is left; how many markers there were."""
    live(place)
    return drained(place)


def drained(place: Place) -> int:
    """Drain until nothing is left; how many markers there were."""
    done = 0
    with place.house.active():
        refresh(place.house.tenant)
    while True:
        with place.house.active():
            one = drain(place.house.tenant)
        if one <= 0:
            return done
        done += one


@benchmark(
    "Page of a node from stored roll-ups",
    note="Reading should cost the same whatever hangs below.",
)
def pages(place: Place) -> Iterator[Pair]:
    """The tenant's root, under which everything hangs."""
    settled(place)
    # As on a tenant that is not a minute old: what was just filled is still being written out.
    for statement in (b"VACUUM (ANALYZE)", b"CHECKPOINT"):
        place.unguarded.execute(statement)
    house = place.house
    read = (place.tenant_id, house.root.pk)

    def bare() -> None:
        for statement in KEPT:
            place.read(statement, read)

    url = f"totals/{house.slug}/"
    note = "The bare side reads the stored rows of the node."
    yield Pair("page of the root", page(place, house.client(WHO), url), bare, note=note)


@benchmark("One change until its roll-ups are current")
def changes(place: Place) -> Iterator[Pair]:
    """Twelve months of one effect saved, then drained up to the root."""
    settled(place)
    house, numbers = place.house, count(1)
    actor = house.system(Role.PMO)
    with house.active():
        effect = Effect.objects.select_related("measure__package").order_by("id")[place.size // 2]
        package = [effect.measure.package_id]

    def change() -> None:
        amount = next(numbers)
        cells = {f"2027-{month:02d}": str(amount + month) for month in range(1, 13)}
        with house.active():
            seen = Effect.objects.get(pk=effect.pk).version
            values_write(
                effect=effect, series=Series.PLAN, cells=cells, seen_version=seen, by=actor
            )

    def drained() -> None:
        with house.active():
            RollUpMarker.objects.create(node_id=package[0])
            assert drain(house.tenant) >= 1

    def both() -> None:
        change()
        with house.active():
            assert drain(house.tenant) >= 1

    def bare() -> None:
        place.read(BY_PACKAGE, (place.tenant_id, package))

    note = "The bare side is the GROUP BY over the one package."
    yield Pair("save and drain", both, bare, note=note)
    yield Pair("drain of one marker", drained, bare)


@benchmark("A thousand markers drained")
def batches(place: Place) -> Iterator[Pair]:
    """Markers of so many packages, or of all where there are fewer, drained up to the root."""
    settled(place)
    house = place.house
    with house.active():
        packages = Node.objects.filter(level=Level.PACKAGE).order_by("id")
        some = list(packages.values_list("pk", flat=True)[:MARKED])

    def product() -> None:
        with house.active():
            RollUpMarker.objects.bulk_create(RollUpMarker(node_id=pk) for pk in some)
        assert drained(place) == len(some)

    def bare() -> None:
        place.read(CONSUMED, (place.tenant_id, some))

    note = (
        "The bare side is one GROUP BY over these packages. 1,000 by markers per second is ms each."
    )
    yield Pair("one marker for each package", product, bare, rows=len(some), least=3, note=note)


@benchmark(
    "A whole tenant computed anew",
    note="Level by level in batches, each committed. A GROUP BY adds up twelve months; F1 to F7 "
    "and the lights are some sixty figures of each effect and measure, so that one GROUP BY says "
    "little of what it costs to store them: the other lines stand beside all these figures as bare "
    "SELECTs. What stays as it was is not written, as in a night; from nothing, all rows are "
    "dropped within the time and written.",
)
def whole(place: Place) -> Iterator[Pair]:
    """All roll-ups, against one GROUP BY over the same rows and against the same figures read."""
    settled(place)
    with place.house.active():
        packages = list(Node.objects.filter(level=Level.PACKAGE).values_list("pk", flat=True))
        nodes = Node.objects.count()
        measures = Measure.objects.count()
        tenant = Tenant.objects.get(pk=place.tenant_id)

    def product() -> None:
        with place.house.active():
            recompute_all(tenant)
        assert drained(place) == nodes

    def from_nothing() -> None:
        for table in TABLES:
            statement = f"DELETE FROM {table} WHERE tenant_id = %s"
            place.unguarded.execute(statement.encode(), (place.tenant_id,))
        product()

    def figures() -> None:
        read_all(place, tenant, packages)

    def bare() -> None:
        place.read(CONSUMED, (place.tenant_id, packages))

    is_large = place.size > LARGE
    sides = [("beside one GROUP BY", product, bare), ("beside its own figures", product, figures)]
    if not is_large:
        sides.append(("from nothing, beside its own figures", from_nothing, figures))
    for name, act, beside in sides:
        yield Pair(
            name,
            act,
            beside,
            rows=measures,
            least=1 if is_large else 3,
            note=f"{GROUPED} {SELECTED}",
            takes_minutes=is_large,
        )


def read_all(place: Place, tenant: Tenant, packages: list[int]) -> None:
    """The figures of all packages as SELECTs in batches, and nothing stored."""
    with place.house.active(), connection.cursor() as cursor:
        cursor.execute(MANNERS)
        desk = desk_of(tenant)
        for at in range(0, len(packages), AT_ONCE):
            some = packages[at : at + AT_ONCE]
            for one, ids in statements(Level.PACKAGE, desk.bases, desk.params, some):
                parts = " UNION ALL ".join(
                    f"SELECT count(made) AS n FROM ({query.rows}) made" for query in one.queries
                )
                params = {**desk.params, **one.params, "nodes": ids}
                cursor.execute(f"{one.head} SELECT sum(n) FROM ({parts}) counted", params)
