"""Six at once on one grid: one wins, the others are told, nothing is half written."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from kpis.models import Effect, ValueHistory
from tests.houses import House, World
from tests.kpis.making import add_effect, make_planned, planned
from tests.storms import CALLERS, callers, events, storm

pytestmark = pytest.mark.slow


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


def change(effects: list[Effect], version: int, amount: int) -> dict[str, Any]:
    cells = {"plan": {"2026-01": f"{amount}.00"}}
    named = [{"id": str(one.public_id), "version": version, "cells": cells} for one in effects]
    return {"effects": named}


def test_of_six_saves_of_one_grid_one_wins_whole(house: House) -> None:
    """Half of them name the effects the other way round; their locks have one order."""
    measure = make_planned(house)
    effects = [add_effect(house, measure, name=str(number)) for number in range(3)]
    programs, path = callers(house), f"measures/{measure.code}/values/"
    for seen in range(1, 5):
        found = storm(
            partial(
                program.put,
                path,
                change(effects[:: 1 if number % 2 else -1], seen, 100 * seen + number),
                **{"If-Match": f'"{seen * len(effects)}"'},
            )
            for number, program in enumerate(programs)
        )
        assert found == Counter({200: 1, 412: CALLERS - 1})
        amounts = {str(planned(house, effect)) for effect in effects}
        assert len(amounts) == 1
    with house.active():
        rows = ValueHistory.objects.filter(effect_public_id__in=[e.public_id for e in effects])
        assert rows.count() == 4 * len(effects)
        assert rows.values("change_id").distinct().count() == 4
    assert events(house, "values.changed", measure.code) == 4 * len(effects)
