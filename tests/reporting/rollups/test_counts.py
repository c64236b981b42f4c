"""Numbers of measures on lists of nodes and in the tree come from stored roll-ups."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.tree.choices import Level
from governance.tree.models import Node
from governance.web.lists import Reader
from initiatives.counting import measure_counts
from initiatives.models import Measure
from initiatives.pages.sources import NODES
from initiatives.urls import NOUNS
from reporting.rollups.models import RollUpNode
from reporting.rollups.services import drain
from reporting.selectors import node_overview
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures
from tests.initiatives.test_pages_nodes import make_node
from tests.reporting.lighting import packages, settled

pytestmark = pytest.mark.django_db
LATE = "being recomputed"


def settle(house: House) -> None:
    with house.active():
        settled(house.tenant)


@pytest.fixture
def stocked(alpha: House) -> House:
    """Three measures below the first program and one below the other, added up."""
    make_measures(alpha, 3)
    with alpha.active():
        elsewhere = packages(alpha)[2]
    make_measure(alpha, "Elsewhere", place=elsewhere)
    settle(alpha)
    return alpha


def listed(house: House, level: Level, who: str = "pmo") -> dict[str, int]:
    """What a list says, by code."""
    page = house.client(who).get(house.page(f"{NOUNS[level]}/"))
    return {row["node"].code: row["count"] for row in page.context["rows"]}


def in_tree(client: Client, url: str) -> dict[str, int]:
    """What all open lines of the tree say, by code."""
    return {one.node.code: one.count for one in _lines(client.get(url).context["branches"])}


def _lines(branches: Any) -> Iterator[Any]:
    for branch in branches:
        yield branch
        yield from _lines(branch.children or ())


def facts(house: House, node: Node) -> int:
    with house.active():
        rows = Measure.objects.select_related("package")
        return sum(1 for row in rows if row.path.startswith(node.path))


def test_lists_tree_and_pages_say_what_the_facts_say(stocked: House) -> None:
    with stocked.active():
        nodes = {node.code: node for node in Node.objects.exclude(level=Level.TENANT)}
    true = {code: facts(stocked, node) for code, node in nodes.items()}
    assert true[stocked.portfolio.code] == 4
    assert true[stocked.program.code] == 3
    said: dict[str, int] = {}
    for level in NOUNS:
        said |= listed(stocked, level)
    assert said == true
    client = stocked.client("pmo")
    opened = in_tree(client, stocked.page(f"tree/?open={stocked.project.code}"))
    assert opened == {code: true[code] for code in opened}
    assert stocked.package.code in opened
    branch = client.get(stocked.page(f"tree/{stocked.portfolio.code}/")).context["branches"]
    assert {one.node.code: one.count for one in branch} == {
        node.code: true[node.code] for node in (stocked.program, stocked.other_program)
    }
    page = client.get(stocked.page(f"portfolios/{stocked.portfolio.code}/"))
    assert {row["node"].code: row["count"] for row in page.context["children"]} == {
        node.code: true[node.code] for node in (stocked.program, stocked.other_program)
    }
    for node in (stocked.portfolio, stocked.program, stocked.other_program):
        with stocked.active():
            view = node_overview(node, tenant=stocked.tenant)
        assert sum(line.number for line in view.roll_up.facts.counts) == true[node.code]


def test_what_is_on_its_way_is_shown_as_it_was_and_said(stocked: House) -> None:
    urls = [
        stocked.page(path)
        for path in (
            "programs/",
            "tree/",
            f"tree/{stocked.portfolio.code}/",
            f"portfolios/{stocked.portfolio.code}/",
        )
    ]
    client = stocked.client("pmo")
    assert not [url for url in urls if LATE in client.get(url).content.decode()]
    make_measure(stocked, "One more")
    assert [url for url in urls if LATE in client.get(url).content.decode()] == urls
    assert listed(stocked, Level.PROGRAM)[stocked.program.code] == 3
    with stocked.active():
        while drain(stocked.tenant):
            pass
    assert listed(stocked, Level.PROGRAM)[stocked.program.code] == 4
    assert not [url for url in urls if LATE in client.get(url).content.decode()]


def test_a_node_that_no_worker_has_met_is_counted(stocked: House) -> None:
    project = make_node(stocked, stocked.program, "New project")
    with stocked.active():
        package = Node.objects.get(parent=project)
        assert not RollUpNode.objects.filter(node_id=project.pk).exists()
    make_measure(stocked, "In the new one", place=package)
    said = listed(stocked, Level.PROJECT)
    assert (said[stocked.project.code], said[project.code]) == (3, 1)
    with stocked.active():
        assert measure_counts([project]).computed_at is None
        assert measure_counts([stocked.project, project]).computed_at is not None


def test_whoever_sees_a_part_of_the_tree_is_told_of_that_part_alone(stocked: House) -> None:
    assert listed(stocked, Level.PORTFOLIO, "narrow") == {}
    assert listed(stocked, Level.PROGRAM, "narrow") == {stocked.other_program.code: 1}
    client = stocked.client("narrow")
    assert in_tree(client, stocked.page("tree/")) == {stocked.other_program.code: 1}
    for path in (f"tree/{stocked.portfolio.code}/", f"tree/?open={stocked.program.code}"):
        assert client.get(stocked.page(path)).status_code == 404
    opened = in_tree(client, stocked.page(f"tree/?open={stocked.other_program.code}"))
    with stocked.active():
        theirs = Node.objects.filter(path__startswith=stocked.other_program.path)
        assert set(opened) <= {node.code for node in theirs}
    assert sum(opened.values()) == len(opened)


def test_no_statement_of_these_pages_reads_measures(stocked: House) -> None:
    client = stocked.client("pmo")
    for path in ("portfolios/", "programs/", "projects/", "measure-packages/", "tree/"):
        url = stocked.page(path)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        said = [query["sql"] for query in queries if Measure._meta.db_table in query["sql"]]
        assert said == []


def test_a_file_of_nodes_holds_the_kept_numbers(stocked: House) -> None:
    source, by = NODES[Level.PROGRAM], stocked.actor("pmo")
    make_measure(stocked, "One more")
    with stocked.active():
        reader = Reader(by, stocked.tenant)
        rows = source.choose(QueryDict(), by).rows
        fields = source.fields(rows, reader)
        cells = source.cells(list(rows.order_by("id")), fields, reader)
    at = [field.name for field in fields].index("measures")
    assert [row[at] for row in cells] == [3, 1]
