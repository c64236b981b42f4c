"""Every main page beside the very statements it runs, replayed without the product."""

from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from initiatives.models import Measure
from tests.bench.benchmarks.a_lists import full_program, page
from tests.bench.benchmarks.i_rollups import settled
from tests.bench.place import Place
from tests.bench.registry import Act, Pair, benchmark

# Who lives there, and the address; `{}` are filled by places of the tenant.
PAGES = (
    ("owner", "my-work/"),
    ("pmo", "search/?q=nickel"),
    ("executive", "portfolio/"),
    ("pmo", "tree/"),
    ("pmo", "programs/"),
    ("pmo", "programs/{program}/"),
    ("pmo", "totals/{program}/"),
    ("pmo", "totals/{program}/targets/"),
    ("pmo", "targets/"),
    ("pmo", "measures/"),
    ("pmo", "measures/{measure}/"),
    ("pmo", "measures/{measure}/values/"),
    ("pmo", "measures/{measure}/plan/"),
    ("pmo", "measures/{measure}/decisions/"),
    ("pmo", "measures/{measure}/history/"),
    ("pmo", "measures/{measure}/status/"),
    ("owner", "my-updates/"),
    ("sponsor", "decisions/"),
    ("controller", "controlling/"),
    ("pmo", "rhythm/"),
    ("pmo", "watermelons/"),
    ("pmo", "exceptions/"),
    ("pmo", "escalations/"),
    ("pmo", "notifications/"),
    ("pmo", "kpis/"),
    ("pmo", "people/"),
    ("auditor", "audit/"),
)
READS, WRITES = ("SELECT", "WITH"), ("INSERT INTO", "UPDATE ", "DELETE FROM", "cache_entry")
NOTE = (
    "The bare side replays the reading statements of the page itself, with their values, on one "
    "connection that already stands. What is left is Python: sign-in, rights, forms, HTML."
)


@benchmark(
    "Every page beside its own statements",
    note="Nothing in a request should grow with the tenant. Stored roll-ups are current.",
)
def pages(place: Place) -> Iterator[Pair]:
    """Each page as whoever lives there."""
    settled(place)
    with place.house.active():
        fills = {
            "program": full_program(place).code,
            "measure": Measure.objects.order_by("id")[place.size // 2].code,
        }
    clients = {who: place.house.client(who) for who, _path in PAGES}
    for who, path in PAGES:
        address = path.format(**fills)
        bare = replay(place, clients[who], address)
        yield Pair(path, page(place, clients[who], address), bare, note=NOTE)


def replay(place: Place, client: Client, address: str) -> Act:
    """The page's reading statements, in their order."""
    url = place.house.page(address)
    client.get(url)
    connection.queries_log.clear()
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    statements = [
        query["sql"].encode()
        for query in queries
        if query["sql"].lstrip().upper().startswith(READS)
        and not any(word in query["sql"] for word in WRITES)
    ]

    def run() -> None:
        for statement in statements:
            place.bare.execute(statement).fetchall()

    return run
