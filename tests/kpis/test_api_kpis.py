"""Objectives, KPIs and periods through the API."""

from typing import Any

import pytest

from tests.houses import ApiCaller, House
from tests.kpis.indicating import make_filled, make_kpi, make_objective, stored, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_a_kpi_is_created_below_its_objective_and_shown_whole(alpha: House, pmo: ApiCaller) -> None:
    goal = pmo.post("objectives/", {"name": "Real estate"}).json()
    made = pmo.post("objectives/", {"name": "Reduce cost", "parent": goal["code"]})
    assert made.status_code == 201
    assert made["Location"].endswith(alpha.api("objectives/OB-0002/"))
    assert pmo.get("objectives/OB-0002/").json() == made.json()
    assert [row["parent"] for row in pmo.get("objectives/").json()["results"]] == [None, "OB-0001"]
    answer = pmo.post(
        "kpis/",
        {
            "name": " Vacant space ",
            "objective": "OB-0002",
            "unit": "share",
            "decimals": 3,
            "direction": "decrease",
            "update_owner": "owner@alpha.example",
        },
    )
    body = answer.json()
    assert answer.status_code == 201, body
    assert answer["ETag"] == '"1"'
    assert answer["Location"].endswith(alpha.api("kpis/K-0001/"))
    assert {k: v for k, v in body.items() if not k.endswith("_at")} == {
        "code": "K-0001",
        "name": "Vacant space",
        "objective": "OB-0002",
        "description": "",
        "notes": "",
        "unit": "share",
        "decimals": 3,
        "aggregation": "last",
        "direction": "decrease",
        "kind": "unknown",
        "rhythm": "year",
        "data_source": "",
        "update_owner": {"email": "owner@alpha.example", "name": "Owner"},
        "is_active": True,
        "source_key": "",
        "standing": None,
        "periods": {},
        "version": 1,
    }
    assert pmo.get("kpis/K-0001/").json() == body
    assert pmo.get("kpis/").json() == {"results": [body], "next": None, "previous": None}


def test_periods_are_written_as_text_and_read_back_exactly(alpha: House, pmo: ApiCaller) -> None:
    kpi = make_kpi(alpha)
    body = {
        "periods": {
            "2017-01": {"target": "0.032", "actual": "0.03"},
            "2018-01": {"target": "0.031", "actual": "0.038", "note": "New method"},
        }
    }
    answer = pmo.put(f"kpis/{kpi.code}/periods/", body, **seen(1))
    assert (answer.status_code, answer["ETag"]) == (200, '"2"'), answer.content
    shown = answer.json()
    assert shown["standing"] == "missed"
    assert {k: v for k, v in shown["periods"]["2018-01"].items() if k != "updated_at"} == {
        "target": "0.031",
        "actual": "0.038",
        "band_low": None,
        "band_high": None,
        "note": "New method",
        "standing": "missed",
        "source": "api",
        "author": "Pmo <pmo@alpha.example>",
    }
    change = {"periods": {"2017-01": None, "2018-01": {"actual": None}}}
    assert pmo.put(f"kpis/{kpi.code}/periods/", change, **seen(2)).status_code == 200
    assert stored(alpha, kpi) == {"2018-01": {"target": "0.031", "note": "New method"}}
    assert [action for action, _ in told(alpha, kpi.code)] == [
        "kpi.created",
        "kpi_values.changed",
        "kpi_values.changed",
    ]


