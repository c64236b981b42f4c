"""Stored roll-ups: reading a node, one change end to end, and computing a tenant anew."""

from collections.abc import Iterator
from itertools import count

from governance.people.choices import Role
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.choices import Series
from kpis.models import MONTH_COLUMNS, Effect
from kpis.services import values_write
from reporting.rollups.models import RollUpMarker
from reporting.rollups.services import drain, recompute_all, refresh
from tests.bench.benchmarks.a_lists import WHO, page
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

KEPT = (
    "SELECT * FROM reporting_rollupline WHERE tenant_id = %s AND node_id = %s",
    "SELECT * FROM reporting_rollupyear WHERE tenant_id = %s AND node_id = %s",
    "SELECT * FROM reporting_rollupcount WHERE tenant_id = %s AND node_id = %s",
)
# What a computation of the whole tenant cannot do without, read to the end.
BY_PACKAGE = (
    "SELECT m.package_id, m.stage, m.overlay, e.kind, e.effect_class, e.currency, y.series, y.year,"
    f" {', '.join(f'sum(y.{column})' for column in MONTH_COLUMNS)}, count(*)"
    " FROM initiatives_measure m"
    " JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id"
    " JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
    " WHERE m.tenant_id = %s AND m.package_id = ANY(%s) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
)


def settled(place: Place) -> int:
    """Drain until nothing is left; how many markers there were."""
    drained = 0
    with place.house.active():
        refresh(place.house.tenant)
    while True:
        with place.house.active():
            one = drain(place.house.tenant)
        if one <= 0:
            return drained
        drained += one


@benchmark(
    "Page of a node from stored roll-ups",
    note="Reading should cost the same whatever hangs below.",
)
def pages(place: Place) -> Iterator[Pair]:
    """The tenant's root, under which everything hangs."""
    settled(place)
    place.unguarded.execute(b"VACUUM (ANALYZE)")
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


@benchmark("A whole tenant computed anew", note="Package by package in batches, each committed.")
def whole(place: Place) -> Iterator[Pair]:
    """All roll-ups, against the GROUP BY over the same rows."""
    settled(place)
    with place.house.active():
        packages = list(Node.objects.filter(level=Level.PACKAGE).values_list("pk", flat=True))
        measures = Measure.objects.count()
        tenant = Tenant.objects.get(pk=place.tenant_id)

    def product() -> None:
        with place.house.active():
            recompute_all(tenant)
        assert settled(place) == len(packages)

    def bare() -> None:
        place.read(BY_PACKAGE, (place.tenant_id, packages))

    yield Pair(
        "recompute", product, bare, rows=measures, least=3, note="One statement, read whole."
    )
