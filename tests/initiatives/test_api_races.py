"""What happens when somebody else takes away, meanwhile, what a call builds on."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from django.db import connections

from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft, node_create, node_move
from initiatives.services import level_delete
from tests.houses import House, World

# Long enough for the other call to stand before the lock, shorter than it waits there.
MEANWHILE = 0.6


def beside(
    held: AbstractContextManager[None], work: Callable[[], Any], call: Callable[[], Any]
) -> Any:
    """The answer of a call that arrives while a transaction has done its work and not ended."""

    def run() -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with held:
            work()
            answer: Future[Any] = pool.submit(run)
            time.sleep(MEANWHILE)
            assert not answer.done(), "the call should wait for the transaction"
        return answer.result()


def spare_package(house: House) -> Any:
    with house.active():
        draft = NodeDraft(Level.PACKAGE, "Spare")
        return node_create(parent=house.project, draft=draft, by=house.system(Role.PMO))


def test_a_package_that_goes_while_a_measure_comes_is_a_conflict(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller, by, package = house.caller("pmo"), house.system(Role.PMO), spare_package(house)
    body = {"name": "Too late", "measure_package": package.code}
    answer = beside(
        house.active(),
        lambda: level_delete(node=package, seen_version=1, by=by),
        lambda: caller.post("measures/", body),
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert caller.get("measures/").json()["results"] == []


def test_a_node_created_below_one_that_moves_lands_where_it_went(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller, by = house.caller("pmo"), house.system(Role.PMO)
    answer = beside(
        house.active(),
        lambda: node_move(node=house.project, parent=house.other_program, seen_version=1, by=by),
        lambda: caller.post("measure-packages/", {"name": "New", "project": house.project.code}),
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["program"] == house.other_program.code


def test_a_change_that_waits_for_another_is_stale_afterwards(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller, by = house.caller("pmo"), house.system(Role.PMO)
    answer = beside(
        house.active(),
        lambda: node_move(node=house.project, parent=house.other_program, seen_version=1, by=by),
        lambda: caller.patch(
            f"projects/{house.project.code}/", {"name": "New"}, **{"If-Match": '"1"'}
        ),
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
