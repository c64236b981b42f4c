"""The queue, many verdicts and shortfalls through the API: shapes, filters and refusals."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from initiatives.models import Measure
from kpis.models import Effect
from tests.houses import House
from tests.kpis.actual_making import claim, named
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effects(alpha: House, measure: Measure) -> list[Effect]:
    """Three effects past T3, planned and claimed in January 2020; one in February as well."""
    found = [add_effect(alpha, measure, name=f"Line {number}") for number in range(3)]
    for effect in found:
        plan(alpha, effect, {"2020-01": "8"})
    moved(alpha, measure, "decided")
    for effect in found:
        claim(alpha, effect, {"2020-01": "5"})
    claim(alpha, found[0], {"2020-02": "6"})
    return found


def body(effect: Effect | uuid.UUID, month: str = "2020-01", **more: Any) -> dict[str, Any]:
    key = effect if isinstance(effect, uuid.UUID) else effect.public_id
    return {"effect": str(key), "month": month, "outcome": "validated"} | more


def test_the_queue_by_month_place_and_page(
    alpha: House, measure: Measure, effects: list[Effect]
) -> None:
    caller = alpha.caller("controller")
    found = caller.get("claims/").json()["results"]
    assert len(found) == 4
    (only,) = caller.get("claims/?month=2020-02").json()["results"]
    assert only["claimed_at"].endswith("Z")
    assert {name: only[name] for name in ("effect", "claimed", "plan", "forecast", "unit")} == {
        "effect": str(effects[0].public_id),
        "claimed": "6.00",
        "plan": None,
        "forecast": None,
        "unit": "EUR",
    }
    assert {row["plan"] for row in found if row["month"] == "2020-01"} == {"8.00"}
    for query, count in (
        (f"measure={measure.code}", 4),
        ("measure=M-999999", 0),
        (f"program={alpha.program.code}", 4),
        (f"measure_package={alpha.package.code}&month=2020-01", 3),
    ):
        assert len(caller.get(f"claims/?{query}").json()["results"]) == count, query
    first = caller.get("claims/?limit=3").json()
    assert len(first["results"]) == 3
    assert len(caller.client.get(first["next"]).json()["results"]) == 1
    for query in ("month=2020-13", "program=PG-999", "nothing=1"):
        assert caller.get(f"claims/?{query}").status_code == 400, query


def test_one_result_a_line(alpha: House, effects: list[Effect]) -> None:
    caller = alpha.caller("controller")
    given = [
        body(effects[0], claimed="5.00"),
        body(effects[1], outcome="adjusted", amount="4", reason="Less"),
        body(effects[2], outcome="rejected"),
        body(effects[0], "2020-02", claimed="9"),
        body(uuid.uuid4()),
    ]
    answer = caller.post("validations/", {"verdicts": given})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["judged"], told["refused"]) == (2, 3)
    results = told["results"]
    assert [row["month"] for row in results] == [one["month"] for one in given]
    assert [row["validation"] and row["validation"]["amount"] for row in results] == [
        *("5.00", "4.00"),
        *(None, None, None),
    ]
    codes = [row["refusal"] and row["refusal"]["code"] for row in results]
    assert codes == [None, None, "invalid", "claim_changed", "not_found"]
    assert set(results[2]["refusal"]["errors"]) == {"reason"}
    assert [row["refusal"]["status"] for row in results[2:]] == [400, 409, 404]
    assert len(caller.get("claims/").json()["results"]) == 2


def test_bodies_that_cannot_be_read(alpha: House, effects: list[Effect]) -> None:
    caller = alpha.caller("controller")
    one = body(effects[0])
    for given in (
        {},
        {"verdicts": []},
        {"verdicts": [one] * 201},
        {"verdicts": [one | {"effect": "x"}]},
        {"verdicts": [one | {"outcome": "x"}]},
        {"verdicts": [one | {"state": "validated"}]},
        {"verdicts": one},
        {"verdicts": [1]},
    ):
        answer = caller.post("validations/", given)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), given
    # A month or an amount that is none is the line's own fault.
    odd = [body(effects[0], "2020-13"), body(effects[1], amount="much", outcome="adjusted")]
    told = caller.post("validations/", {"verdicts": odd}).json()
    assert [set(row["refusal"]["errors"]) for row in told["results"]] == [
        {"month"},
        {"amount", "reason"},
    ]


def test_the_queue_is_finances(alpha: House, effects: list[Effect]) -> None:
    given = {"verdicts": [body(effects[0])]}
    for name in ("owner", "pmo", "auditor"):
        caller = alpha.caller(name)
        assert caller.get("claims/").status_code == 403
        assert caller.get("sustain-shortfalls/").status_code == 403
        assert caller.post("validations/", given).status_code == 403
    assert alpha.caller("second_finance").get("claims/").json()["results"] == []
    assert alpha.caller("second_finance").get("claims/?in_stead=true").json()["results"] == []
    head = alpha.caller("head_of_controlling")
    assert head.get("claims/").json()["results"] == []
    assert len(head.get("claims/?in_stead=true").json()["results"]) == 4
    assert head.get("sustain-shortfalls/?in_stead=true").status_code == 200


def test_shortfalls_say_their_terms(alpha: House) -> None:
    told = alpha.caller("controller").get("sustain-shortfalls/").json()
    assert told == {"sustain_months": 12, "tolerance_percent": "5", "results": []}


def test_a_page_costs_the_same_for_one_line_and_for_many(
    alpha: House, effects: list[Effect]
) -> None:
    caller = alpha.caller("controller")

    def cost(month: str, count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = caller.get(f"claims/?month={month}")
        assert len(answer.json()["results"]) == count
        return len(queries)

    cost("2020-02", 1)
    assert cost("2020-01", 3) == cost("2020-02", 1)