@pytest.mark.parametrize(
    ("periods", "keys"),
    [
        ({"2018": {}}, {"periods.2018"}),
        ({"2018-13": None}, {"periods.2018-13"}),
        ({"2018-02": {"target": "1"}}, {"periods.2018-02"}),
        ({"2018-01": 7}, {"periods.2018-01"}),
        ({"2018-01": []}, {"periods.2018-01"}),
        ({"2018-01": {"goal": "1"}}, {"periods.2018-01.goal"}),
        ({"2018-01": {"note": 1}}, {"periods.2018-01.note"}),
        ({"2018-01": {"note": None}}, {"periods.2018-01.note"}),
        ({"2018-01": {"target": 0.5}}, {"periods.2018-01.target"}),
        ({"2018-01": {"target": {}}}, {"periods.2018-01.target"}),
        (
            {"2018-01": {"target": "x", "actual": "1e400"}},
            {"periods.2018-01.target", "periods.2018-01.actual"},
        ),
        ({"2018-01": {"band_low": "2", "band_high": "1"}}, {"periods.2018-01.band_high"}),
        ([], {"periods"}),
        (None, {"periods"}),
    ],
)
def test_a_wrong_period_is_named_and_nothing_is_written(
    alpha: House, pmo: ApiCaller, periods: Any, keys: set[str]
) -> None:
    kpi = make_filled(alpha)
    before = stored(alpha, kpi)
    answer = pmo.put(f"kpis/{kpi.code}/periods/", {"periods": periods}, **seen(kpi.version))
    assert (answer.status_code, set(answer.json()["errors"])) == (400, keys)
    assert stored(alpha, kpi) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"objective": "OB-9"}, "objective"),
        ({"update_owner": "nobody@alpha.example"}, "update_owner"),
        ({"decimals": 7}, "decimals"),
        ({"direction": "up"}, "direction"),
        ({"code": "K-9"}, "code"),
        ({"source_key": "x"}, "source_key"),
        ({"colour": "x"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(
    alpha: House, pmo: ApiCaller, wrong: dict[str, Any], field: str
) -> None:
    made = pmo.post("kpis/", {"name": "x"} | wrong)
    assert (made.status_code, set(made.json()["errors"])) == (400, {field})
    changed = pmo.patch(f"kpis/{make_kpi(alpha).code}/", wrong, **seen(1))
    assert (changed.status_code, set(changed.json()["errors"])) == (400, {field})


def test_changes_say_what_they_have_seen(alpha: House, pmo: ApiCaller) -> None:
    kpi = make_filled(alpha)
    path = f"kpis/{kpi.code}/"
    assert pmo.patch(path, {"name": "x"}).status_code == 428
    assert pmo.patch(path, {"name": "x"}, **seen(1)).status_code == 412
    changed = pmo.patch(path, {"objective": None, "unit": "%"}, **seen(kpi.version))
    assert (changed.status_code, changed.json()["objective"]) == (200, None)
    assert changed["ETag"] == f'"{kpi.version + 1}"'
    refused = pmo.patch(path, {"rhythm": "month"}, **seen(kpi.version + 1))
    assert (refused.status_code, refused.json()["code"]) == (422, "kpi_has_values")
    assert pmo.delete(path, **seen(kpi.version)).status_code == 412
    assert pmo.delete(path, **seen(kpi.version + 1)).status_code == 204
    assert pmo.get(path).status_code == 404


def test_an_objective_in_use_stays(alpha: House, pmo: ApiCaller) -> None:
    kpi = make_filled(alpha)
    path = f"objectives/{make_objective(alpha).code}/"
    assert pmo.delete(path, **seen(1)).status_code == 204
    refused = pmo.delete("objectives/OB-0002/", **seen(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "objective_in_use")
    assert kpi.objective.code == "OB-0002"


def test_the_update_owner_writes_values_and_no_more(alpha: House) -> None:
    kpi = make_filled(alpha, update_owner=alpha.people["owner"])
    owner = alpha.caller("owner")
    body = {"periods": {"2019-01": {"actual": "0.029"}}}
    assert owner.patch(f"kpis/{kpi.code}/", {"name": "x"}, **seen(kpi.version)).status_code == 403
    written = owner.put(f"kpis/{kpi.code}/periods/", body, **seen(kpi.version))
    assert (written.status_code, written.json()["standing"]) == (200, "met")
    executive = alpha.caller("executive")
    refused = executive.put(f"kpis/{kpi.code}/periods/", body, **seen(kpi.version + 1))
    assert refused.status_code == 403


def test_lists_are_narrowed_and_walked(alpha: House, beta: House, pmo: ApiCaller) -> None:
    make_filled(alpha)
    make_kpi(alpha, "Loose")
    make_kpi(beta, "Theirs")

    def names(**query: Any) -> list[str]:
        answer = pmo.get("kpis/", query)
        assert answer.status_code == 200, answer.content
        return [row["name"] for row in answer.json()["results"]]

    assert names() == ["Vacant space", "Loose"]
    assert names(ordering="-place") == ["Loose", "Vacant space"]
    assert names(objective="none") == ["Loose"]
    assert names(standing="missed") == ["Vacant space"]
    first = pmo.get("kpis/", {"limit": 1, "ordering": "place"}).json()
    after = pmo.client.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + after["results"]] == ["Vacant space", "Loose"]
    assert after["next"] is None
    assert pmo.get("kpis/", {"standing": "fine"}).status_code == 400
    assert alpha.caller("guest").get("kpis/").json()["results"] == []
