"""Metrics, effects and months through the API."""

from typing import Any

import pytest

from governance.people.choices import Role
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from kpis.choices import Source
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import ValueHistory
from tests.houses import ApiCaller, House

HUGE = 10**30


@pytest.fixture
def measure(alpha: House) -> Measure:
    """A measure of the owner, in a tenant that has metrics."""
    by = alpha.system(Role.PMO)
    with alpha.active():
        for draft in STARTING_METRICS:
            metric_create(draft=draft, by=by)
        draft = MeasureDraft("Bundle steel", owner=alpha.people["owner"])
        return measure_create(package=alpha.package, draft=draft, by=by)


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


@pytest.fixture
def effect(pmo: ApiCaller, measure: Measure) -> dict[str, Any]:
    body = {"metric": "EBITDA", "kind": "recurring"}
    answer = pmo.post(f"measures/{measure.code}/effects/", body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def write(caller: ApiCaller, effect: dict[str, Any], body: Any, version: int | None = None) -> Any:
    seen = effect["version"] if version is None else version
    return caller.put(f"effects/{effect['id']}/cells/", body, **{"If-Match": f'"{seen}"'})


def plan(cells: Any, **more: Any) -> dict[str, Any]:
    return {"series": "plan", "cells": cells, **more}


def test_an_effect_is_created_and_shown_whole(
    alpha: House, pmo: ApiCaller, measure: Measure
) -> None:
    path = f"measures/{measure.code}/effects/"
    answer = pmo.post(
        path,
        {
            "metric": "EBITDA",
            "name": " Price ",
            "kind": "one_off",
            "class": "avoidance",
            "currency": "USD",
        },
    )
    body = answer.json()
    assert answer.status_code == 201, body
    assert {k: v for k, v in body.items() if not k.endswith("_at") and k != "id"} == {
        "measure": measure.code,
        "metric": "EBITDA",
        "name": "Price",
        "kind": "one_off",
        "class": "avoidance",
        "currency": "USD",
        "owner": None,
        "run_rate_start": None,
        "cells": {},
        "version": 1,
    }
    assert body["created_at"].endswith("Z")
    assert body["updated_at"].endswith("Z")
    one = f"effects/{body['id']}/"
    assert answer["Location"] == f"http://testserver{alpha.api(one)}"
    assert pmo.get(one).json() == body
    assert pmo.get(path).json() == {"results": [body], "next": None, "previous": None}


def test_an_effect_takes_the_tenants_currency_and_is_hard(effect: dict[str, Any]) -> None:
    assert (effect["currency"], effect["class"]) == ("EUR", "hard")


def test_a_metric_that_is_no_money_has_no_currency(pmo: ApiCaller, measure: Measure) -> None:
    body = {"metric": "FTE", "kind": "recurring"}
    answer = pmo.post(f"measures/{measure.code}/effects/", body)
    assert answer.json()["currency"] == ""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metric": "NOTHING"}, "metric"),
        ({"metric": ""}, "metric"),
        ({"kind": "wishful"}, "kind"),
        ({"class": "soft"}, "class"),
        ({"currency": "euro"}, "currency"),
        ({"currency": "€€€"}, "currency"),
        ({"version": 7}, "version"),
        ({"cells": {}}, "cells"),
    ],
)
def test_a_wrong_effect_names_its_field(
    pmo: ApiCaller, measure: Measure, wrong: dict[str, Any], field: str
) -> None:
    body = {"metric": "EBITDA", "kind": "recurring"} | wrong
    answer = pmo.post(f"measures/{measure.code}/effects/", body)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})


def test_months_are_written_as_text_and_read_back_exactly(
    alpha: House, pmo: ApiCaller, effect: dict[str, Any]
) -> None:
    cells = {
        "2026-11": "1000.00",
        "2026-12": "0",
        "2027-01": "-0.01",
        "2027-02": "999999999999999.99",
    }
    answer = write(pmo, effect, plan(cells))
    body = answer.json()
    assert (answer.status_code, answer["ETag"], body["version"]) == (200, '"2"', 2)
    assert body["cells"] == {
        "plan": {
            "2026-11": "1000.00",
            "2026-12": "0.00",
            "2027-01": "-0.01",
            "2027-02": "999999999999999.99",
        }
    }
    assert pmo.get(f"effects/{effect['id']}/").json() == body
    with alpha.active():
        facts = set(ValueHistory.objects.values_list("source", "author"))
    assert facts == {(Source.API.value, "Pmo <pmo@alpha.example>")}


