"""The grid of a measure and the forecast of an effect through the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.choices import Series
from kpis.models import Effect
from tests.houses import ApiCaller, House
from tests.kpis.actual_making import series
from tests.kpis.forecasting import YEAR, make_decided
from tests.kpis.making import add_effect, plan
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_decided(alpha)


@pytest.fixture
def owner(alpha: House) -> ApiCaller:
    return alpha.caller("owner")


@pytest.fixture
def path(effect: Effect) -> str:
    return f"measures/{effect.measure.code}/values/"


def body(effect: Effect, cells: Any, **more: Any) -> dict[str, Any]:
    one = {"id": str(effect.public_id), "version": effect.version, "cells": {"forecast": cells}}
    return {"effects": [one], "cause": "timing", **more}


def put(caller: ApiCaller, path: str, sent: Any, version: int | None = None) -> Any:
    """A save that has seen the grid as it is: of one effect, whose version is the grid's."""
    first = sent["effects"][0] if isinstance(sent["effects"], list) else {}
    seen = first.get("version", 1) if version is None else version
    return caller.put(path, sent, **{"If-Match": f'"{seen}"'})


def late(effect: Effect, **more: Any) -> dict[str, Any]:
    given = {"fiscal_year": 2026, "code": "delayed", "text": "A month later."} | more
    return {"effect": str(effect.public_id), **given}


def test_the_grid_tells_everything_about_each_effect(
    owner: ApiCaller, effect: Effect, path: str
) -> None:
    found = owner.get(path).json()
    assert (found["measure"], found["series"], found["locked"]) == (
        effect.measure.code,
        "forecast",
        None,
    )
    (one,) = found["effects"]
    months = {month: f"{amount}.00" for month, amount in YEAR.items()}
    assert (one["id"], one["version"]) == (str(effect.public_id), effect.version)
    assert (one["cells"]["plan"], one["cells"]["forecast"]) == (months, months)
    assert one["baselines"] == {"1": months}
    assert one["variances"] == [
        {
            "fiscal_year": 2026,
            "forecast": "120000.00",
            "baseline": "120000.00",
            "original": "120000.00",
            "amount": "0.00",
            "against_original": "0.00",
            "percent": "0.0",
            "reason_owed": False,
            "change_due": False,
            "reason": None,
        }
    ]


def test_a_save_answers_with_the_grid_as_it_is_now(
    alpha: House, owner: ApiCaller, effect: Effect, path: str
) -> None:
    sent = body(effect, {"2026-01": "-20000"}, reasons=[late(effect)])
    answer = put(owner, path, sent)
    found = answer.json()
    assert answer.status_code == 200, found
    assert found == owner.get(path).json()
    (one,) = found["effects"]
    (variance,) = one["variances"]
    assert (variance["amount"], variance["percent"]) == ("-30000.00", "-25.0")
    assert (variance["reason_owed"], variance["change_due"]) == (False, True)
    assert variance["reason"]["text"] == "A month later."
    assert variance["reason"]["given_by"]["email"] == "owner@alpha.example"
    assert variance["reason"]["given_at"].endswith("Z")
    assert one["version"] == effect.version + 1


def test_a_missing_reason_is_named_and_nothing_is_written(
    alpha: House, owner: ApiCaller, effect: Effect, path: str
) -> None:
    answer = put(owner, path, body(effect, {"2026-01": "-20000"}))
    found = answer.json()
    assert (answer.status_code, found["code"]) == (422, "variance_reason_required")
    assert set(found["errors"]) == {f"reasons.{effect.public_id}.2026"}
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == 10_000


def test_a_save_says_which_grid_it_saw(
    alpha: House, owner: ApiCaller, effect: Effect, path: str
) -> None:
    answer = owner.get(path)
    assert (answer["ETag"], answer.json()["version"]) == (f'"{effect.version}"', effect.version)
    sent = body(effect, {"2026-02": "9000"})
    assert owner.put(path, sent).status_code == 428
    assert put(owner, path, sent, effect.version + 1).status_code == 412
    # An effect that came meanwhile is part of the grid as well.
    moved(alpha, effect.measure, "identified")
    add_effect(alpha, effect.measure)
    moved(alpha, effect.measure, "decided")
    assert put(owner, path, sent).status_code == 412
    assert put(owner, path, sent, effect.version + 1).status_code == 200


def test_a_late_save_is_told_what_changed(owner: ApiCaller, effect: Effect, path: str) -> None:
    assert put(owner, path, body(effect, {"2026-01": "9000"})).status_code == 200
    answer = put(owner, path, body(effect, {"2026-02": "9000"}))
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert set(answer.json()["errors"]) == {f"cells.{effect.public_id}.forecast.2026-01"}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"effects": None}, 400),
        ({"effects": [{}]}, 400),
        ({"effects": [{"id": "x", "version": 1, "cells": {}}]}, 400),
        ({"effects": [{"id": "x" * 9999, "version": 0, "cells": []}]}, 400),
        ({"cause": "luck"}, 400),
        ({"cause": "dependency"}, 400),
        ({"stage": "closed"}, 400),
        ({"reasons": [{"effect": "x"}]}, 400),
        ({"reasons": "none"}, 400),
    ],
)
def test_a_wrong_body_is_told(
    owner: ApiCaller, effect: Effect, path: str, wrong: dict[str, Any], status: int
) -> None:
    answer = put(owner, path, body(effect, {"2026-01": "1"}) | wrong)
    assert answer.status_code == status, answer.content
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "cells",
    [
        {"dream": {"2026-01": "1"}},
        {"forecast": {"2026-01": 10**30}},
        {"forecast": {"2026-01": "NaN"}},
        {"forecast": {"2026-01": ["1"]}},
        {"forecast": {"٢٠٢٦-01": "1"}},
        {"forecast": "2026"},
        {"forecast": {f"m{n}": "1" for n in range(1400)}},
    ],
)
def test_wrong_cells_are_told(owner: ApiCaller, effect: Effect, path: str, cells: Any) -> None:
    sent = body(effect, {})
    sent["effects"][0]["cells"] = cells
    answer = put(owner, path, sent)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"]


