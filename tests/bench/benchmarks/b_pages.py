"""Pages of one thing: a program, its totals, the portfolio, a measure."""

from collections.abc import Iterator

from governance.tree.rules import path_end
from initiatives.models import Measure
from kpis.models import MONTH_COLUMNS
from tests.bench.benchmarks.a_lists import COLUMNS, WHO, answer, full_program, page
from tests.bench.place import Place
from tests.bench.registry import Act, Pair, benchmark

SUMS = ", ".join(f"sum(y.{column})" for column in MONTH_COLUMNS)
FACTS = """
FROM initiatives_measure m
JOIN governance_node n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
JOIN kpis_metric t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id
WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND e.tenant_id = %(tenant)s
  AND t.tenant_id = %(tenant)s AND y.tenant_id = %(tenant)s
  AND n.path >= %(from)s AND n.path < %(to)s
"""
COUNTS = """
SELECT split_part(n.path, '/', %(depth)s), m.stage, m.overlay, count(*)
FROM initiatives_measure m
JOIN governance_node n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s
  AND n.path >= %(from)s AND n.path < %(to)s GROUP BY 1, 2, 3
"""
MONTHS = f"""
SELECT split_part(n.path, '/', %(depth)s), y.series, t.code, e.kind, e.effect_class, e.currency,
       y.year, {SUMS} {FACTS} GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
CHILDREN = """
SELECT c.id, c.code, c.name, c.planned_start, c.planned_end,
  (SELECT count(*) FROM governance_node n
   JOIN initiatives_measure m ON m.tenant_id = n.tenant_id AND m.package_id = n.id
   WHERE n.tenant_id = c.tenant_id AND n.path >= c.path
     AND n.path < rtrim(c.path, '/') || '0' COLLATE "C")
FROM governance_node c WHERE c.tenant_id = %(tenant)s AND c.parent_id = %(id)s
ORDER BY c.sort_key LIMIT 51
"""


@benchmark(
    "Pages of one place",
    note="The product reads stored roll-ups; the bare side of totals and portfolio adds the same "
    "up from the rows below, in one statement over measures and one over months. It grows with "
    "the tenant where the product should not.",
)
def places(place: Place) -> Iterator[Pair]:
    """From the program's own page to the whole tenant."""
    client, caller = place.house.client(WHO), place.house.caller(WHO)
    with place.house.active():
        program = full_program(place)
    children = {"tenant": place.tenant_id, "id": program.pk}
    yield Pair(
        "program page",
        page(place, client, f"programs/{program.code}/"),
        lambda: place.bare.execute(CHILDREN.encode(), children).fetchall(),
        note="The bare side of the program page is its children with their number of measures.",
    )
    below = sums(place, program.path, 4)
    yield Pair("program totals, page", page(place, client, f"totals/{program.code}/"), below)
    yield Pair("program totals, API", answer(caller, f"roll-ups/{program.code}/"), below)
    everything = sums(place, place.house.root.path, 3)
    yield Pair("portfolio page", page(place, client, "portfolio/"), everything, least=5)


@benchmark("Page of one measure")
def measures(place: Place) -> Iterator[Pair]:
    """A measure with its effects and their months."""
    client, caller = place.house.client(WHO), place.house.caller(WHO)
    with place.house.active():
        code = Measure.objects.order_by("id")[place.size // 2].code

    def bare() -> None:
        rows = place.read(COLUMNS + " AND m.code = %s", (place.tenant_id, code))
        place.read(
            "SELECT e.*, y.* FROM kpis_effect e JOIN kpis_valueyear y"
            " ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
            " WHERE e.tenant_id = %s AND e.measure_id = %s",
            (place.tenant_id, rows[0][0]),
        )

    note = "The bare side is two statements: the measure with its relations, its effects' years."
    yield Pair("page", page(place, client, f"measures/{code}/"), bare, note=note)
    yield Pair("API", answer(caller, f"measures/{code}/"), bare, note=note)


def sums(place: Place, path: str, depth: int) -> Act:
    """Counts and monthly sums below a path, by child: all that a page of totals is made of."""
    values = {"tenant": place.tenant_id, "from": path, "to": path_end(path), "depth": depth}

    def fetch() -> None:
        place.bare.execute(COUNTS.encode(), values).fetchall()
        assert place.bare.execute(MONTHS.encode(), values).fetchall()

    return fetch
