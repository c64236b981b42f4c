"""Six at once on the months of one effect, by program and by page, and beside their measure."""

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from initiatives.models import Measure
from kpis.models import Effect, ValueHistory, ValueYear
from tests.houses import House, World
from tests.initiatives.making import reloaded
from tests.kpis.making import add_effect, make_planned, opened, planned
from tests.racing import errors_in, race
from tests.storms import CALLERS, Wire, callers, events, storm

pytestmark = pytest.mark.slow

FIRST = {"If-Match": '"1"'}
MINOR = 10_000


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


@pytest.fixture
def measure(house: House) -> Measure:
    return make_planned(house)


@pytest.fixture
def effect(house: House, measure: Measure) -> Effect:
    return add_effect(house, measure)


def cells(month: str, amount: object) -> dict[str, Any]:
    return {"series": "plan", "cells": {month: f"{amount}.00"}}


def history(house: House, effect: Effect) -> int:
    with house.active():
        return ValueHistory.objects.filter(effect_public_id=effect.public_id).count()


def version(house: House, effect: Effect) -> int:
    with house.active():
        return int(Effect.objects.get(pk=effect.pk).version)


def test_of_six_plans_of_each_version_one_wins(
    house: House, measure: Measure, effect: Effect
) -> None:
    programs, path = callers(house), f"effects/{effect.public_id}/cells/"
    for seen in range(1, 5):
        tag = {"If-Match": f'"{seen}"'}
        found = storm(
            partial(program.put, path, cells("2026-01", 100 * seen + number), **tag)
            for number, program in enumerate(programs)
        )
        assert found == Counter({200: 1, 412: CALLERS - 1})
        assert (version(house, effect), history(house, effect)) == (seen + 1, seen)
    assert events(house, "values.changed", measure.code) == 4


def test_the_page_of_a_year_and_programs_share_one_version(
    house: House, measure: Measure, effect: Effect
) -> None:
    url = house.page(f"effects/{effect.public_id}/values/?year=2026")
    data = opened(house.client("pmo"), url)
    path = f"effects/{effect.public_id}/cells/"
    browsers = [house.client("pmo") for _browser in range(3)]
    found = storm(
        [
            *(
                partial(browser.post, url, data | {"2026-01": str(number + 1)})
                for number, browser in enumerate(browsers)
            ),
            *(
                partial(program.put, path, cells("2026-02", number + 1), **FIRST)
                for number, program in enumerate(callers(house, number=3))
            ),
        ]
    )
    assert found[302] + found[200] == 1, found
    assert set(found) <= {200, 302, 409, 412}, found
    assert list(planned(house, effect)) == ["2026-01" if found[302] else "2026-02"]
    assert (version(house, effect), history(house, effect)) == (2, 1)
    assert events(house, "values.changed", measure.code) == 1


def test_planning_and_editing_one_measure_do_not_hinder_each_other(
    house: House, measure: Measure, effect: Effect
) -> None:
    """Different versions, one row: the sum on the measure is refreshed below its editor's hands."""
    second = add_effect(house, measure, name="second")
    path = f"measures/{measure.code}/"
    for seen in range(1, 5):
        tag = {"If-Match": f'"{seen}"'}
        programs = callers(house, number=4)
        found = storm(
            [
                partial(programs[0].patch, path, {"name": f"Name {seen}"}, **tag),
                partial(programs[1].patch, path, {"description": f"Text {seen}"}, **tag),
                *(
                    partial(
                        program.put,
                        f"effects/{one.public_id}/cells/",
                        cells("2026-01", seen),
                        **tag,
                    )
                    for program, one in zip(programs[2:], (effect, second), strict=True)
                ),
            ]
        )
        assert found == Counter({200: 3, 412: 1}), found
        now = reloaded(house, measure)
        assert (now.version, now.value_minor) == (seen + 1, 2 * seen * MINOR)
    assert events(house, "measure.changed", measure.code) == 4
    assert events(house, "values.changed", measure.code) == 8


def test_a_measure_is_deleted_while_its_effects_are_planned(house: House) -> None:
    """The two lock in opposite order; whoever loses is told to try again, and nothing is left."""
    measure = make_planned(house)
    for turn in range(4):
        measure = measure if turn == 0 else _another(house)
        effects = [add_effect(house, measure, name=str(n)) for n in range(3)]
        programs = callers(house, number=4)
        found = storm(
            [
                partial(programs[0].delete, f"measures/{measure.code}/", **FIRST),
                *(
                    partial(p.put, f"effects/{e.public_id}/cells/", cells("2026-01", 5), **FIRST)
                    for p, e in zip(programs[1:], effects, strict=True)
                ),
            ]
        )
        assert set(found) <= {200, 204, 404, 409}, found
        with house.active():
            left = Measure.objects.filter(pk=measure.pk).count()
            assert left == 1 - found[204]
            if not left:
                assert not ValueYear.objects.filter(effect__in=[e.pk for e in effects]).exists()
        assert events(house, "values.changed", measure.code) == found[200]
        assert events(house, "measure.deleted", measure.code) == found[204]


def _another(house: House) -> Measure:
    made = house.caller("pmo").post("measures/", {"name": "More", "project": house.project.code})
    with house.active():
        found: Measure = Measure.objects.select_related("package").get(code=made.json()["code"])
        return found


def test_adding_up_over_http_loses_no_amount(
    house: House, measure: Measure, effect: Effect, live_server: Any
) -> None:
    """Six programs read an amount, add one and write it back: each that is told 200 counts."""
    path = f"effects/{effect.public_id}/"

    def add_up(program: Any) -> Counter[int]:
        wire, told = Wire(live_server.url, program), Counter[int]()
        while told[200] < 4:
            _status, now = wire.call("GET", path)
            amount = Decimal(now["cells"].get("plan", {}).get("2026-01", "0"))
            body, tag = cells("2026-01", int(amount) + 1), {"If-Match": f'"{now["version"]}"'}
            status, _body = wire.call("PUT", f"{path}cells/", body, **tag)
            told[status] += 1
        wire.close()
        return told

    results = race(*(partial(add_up, program) for program in callers(house)))
    assert errors_in(results) == []
    told = sum(results, Counter[int]())
    assert set(told) <= {200, 412, 409}, told
    assert told[200] == 24
    assert planned(house, effect) == {"2026-01": Decimal(24)}
    assert (version(house, effect), history(house, effect)) == (25, 24)
    assert events(house, "values.changed", measure.code) == 24
    assert reloaded(house, measure).value_minor == 24 * MINOR
