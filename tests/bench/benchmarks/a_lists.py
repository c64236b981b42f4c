"""The list of measures: first page, far in, filtered, searched; as page and by the API."""

from collections.abc import Iterator

from django.test import Client

from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.web.pages import keyset_page
from initiatives.models import Measure
from initiatives.selectors import ORDERS, MeasureFilters, measure_list
from tests.bench.place import Place
from tests.bench.registry import Act, Pair, benchmark
from tests.houses import ApiCaller

COMMON_WORD = "nickel"
WHO = "pmo"
OK = 200
BARE = (
    "The bare side is two statements: the 51 measures of the page joined to package, project and "
    "owner, and the plan totals of those 51."
)
COLUMNS = """
SELECT m.id, m.code, m.name, m.stage, m.overlay, m.value_minor, m.updated_at, m.version,
       p.code, p.name, j.code, j.name, u.name, s.name
FROM initiatives_measure m
JOIN governance_node p ON p.tenant_id = m.tenant_id AND p.id = m.package_id
JOIN governance_node j ON j.tenant_id = p.tenant_id AND j.id = p.parent_id
LEFT JOIN governance_membership o ON o.tenant_id = m.tenant_id AND o.id = m.owner_id
LEFT JOIN governance_user u ON u.id = o.user_id
LEFT JOIN governance_membership r ON r.tenant_id = m.tenant_id AND r.id = m.sponsor_id
LEFT JOIN governance_user s ON s.id = r.user_id
WHERE m.tenant_id = %s
"""
TOTALS = """
SELECT e.measure_id, e.currency, sum(coalesce(m01, 0) + coalesce(m02, 0) + coalesce(m03, 0)
  + coalesce(m04, 0) + coalesce(m05, 0) + coalesce(m06, 0) + coalesce(m07, 0) + coalesce(m08, 0)
  + coalesce(m09, 0) + coalesce(m10, 0) + coalesce(m11, 0) + coalesce(m12, 0))
FROM kpis_effect e JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id
WHERE e.tenant_id = %s AND e.measure_id = ANY(%s) AND y.series = 'plan'
  AND e.kind <> 'one_time_cost'
GROUP BY 1, 2
"""
PAGE_ORDER = " ORDER BY m.id LIMIT 51"


@benchmark(
    "List of measures",
    note="Pages are cut by cursor, so neither the size of the tenant nor the place of the page "
    "should matter.",
)
def lists(place: Place) -> Iterator[Pair]:
    """Each question as a page (all templates) and as JSON."""
    client, caller = place.house.client(WHO), place.house.caller(WHO)
    for name, query, where, values in questions(place):
        bare = bare_page(place, where, values)
        yield Pair(f"{name}, page", page(place, client, "measures/", query), bare, note=BARE)
        yield Pair(f"{name}, API", answer(caller, "measures/", query), bare, note=BARE)


def questions(place: Place) -> Iterator[tuple[str, dict[str, str], str, tuple[object, ...]]]:
    """Name, query string, and the bare condition with its values."""
    with place.house.active():
        actor = place.house.actor(WHO)
        ids = Measure.objects.order_by("id").values_list("id", flat=True)
        middle = ids[place.size // 2]
        program = full_program(place)
        code = Measure.objects.get(pk=middle).code
        cursor = far_cursor(middle, actor)
        owner = Membership.objects.get(user__email=f"owner1@{place.house.slug}.example").pk
    within = (program.path, program.path[:-1] + "0")
    search = " AND m.id = ANY(ARRAY(SELECT id FROM search_ids('measure', %s, 1000)))"
    yield "first page", {}, "", ()
    yield "page in the middle", {"cursor": cursor}, " AND m.id > %s", (middle,)
    yield (
        "one program",
        {"program": program.code},
        " AND p.tenant_id = m.tenant_id AND p.path >= %s AND p.path < %s",
        within,
    )
    yield (
        "one owner",
        {"owner": f"owner1@{place.house.slug}.example"},
        " AND m.owner_id = %s",
        (owner,),
    )
    yield f"search, a common word ({COMMON_WORD})", {"q": COMMON_WORD}, search, (COMMON_WORD,)
    yield "search, one code", {"q": code}, search, (code,)


def full_program(place: Place) -> Node:
    """A program with measures: the last one but the empty ones of the house."""
    made = Node.objects.filter(level=Level.PROGRAM).exclude(
        pk__in=[place.house.program.pk, place.house.other_program.pk]
    )
    program: Node = made.order_by("path").first()
    return program


def far_cursor(measure_id: int, actor: Actor) -> str:
    """The cursor that a reader has who has turned pages until this measure."""
    rows = measure_list(MeasureFilters(), by=actor).filter(id__gte=measure_id)
    return keyset_page(rows, order=ORDERS["code"], limit=1).next or ""


def bare_page(place: Place, where: str, values: tuple[object, ...]) -> Act:
    """The same rows without the product."""

    def fetch() -> None:
        rows = place.read(COLUMNS + where + PAGE_ORDER, (place.tenant_id, *values))
        assert rows
        place.read(TOTALS, (place.tenant_id, [row[0] for row in rows]))

    return fetch


def page(place: Place, client: Client, path: str, query: dict[str, str] | None = None) -> Act:
    """A whole page for a signed-in person."""

    def get() -> None:
        response = client.get(place.house.page(path), query or {})
        assert response.status_code == OK, (path, response.status_code)

    return get


def answer(caller: ApiCaller, path: str, query: dict[str, str] | None = None) -> Act:
    """A whole answer of the API for a token."""

    def get() -> None:
        response = caller.get(path, query)
        assert response.status_code == OK, (path, response.content)

    return get
