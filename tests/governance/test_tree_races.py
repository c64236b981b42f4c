"""Several people shape one tree at once: codes stay unique, paths stay true."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from governance.errors import DomainError, Stale
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_change, node_create, node_delete, node_move
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.slow


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


def crooked(house: House) -> list[str]:
    """Codes of nodes whose path does not continue their parent's."""
    with house.active():
        nodes = {node.pk: node for node in Node.objects.all()}
    return [
        node.code
        for node in nodes.values()
        if node.path != (nodes[node.parent_id].path if node.parent_id else "") + f"{node.pk}/"
    ]


def add(house: House, parent: Node, name: str = "x", level: Level | None = None) -> Node:
    by = house.system(Role.PMO)
    with house.active():
        below = level or parent.known_level.child or Level.PACKAGE
        return node_create(parent=parent, draft=NodeDraft(below, name), by=by)


def test_eight_creators_at_once_get_eight_codes(house: House) -> None:
    def create(number: int) -> list[str]:
        return [add(house, house.portfolio, f"{number}.{turn}").code for turn in range(5)]

    results = race(*(partial(create, number) for number in range(8)))
    assert errors_in(results) == []
    codes = [code for found in results for code in found]
    assert sorted(codes) == [f"PG-{number:03d}" for number in range(3, 43)]
    assert crooked(house) == []


def test_a_node_created_while_its_ancestor_moves_gets_the_true_path(house: House) -> None:
    """Without a lock between them the new row would keep the path from before the move."""
    target = add(house, house.root, "second portfolio", Level.PORTFOLIO)
    for turn in range(6):
        with house.active():
            program = Node.objects.get(pk=house.program.pk)
            goal = target if turn % 2 == 0 else house.portfolio
        by = house.system(Role.PMO)
        creating = threading.Event()

        def create_slowly(creating: threading.Event = creating) -> None:
            with house.active():
                draft = NodeDraft(Level.PACKAGE, "new")
                node_create(parent=house.project, draft=draft, by=house.system(Role.PMO))
                creating.set()
                threading.Event().wait(0.2)

        def move(
            program: Node = program,
            goal: Node = goal,
            by: Any = by,
            creating: threading.Event = creating,
        ) -> None:
            creating.wait(10)
            with house.active():
                node_move(node=program, parent=goal, seen_version=program.version, by=by)

        assert errors_in(race(create_slowly, move)) == []
        assert crooked(house) == []


def test_two_moves_into_each_other_never_make_a_circle(house: House) -> None:
    """Two programs swap portfolios and projects swap programs, all at once, many times."""
    second = add(house, house.root, "second portfolio", Level.PORTFOLIO)
    projects = [house.project, add(house, house.other_program, "p2")]
    movable = [house.program, house.other_program, *projects]

    def goals(node: Node) -> list[Node]:
        if node.known_level is Level.PROGRAM:
            return [house.portfolio, second]
        return [house.program, house.other_program]

    def mover(number: int) -> list[str]:
        outcomes = []
        for turn in range(8):
            node = movable[(number + turn) % len(movable)]
            try:
                with house.active():
                    fresh = Node.objects.get(pk=node.pk)
                    goal = goals(node)[(number * 3 + turn) % 2]
                    by = house.system(Role.PMO)
                    node_move(node=fresh, parent=goal, seen_version=fresh.version, by=by)
                outcomes.append("moved")
            except Stale:
                outcomes.append("stale")
            except OperationalError:
                outcomes.append("busy")
        return outcomes

    results = race(*(partial(mover, number) for number in range(4)))
    assert errors_in(results) == []
    assert any("moved" in outcomes for outcomes in results)
    assert crooked(house) == []


def test_of_two_changes_of_one_version_one_is_told_it_is_stale(house: House) -> None:
    by = house.system(Role.PMO)

    def change(name: str) -> str:
        with house.active():
            node_change(node=house.program, seen_version=1, fields={"name": name}, by=by)
        return name

    results = race(*(partial(change, f"name {number}") for number in range(6)))
    winners = [result for result in results if isinstance(result, str)]
    assert len(winners) == 1
    assert {type(error) for error in errors_in(results)} == {Stale}
    with house.active():
        found = Node.objects.get(pk=house.program.pk)
    assert (found.name, found.version) == (winners[0], 2)


def test_a_parent_is_not_deleted_under_its_new_child(house: House) -> None:
    for _turn in range(5):
        parent = add(house, house.portfolio)
        by = house.system(Role.PMO)

        def delete(parent: Node = parent, by: Any = by) -> str:
            with house.active():
                node_delete(node=parent, seen_version=1, by=by)
            return "deleted"

        def create(parent: Node = parent) -> str:
            add(house, parent)
            return "created"

        results = race(delete, create)
        assert len([r for r in results if isinstance(r, str)]) == 1, results
        assert all(isinstance(error, DomainError) for error in errors_in(results)), results
        assert crooked(house) == []
