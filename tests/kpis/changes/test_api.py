"""Asking for new plan months through the API: one call, with a look before (T15)."""

from decimal import Decimal
from typing import Any

import pytest

from approvals.models import ApprovalRequest
from kpis.choices import Series
from kpis.models import Effect
from tests.houses import ApiCaller, House
from tests.initiatives.climbing import decide
from tests.kpis.actual_making import counts, fresh, series
from tests.kpis.changes.making import baselines, make_frozen

pytestmark = pytest.mark.usefixtures("open_stages")
LOWER = {"2026-03": "8000", "2026-04": None}


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_frozen(alpha)[0]


def post(
    house: House, effect: Effect, cells: Any, caller: ApiCaller | None = None, **more: Any
) -> Any:
    one = {"id": str(effect.public_id), "version": fresh(house, effect).version, "cells": cells}
    body = {"reason_code": "timing", "reason": "Less is sold.", "plan": [one], **more}
    program = caller or house.caller("owner")
    return program.post(f"measures/{effect.measure.code}/change-requests/", body)


def test_a_dry_run_tells_size_and_route_and_asks_for_nothing(alpha: House, effect: Effect) -> None:
    caller = alpha.caller("owner")
    before = counts(alpha)
    answer = post(alpha, effect, LOWER, caller, dry_run=True)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["size"], told["limit"], told["transition"]) == ("12000.0000", "100000", "T15")
    assert [one["part"] for one in told["decides"]] == ["controller", "sponsor"]
    assert told["details"]["plan"][0]["after"] == {"2026-03": "8000.00"}
    assert counts(alpha) == before
    with alpha.active():
        assert not ApprovalRequest.objects.exists()


def test_the_same_call_asks_and_the_decision_writes(alpha: House, effect: Effect) -> None:
    answer = post(alpha, effect, LOWER)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["amount"], made["transition"]) == ("12000.0000", "T15")
    assert made["snapshot"]["plan_change"][0]["before"]["2026-03"] == "10000.00"
    with alpha.active():
        request = ApprovalRequest.objects.get(public_id=made["id"])
    decide(alpha, request)
    assert series(alpha, effect, Series.PLAN)["2026-03"] == Decimal(8000)
    assert list(baselines(alpha, effect)) == [1, 2]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("cells", "status", "code"),
    [
        ({"2026-03": "x"}, 400, "invalid"),
        ({"2026-3": "1"}, 400, "invalid"),
        ({"2026-03": "10000"}, 400, "invalid"),
        ({}, 400, "invalid"),
        ([], 400, "invalid"),
        ({"2026-03": {"a": "1"}}, 400, "invalid"),
    ],
)
def test_bad_months_are_named_and_nothing_is_kept(
    alpha: House, effect: Effect, cells: Any, status: int, code: str, *, dry_run: bool
) -> None:
    caller = alpha.caller("owner")
    before = counts(alpha)
    answer = post(alpha, effect, cells, caller, dry_run=dry_run)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"]
    assert counts(alpha) == before


def test_an_increase_with_a_field_is_refused_at_the_field(alpha: House, effect: Effect) -> None:
    answer = post(alpha, effect, {"2026-03": "90000"}, changes={"name": "Another"})
    assert answer.status_code == 400
    assert "T15" in answer.json()["errors"]["name"][0]


def test_what_was_seen_is_what_is_asked_about(alpha: House, effect: Effect) -> None:
    one = {"id": str(effect.public_id), "version": 1, "cells": LOWER}
    path = f"measures/{effect.measure.code}/change-requests/"
    body = {"reason_code": "timing", "reason": "Less is sold.", "plan": [one]}
    assert alpha.caller("owner").post(path, body).status_code == 412


def test_a_strangers_effect_is_unknown(alpha: House, beta: House, effect: Effect) -> None:
    other = make_frozen(beta)[0]
    answer = post(alpha, effect, LOWER)
    assert answer.status_code == 201, answer.content
    one = {"id": str(other.public_id), "version": 1, "cells": LOWER}
    path = f"measures/{effect.measure.code}/change-requests/"
    body = {"reason_code": "timing", "reason": "Less is sold.", "plan": [one], "dry_run": True}
    assert alpha.caller("owner").post(path, body).status_code == 409
    with alpha.active():
        request = ApprovalRequest.objects.get(public_id=answer.json()["id"])
    decide(alpha, request)
    answer = alpha.caller("owner").post(path, body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {f"effects.{other.public_id}"}


@pytest.mark.parametrize("start", ["2026-13", "soon", "1900-01", ""])
def test_a_start_is_a_month(alpha: House, effect: Effect, start: str) -> None:
    one = {"id": str(effect.public_id), "version": effect.version, "run_rate_start": start}
    path = f"measures/{effect.measure.code}/change-requests/"
    body = {"reason_code": "timing", "reason": "Later.", "plan": [one]}
    answer = alpha.caller("owner").post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_fields_alone_are_asked_for_as_before(alpha: House, effect: Effect) -> None:
    path = f"measures/{effect.measure.code}/change-requests/"
    body = {"reason_code": "timing", "reason": "Later.", "changes": {"planned_end": "2027-01-31"}}
    answer = alpha.caller("owner").post(path, body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert [step["part"] for step in made["steps"]] == ["controller", "sponsor"]
    assert (made["amount"], list(made["details"])) == ("0.0000", ["fields"])
    assert alpha.caller("owner").post(path, body | {"changes": {}}).status_code == 409