def test_readers_read_and_strangers_find_nothing(alpha: House, effect: Effect, path: str) -> None:
    assert alpha.caller("executive").get(path).status_code == 200
    assert put(alpha.caller("executive"), path, body(effect, {})).status_code == 403
    assert alpha.caller("guest").get(path).status_code == 404
    assert put(alpha.caller("guest"), path, body(effect, {})).status_code == 404


def test_a_locked_grid_says_why(alpha: House, owner: ApiCaller, effect: Effect, path: str) -> None:
    moved(alpha, effect.measure, overlay="on_hold")
    assert owner.get(path).json()["locked"] == "measure_on_hold"
    answer = put(owner, path, body(effect, {"2026-01": "1"}))
    assert (answer.status_code, answer.json()["code"]) == (409, "measure_on_hold")


def test_the_grid_costs_as_much_with_twenty_effects_as_with_one(
    alpha: House, owner: ApiCaller, effect: Effect, path: str
) -> None:
    owner.get(path)
    with CaptureQueriesContext(connection) as with_one:
        owner.get(path)
    moved(alpha, effect.measure, "identified")
    for _index in range(20):
        plan(alpha, add_effect(alpha, effect.measure), {"2026-01": "1"})
    with CaptureQueriesContext(connection) as with_many:
        assert len(owner.get(path).json()["effects"]) == 21
    assert len(with_many) == len(with_one)


# --- one effect: effects/<id>/cells/ ------------------------------------------------------------


def put_cells(caller: ApiCaller, effect: Effect, cells: Any, **more: Any) -> Any:
    sent = {"series": "forecast", "cells": cells, **more}
    tag = {"If-Match": f'"{effect.version}"'}
    return caller.put(f"effects/{effect.public_id}/cells/", sent, **tag)


def test_the_forecast_of_one_effect_is_written_with_cause_and_reason(
    alpha: House, owner: ApiCaller, effect: Effect
) -> None:
    missing = put_cells(owner, effect, {"2026-01": "-20000"}, cause="value")
    assert (missing.status_code, missing.json()["code"]) == (422, "variance_reason_required")
    reason = {"reason_code": "price_or_volume", "reason": "Half the tonnes."}
    answer = put_cells(owner, effect, {"2026-01": "-20000"}, cause="value", **reason)
    assert (answer.status_code, answer["ETag"]) == (200, f'"{effect.version + 1}"')
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == Decimal(-20_000)
    assert put_cells(owner, effect, {"2026-01": "1"}, cause="value").status_code == 412


def test_a_wrong_cell_of_one_effect_is_named_as_before(owner: ApiCaller, effect: Effect) -> None:
    answer = put_cells(owner, effect, {"2026-01": "?"}, cause="value")
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"cells.2026-01"})
    answer = put_cells(owner, effect, {"2026-01": "1"})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"cause"})


# --- phasing: effects/<id>/phasing/ (V9) --------------------------------------------------------


def phase(caller: ApiCaller, effect: Effect, **body: Any) -> Any:
    return caller.post(f"effects/{effect.public_id}/phasing/", body)


def test_phasing_answers_cells_and_saves_nothing(
    alpha: House, owner: ApiCaller, effect: Effect
) -> None:
    answer = phase(owner, effect, helper="ramp", amount="100.00", first="2026-01", last="2026-03")
    assert answer.status_code == 200, answer.content
    cells = {"2026-01": "16.66", "2026-02": "33.33", "2026-03": "50.01"}
    assert answer.json() == {"series": "forecast", "cells": cells}
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == 10_000


def test_a_shift_empties_what_it_leaves(owner: ApiCaller, effect: Effect) -> None:
    cells = phase(owner, effect, helper="shift", shift=2, first="2026-12").json()["cells"]
    assert cells == {"2026-12": None, "2027-02": "10000.00"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"helper": "magic"}, "helper"),
        ({"helper": "linear"}, "amount"),
        ({"helper": "linear", "amount": 1.5, "first": "2026-01", "last": "2026-02"}, "amount"),
        ({"helper": "linear", "amount": [], "first": "2026-01", "last": "2026-02"}, "amount"),
        ({"helper": "linear", "amount": "1", "first": "2026", "last": "2026-02"}, "first"),
        ({"helper": "linear", "amount": "1", "shift": 1}, "shift"),
        ({"helper": "shift", "shift": 10**30}, "shift"),
        ({"helper": "shift", "shift": 1, "last": "2026-02"}, "last"),
        ({"helper": "season", "amount": "1", "weights": ["NaN"] * 12}, "weights"),
        ({"helper": "season", "amount": "1", "weights": [1]}, "weights"),
        ({"helper": "linear", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_phasing_is_told_by_field(
    owner: ApiCaller, effect: Effect, body: dict[str, Any], field: str
) -> None:
    answer = phase(owner, effect, **body)
    assert answer.status_code == 400, answer.content
    assert any(name.split(".")[0] == field for name in answer.json()["errors"])


def test_who_does_not_plan_phases_nothing(alpha: House, effect: Effect) -> None:
    asked = {"helper": "linear", "amount": "1", "first": "2026-01", "last": "2026-02"}
    assert phase(alpha.caller("executive"), effect, **asked).status_code == 403
    assert phase(alpha.caller("guest"), effect, **asked).status_code == 404
