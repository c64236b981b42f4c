"""The bridge closes over change requests: what followed the plan counts as scope (T15, F8)."""

import time
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from governance.calendars.selectors import today_of
from kpis.figures.bridge import Bridge
from kpis.figures.choices import Step
from kpis.rules import FIRST_YEAR, LAST_YEAR, Month
from reporting.bridge_facts import Window, bridge_of
from tests.houses import World
from tests.ladder import Ladder


def moment() -> datetime:
    """Now, with a little between what came before and what comes after."""
    time.sleep(0.01)
    found = timezone.now()
    time.sleep(0.01)
    return found


def change(ladder: Ladder, cells: dict[str, Any], *voters: str) -> dict[str, Any]:
    """The owner asks for other months of the value, and everybody named says go."""
    effect = ladder.effects["value"]
    version = ladder.ok(ladder["owner"].get(f"effects/{effect}/"))["version"]
    body = {
        "reason_code": "under_delivery",
        "reason": "Less is bought.",
        "plan": [{"id": effect, "version": version, "cells": cells}],
    }
    path = f"measures/{ladder.code}/change-requests/"
    request = ladder.ok(ladder["owner"].post(path, body), 201)
    for name in voters:
        request = ladder.ok(ladder.vote(name, request))
    assert request["state"] == "decided"
    return request


def bridge(ladder: Ladder, start: datetime, end: datetime) -> Bridge:
    first, last = Month(FIRST_YEAR, 1), Month(LAST_YEAR, 12)
    window = Window(start, end, first.first_day, last.first_day)
    with ladder.house.active():
        return bridge_of([ladder.house.program.path], window, ladder.house.tenant)


@pytest.mark.django_db(transaction=True)
def test_changes_of_the_plan_close_to_nothing(lasting_world: World) -> None:
    house = lasting_world.alpha
    today = today_of(house.tenant)
    ladder = Ladder(house).climb("decided", today)
    now = Month(today.year, today.month)
    far, later = str(now.plus(9)), str(now.plus(10))
    moments = [moment()]
    change(ladder, {far: "400.00", later: None}, "controller", "sponsor")
    moments.append(moment())
    effect = ladder.effects["value"]
    version = ladder.ok(ladder["owner"].get(f"effects/{effect}/"))["version"]
    body = {"series": "forecast", "cells": {far: "350.00"}, "cause": "value"}
    ladder.ok(ladder["owner"].put(f"effects/{effect}/cells/", body, **{"If-Match": f'"{version}"'}))
    moments.append(moment())
    # The forecast of the first month has left the baseline and stays; the second one follows.
    change(ladder, {far: "300.00", str(now.plus(8)): "900.00"}, "controller", "sponsor")
    moments.append(moment())
    found = [bridge(ladder, *pair) for pair in pairwise(moments)]
    assert [one.residual for one in found] == [0, 0, 0]
    assert [one.steps[Step.SCOPE] for one in found] == [-1600, 0, -100]
    assert [one.steps[Step.VALUE] for one in found] == [0, -50, 0]
    whole = bridge(ladder, moments[0], moments[-1])
    assert (whole.residual, whole.end - whole.start) == (0, Decimal(-1750))
    assert whole.start == 24_000
