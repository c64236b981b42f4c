"""Bridges over many events, and the value page of a node."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from governance.calendars.selectors import today_of
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import path_end
from initiatives.models import Measure
from kpis.choices import EffectKind, Series
from kpis.models import Effect, ValueHistory, ValueYear
from reporting.bridge_facts import bridge_of
from reporting.bridge_selectors import Span, window_of
from tests.bench.benchmarks.a_lists import WHO, page
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

EVENTS, MONTHS, YEAR = 100_000, 12, 2027

# Each month of a year is saved `saves` times; the last save leaves what the cell holds.
TELL = """
INSERT INTO kpis_valuehistory (tenant_id, effect_public_id, series, baseline_no, month, before,
  after, source, author, cause, changed_at)
SELECT e.tenant_id, e.public_id, 'plan', 0, make_date(%(year)s, c.month::int, 1),
  CASE WHEN s.turn > 1 THEN c.amount + %(saves)s - s.turn + 1 END, c.amount + %(saves)s - s.turn,
  'form', 'Bench', 'estimate',
  %(at)s + (s.turn * 2000000 + e.id * 12 + c.month) * interval '1 millisecond'
FROM kpis_effect e
JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id AND y.series = 'plan'
  AND y.year = %(year)s
CROSS JOIN LATERAL unnest(
  ARRAY[m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12]) WITH ORDINALITY
  AS c(amount, month)
CROSS JOIN generate_series(1, %(saves)s) AS s(turn)
WHERE e.tenant_id = %(tenant)s AND e.id = ANY(%(effects)s)
ORDER BY s.turn, e.id, c.month
"""
EVENT_ROWS = (
    "SELECT id, changed_at, effect_public_id, series, cause, month, before, after"
    " FROM kpis_valuehistory WHERE tenant_id = %s AND changed_at > %s"
    " AND series IN ('plan', 'forecast') AND month >= %s AND month < %s ORDER BY changed_at, id"
)
NODE_MONTHS = (
    "SELECT e.kind, e.effect_class, m.stage, m.overlay, y.series, y.year,"
    f" {', '.join(f'sum(y.m{month:02d})' for month in range(1, 13))}"
    " FROM initiatives_measure m"
    " JOIN governance_node n ON n.tenant_id = m.tenant_id AND n.id = m.package_id"
    " JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id"
    " JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
    " WHERE m.tenant_id = %s AND n.path >= %s AND n.path < %s GROUP BY 1, 2, 3, 4, 5, 6"
)


@benchmark("Bridge over 100 000 events")
def bridges(place: Place) -> Iterator[Pair]:
    """Every event is a save of its own."""
    house = place.house
    most = min(place.size, EVENTS // MONTHS)
    with house.active():
        today = today_of(house.tenant)
        # The measures came into being today: what is told happens tomorrow.
        span = Span(today, today + timedelta(days=1), YEAR)
        window = window_of(span, house.tenant)
    effects = _untold(place)[:most]
    told = _tell(place, effects, window.start)
    bounds = (place.tenant_id, window.start, window.first, window.last)

    def steps() -> None:
        assert found(each=False) == 1

    def every() -> None:
        assert found(each=True) == told // len(effects)

    def found(*, each: bool) -> int:
        """How many moves a touched measure has."""
        with house.active():
            bridge = bridge_of([house.root.path], window, house.tenant, each=each)
        assert bridge.residual == 0
        return len(bridge.moves) // len(effects)

    def rows() -> None:
        read = place.read(EVENT_ROWS, bounds)
        assert len(read) == told

    client = house.client(WHO)
    url = f"totals/{house.slug}/bridge/?from={span.first}&to={span.last}&year={YEAR}"
    note = "The bare side is the SELECT of these events, read to the end."
    yield Pair("its steps", steps, rows, rows=told, note=note)
    yield Pair("every single event", every, rows, rows=told)
    yield Pair("page with all steps", page(place, client, url), rows, rows=told)


def _untold(place: Place) -> list[int]:
    """Ids of effects with a plan for the year of which no log says anything yet.

    Where other benchmarks wrote cells, the first save told here would not go on from theirs.
    """
    with place.house.active():
        planned = ValueYear.objects.filter(series=Series.PLAN, year=YEAR).values("effect_id")
        told = ValueHistory.objects.values("effect_public_id")
        effects = Effect.objects.filter(kind=EffectKind.RECURRING, pk__in=planned)
        rows = effects.exclude(public_id__in=told).order_by("id")
        return list(rows.values_list("id", flat=True))


def _tell(place: Place, effects: list[int], at: datetime) -> int:
    """Saves of the years of some effects from a moment on; how many there are."""
    saves = max(EVENTS // MONTHS // len(effects), 1)
    facts = {"year": YEAR, "saves": saves, "effects": effects, "tenant": place.tenant_id, "at": at}
    told = place.unguarded.execute(TELL.encode(), facts).rowcount
    place.unguarded.execute(b"VACUUM (ANALYZE) kpis_valuehistory")
    return told


@benchmark("Value page of a node", note="The node is the first portfolio: up to 20 000 measures.")
def nodes(place: Place) -> Iterator[Pair]:
    """Totals, amounts, lights and years of everything below it; every level has the same page."""
    house = place.house
    with house.active():
        node = Node.objects.filter(level=Level.PORTFOLIO).order_by("path")[1]
        below = Measure.objects.filter(package__path__startswith=node.path).count()
    read = (place.tenant_id, node.path, path_end(node.path))
    yield Pair(
        "page",
        page(place, house.client(WHO), f"totals/{node.code}/"),
        lambda: place.read(NODE_MONTHS, read),
        rows=below,
        note="The bare side is one GROUP BY over the months below the node.",
    )
