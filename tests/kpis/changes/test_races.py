"""Six at once ask for and decide changes of one plan: one is counted, nothing is half written."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from governance.calendars.selectors import today_of
from kpis.models import ValueHistory, ValueYear
from kpis.rules import Month
from tests.houses import House, World
from tests.ladder import Ladder
from tests.storms import CALLERS, callers, events, storm

pytestmark = pytest.mark.slow
ROUNDS = 3


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


@pytest.fixture
def ladder(house: House) -> Ladder:
    return Ladder(house).climb("decided", today_of(house.tenant))


def body(ladder: Ladder, month: str, amount: int) -> dict[str, Any]:
    effect = ladder.effects["value"]
    version = ladder.ok(ladder["owner"].get(f"effects/{effect}/"))["version"]
    one = {"id": effect, "version": version, "cells": {month: f"{amount}.00"}}
    return {"reason_code": "timing", "reason": "Less is bought.", "plan": [one]}


def test_of_six_requests_one_is_open_and_of_its_votes_each_counts_once(
    house: House, ladder: Ladder
) -> None:
    today = today_of(house.tenant)
    month = str(Month(today.year, today.month).plus(5))
    programs = callers(house, "owner")
    path = f"measures/{ladder.code}/change-requests/"
    for turn in range(1, ROUNDS + 1):
        sent = [body(ladder, month, 900 - 100 * turn - number) for number in range(CALLERS)]
        found = storm(
            partial(program.post, path, one) for program, one in zip(programs, sent, strict=True)
        )
        assert found == Counter({201: 1, 409: CALLERS - 1})
        (request,) = ladder.ok(ladder["pmo"].get("gate-requests/", {"state": "open"}))["results"]
        for name in ("controller", "sponsor"):
            voters = callers(house, name)
            vote = {
                "outcome": "go",
                "rationale": "Read.",
                "snapshot_hash": request["snapshot_hash"],
            }
            decision = f"gate-requests/{request['id']}/decision/"
            heard = storm(partial(voter.post, decision, vote) for voter in voters)
            assert heard == Counter({200: 1, 409: CALLERS - 1})
        wanted = request["details"]["plan"][0]["after"][month]
        shown = ladder.ok(ladder["owner"].get(f"effects/{ladder.effects['value']}/"))
        assert shown["cells"]["plan"][month] == shown["cells"]["forecast"][month] == wanted
        with house.active():
            numbers = ValueYear.objects.filter(series="baseline").values_list("baseline_no")
            assert max(numbers)[0] == turn + 1
            rows = ValueHistory.objects.filter(change_id=request["id"], series="plan")
            assert rows.count() == 1
    # Plan and forecast of each decided request, and the one plan at the start of each effect.
    assert events(house, "values.changed", ladder.code) >= 2 * ROUNDS
