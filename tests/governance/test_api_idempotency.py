"""The same POST with the same key does its work once and answers the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from governance.tree.models import Node
from governance.web.models import IdempotencyKey
from tests.houses import ApiCaller, House, World

KEY = {"Idempotency-Key": "order 66"}
NEW = {"name": "New"}


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def portfolios(house: House) -> int:
    with house.active():
        return int(Node.objects.filter(level=1).count())


def test_the_same_call_again_answers_the_same_and_does_nothing(
    alpha: House, pmo: ApiCaller
) -> None:
    first = pmo.post("portfolios/", NEW, **KEY)
    count = portfolios(alpha)
    again = pmo.post("portfolios/", NEW, **KEY)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    for header in ("ETag", "Location", "Content-Type"):
        assert first[header] == again[header]
    assert portfolios(alpha) == count


def test_the_answer_is_the_first_one_even_when_things_moved_on(pmo: ApiCaller) -> None:
    first = pmo.post("portfolios/", NEW, **KEY).json()
    path = f"portfolios/{first['code']}/"
    pmo.patch(path, {"name": "Newer"}, **{"If-Match": '"1"'})
    assert pmo.post("portfolios/", NEW, **KEY).json() == first
    pmo.delete(path, **{"If-Match": '"2"'})
    assert pmo.post("portfolios/", NEW, **KEY).json() == first


def test_a_move_with_a_key_is_done_once(alpha: House, pmo: ApiCaller) -> None:
    path = f"projects/{alpha.project.code}/move/"
    headers = {**KEY, "If-Match": '"1"'}
    body = {"parent": alpha.other_program.code}
    first, again = pmo.post(path, body, **headers), pmo.post(path, body, **headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first["ETag"], again["ETag"]) == ('"2"', '"2"')


def test_the_order_of_names_is_no_other_body(pmo: ApiCaller) -> None:
    first = pmo.post("portfolios/", {"name": "New", "description": "x"}, **KEY)
    again = pmo.post("portfolios/", {"description": "x", "name": "New"}, **KEY)
    assert first.json() == again.json()


def test_another_body_or_address_with_that_key_is_refused(alpha: House, pmo: ApiCaller) -> None:
    pmo.post("portfolios/", NEW, **KEY)
    program = {"name": "New", "portfolio": alpha.portfolio.code}
    for path, body in (("portfolios/", {"name": "Other"}), ("programs/", program)):
        answer = pmo.post(path, body, **KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_call_gives_its_key_back(pmo: ApiCaller) -> None:
    assert pmo.post("portfolios/", {"name": ""}, **KEY).status_code == 400
    assert pmo.post("portfolios/", NEW, **KEY).status_code == 201


def test_a_key_belongs_to_its_token(alpha: House, beta: House, pmo: ApiCaller) -> None:
    first = pmo.post("portfolios/", NEW, **KEY).json()
    second = alpha.caller("pmo").post("portfolios/", NEW, **KEY).json()
    foreign = beta.caller("pmo").post("portfolios/", {"name": "Other"}, **KEY)
    assert first["code"] != second["code"]
    assert foreign.status_code == 201


def test_a_key_is_forgotten_after_a_day(alpha: House, pmo: ApiCaller) -> None:
    first = pmo.post("portfolios/", NEW, **KEY).json()
    with alpha.active():
        yesterday = timezone.now() - timedelta(hours=25)
        IdempotencyKey.objects.update(created_at=yesterday)
    second = pmo.post("portfolios/", {"name": "Other"}, **KEY)
    assert second.status_code == 201
    assert second.json()["code"] != first["code"]
    assert pmo.post("portfolios/", {"name": "Other"}, **KEY).json() == second.json()


def test_old_keys_go_when_their_caller_comes_again(alpha: House, pmo: ApiCaller) -> None:
    for key in ("one", "two"):
        pmo.post("portfolios/", NEW, **{"Idempotency-Key": key})
    with alpha.active():
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    pmo.post("portfolios/", NEW, **{"Idempotency-Key": "three"})
    with alpha.active():
        assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["three"]


@pytest.mark.parametrize("key", ["x" * 201, "a\tb", "a\x7fb", "\x85"])
def test_a_key_that_cannot_be_kept_is_refused(pmo: ApiCaller, key: str) -> None:
    answer = pmo.post("portfolios/", NEW, **{"Idempotency-Key": key})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"Idempotency-Key"})


def test_an_empty_key_is_none(alpha: House, pmo: ApiCaller) -> None:
    before = portfolios(alpha)
    for _call in range(2):
        assert pmo.post("portfolios/", NEW, **{"Idempotency-Key": ""}).status_code == 201
    assert portfolios(alpha) == before + 2


def test_reads_and_versioned_changes_need_no_key(alpha: House, pmo: ApiCaller) -> None:
    pmo.get("portfolios/", **KEY)
    pmo.patch(f"programs/{alpha.program.code}/", NEW, **KEY, **{"If-Match": '"1"'})
    with alpha.active():
        assert IdempotencyKey.objects.count() == 0


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Start all calls at the same moment, each on a connection of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_simultaneous_calls_with_one_key_have_one_effect(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller, before = house.caller("pmo"), portfolios(house)
    answers = together([lambda: caller.post("portfolios/", NEW, **KEY)] * 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert portfolios(house) == before + 1


def test_simultaneous_changes_of_one_version_have_one_effect(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller, path = house.caller("pmo"), f"programs/{house.program.code}/"

    def change(name: str) -> Callable[[], Any]:
        return lambda: caller.patch(path, {"name": name}, **{"If-Match": '"1"'})

    answers = together([change(name) for name in "ABCD"])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert caller.get(path).json() == won


def test_who_waits_too_long_for_a_key_is_told_to_come_back(lasting_world: World) -> None:
    house = lasting_world.alpha
    caller = house.caller("pmo")
    caller.post("portfolios/", {"name": "First"}, **{"Idempotency-Key": "first"})
    with house.active():
        # Another call of the same token that holds the key and does not end.
        mine = IdempotencyKey.objects.get(key="first")
        mine.pk, mine.key = None, "held"
        mine.save(force_insert=True)
        (answer,) = together(
            [lambda: caller.post("portfolios/", NEW, **{"Idempotency-Key": "held"})]
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    assert answer["Retry-After"] == "1"