def test_months_that_are_not_named_stay_and_null_empties_one(
    pmo: ApiCaller, effect: dict[str, Any]
) -> None:
    first = write(pmo, effect, plan({"2026-01": "1", "2026-02": "2"})).json()
    second = write(pmo, first, plan({"2026-02": None, "2026-03": "3"})).json()
    assert second["cells"] == {"plan": {"2026-01": "1.00", "2026-03": "3.00"}}
    assert second["version"] == 3


def test_writing_what_stands_there_changes_nothing(pmo: ApiCaller, effect: dict[str, Any]) -> None:
    first = write(pmo, effect, plan({"2026-01": "1"})).json()
    assert write(pmo, first, plan({"2026-01": "1.00"})).json() == first


@pytest.mark.parametrize(
    ("month", "amount"),
    [
        ("2026-13", "1"),
        ("2026-1", "1"),
        ("26-01", "1"),
        ("1989-12", "1"),
        ("2101-01", "1"),
        ("2026-01-01", "1"),
        ("2026-01\n", "1"),
        ("\u0662\u0660\u0662\u0666-01", "1"),
        ("", "1"),
        ("\ud800", "1"),
        ("2026-01", "NaN"),
        ("2026-01", "Infinity"),
        ("2026-01", "1e400"),
        ("2026-01", "1e99999999999"),
        ("2026-01", str(HUGE)),
        ("2026-01", HUGE),
        ("2026-01", "1000000000000000"),
        ("2026-01", "1.001"),
        ("2026-01", 1.5),
        ("2026-01", True),
        ("2026-01", ""),
        ("2026-01", "1_000"),
        ("2026-01", "1,000.00"),
        ("2026-01", "\u0661"),
        ("2026-01", "1\u0000"),
        ("2026-01", "1" * 5000),
        ("2026-01", ["1"]),
        ("2026-01", {"amount": "1"}),
    ],
)
def test_a_cell_that_cannot_be_kept_is_named_and_nothing_is_written(
    pmo: ApiCaller, effect: dict[str, Any], month: str, amount: Any
) -> None:
    answer = write(pmo, effect, plan({"2027-05": "5", month: amount}))
    assert answer.status_code == 400, answer.content
    shown = month.encode(errors="backslashreplace").decode()
    assert set(answer.json()["errors"]) == {f"cells.{shown}"}
    assert pmo.get(f"effects/{effect['id']}/").json() == effect


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cells": {}}, "series"),
        ({"series": "plan"}, "cells"),
        ({"series": "dream", "cells": {}}, "series"),
        ({"series": "plan", "cells": []}, "cells"),
        ({"series": "plan", "cells": "2026-01"}, "cells"),
        ({"series": "plan", "cells": None}, "cells"),
        (plan({}, colour="red"), "colour"),
        (plan({}, reason_code="scope"), "reason_code"),
        (plan({}, cause="scope"), "cause"),
        (plan({}, cause="luck"), "cause"),
        (plan({f"m{n}": "1" for n in range(1400)}), "cells"),
    ],
)
def test_a_wrong_body_of_cells_names_its_field(
    pmo: ApiCaller, effect: dict[str, Any], body: Any, field: str
) -> None:
    answer = write(pmo, effect, body)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})


@pytest.mark.parametrize(
    "series",
    [
        *("reference", "baseline", "forecast_with_dependencies"),
        "actual_validated",
    ],
)
def test_other_series_are_not_written_by_this_door(
    pmo: ApiCaller, effect: dict[str, Any], series: str
) -> None:
    body = {"series": series, "cells": {"2026-01": "1"}, "reason_code": "timing"}
    answer = write(pmo, effect, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "series_not_writable")


def test_cells_need_the_version_that_was_seen(pmo: ApiCaller, effect: dict[str, Any]) -> None:
    body = plan({"2026-01": "1"})
    assert pmo.put(f"effects/{effect['id']}/cells/", body).status_code == 428
    assert write(pmo, effect, body).status_code == 200
    stale = write(pmo, effect, body)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


def test_an_owner_plans_their_own_measure_and_an_executive_none(
    alpha: House, effect: dict[str, Any]
) -> None:
    body = plan({"2026-01": "1"})
    assert write(alpha.caller("owner"), effect, body).status_code == 200
    refused = write(alpha.caller("executive"), effect, body, version=2)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_plan_is_deleted_with_its_effect(pmo: ApiCaller, effect: dict[str, Any]) -> None:
    path = f"effects/{effect['id']}/"
    current = write(pmo, effect, plan({"2026-01": "1"})).json()
    assert pmo.delete(path).status_code == 428
    assert pmo.delete(path, **{"If-Match": '"1"'}).status_code == 412
    assert pmo.delete(path, **{"If-Match": f'"{current["version"]}"'}).status_code == 204
    assert pmo.get(path).status_code == 404


def test_the_plan_of_the_headline_metric_orders_the_list(
    pmo: ApiCaller, measure: Measure, effect: dict[str, Any], alpha: House
) -> None:
    small = pmo.post("measures/", {"name": "Small", "project": alpha.project.code}).json()
    write(pmo, effect, plan({"2026-01": "5"}))
    by_value = pmo.get("measures/?ordering=-value").json()["results"]
    assert [row["code"] for row in by_value] == [measure.code, small["code"]]


@pytest.mark.parametrize("name", ["..", "7", "00000000-0000-0000-0000-000000000000"])
def test_no_effect_has_another_name_than_its_uuid(
    pmo: ApiCaller, measure: Measure, name: str
) -> None:
    assert pmo.get(f"effects/{name}/").status_code == 404


# --- metrics ---------------------------------------------------------------------------------


def test_metrics_are_listed_by_name(pmo: ApiCaller, measure: Measure) -> None:
    rows = pmo.get("metrics/").json()["results"]
    assert [row["code"] for row in rows][:2] == ["CASH", "CO2"]
    assert rows[1] | {"created_at": "", "updated_at": ""} == {
        "code": "CO2",
        "name": "CO₂ emissions avoided",
        "unit": "t",
        "is_monetary": False,
        "aggregation": "sum",
        "decimals": 1,
        "sign": "more",
        "pl_line": "none",
        "is_active": True,
        "effects": 0,
        "version": 1,
        "created_at": "",
        "updated_at": "",
    }
    assert pmo.get("metrics/?is_active=false").json()["results"] == []


def test_a_metric_is_added_once(pmo: ApiCaller, measure: Measure) -> None:
    body = {"code": "ENERGY", "name": "Energy", "unit": "MWh", "is_monetary": False, "decimals": 0}
    answer = pmo.post("metrics/", body)
    assert answer.status_code == 201
    assert answer.json() | body == answer.json()
    again = pmo.post("metrics/", body)
    assert (again.status_code, again.json()["code"]) == (409, "code_taken")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "x" * 31}, "code"),
        ({"code": " "}, "code"),
        ({"name": "\u0007"}, "name"),
        ({"unit": "x" * 21}, "unit"),
        ({"decimals": 5}, "decimals"),
        ({"decimals": -1}, "decimals"),
        ({"decimals": HUGE}, "decimals"),
        ({"aggregation": "median"}, "aggregation"),
        ({"is_monetary": "perhaps"}, "is_monetary"),
        ({"is_active": False}, "is_active"),
    ],
)
def test_a_wrong_metric_names_its_field(pmo: ApiCaller, wrong: dict[str, Any], field: str) -> None:
    answer = pmo.post("metrics/", {"code": "A", "name": "A"} | wrong)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})


def test_an_owner_adds_no_metric_and_a_guest_sees_none(alpha: House) -> None:
    body = {"code": "A", "name": "A"}
    assert alpha.caller("owner").post("metrics/", body).status_code == 403
    assert alpha.caller("guest").get("metrics/").status_code == 403
