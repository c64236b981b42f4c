"""Metrics through their pages and their API."""

from typing import Any

import pytest
from django.test import Client

from kpis.models import Metric
from tests.houses import ApiCaller, House
from tests.kpis.making import add_effect, make_planned
from tests.kpis.test_pages_kpis import opened, text_of

pytestmark = pytest.mark.django_db
NEW = {
    "code": "ENERGY",
    "name": "Energy saved",
    "unit": "MWh",
    "aggregation": "sum",
    "decimals": "1",
    "sign": "more",
    "pl_line": "none",
}


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


@pytest.fixture
def caller(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def stored(house: House, code: str) -> dict[str, Any]:
    with house.active():
        return dict(Metric.objects.filter(code=code).values()[0])


def test_the_list_says_how_many_effects_use_each(alpha: House, pmo: Client) -> None:
    measure = make_planned(alpha)
    add_effect(alpha, measure, "CASH")
    add_effect(alpha, measure, "CASH")
    answer = pmo.get(alpha.page("metrics/"))
    uses = {row["metric"].code: row["effects"] for row in answer.context["rows"]}
    assert uses == {**dict.fromkeys(uses, 0), "CASH": 2}
    text = text_of(answer)
    assert "Headline metric" in text
    assert alpha.page("metrics/CASH/edit/") in text
    reader = text_of(alpha.client("executive").get(alpha.page("metrics/")))
    assert "Changing metrics needs the role" in reader
    assert alpha.page("metrics/CASH/edit/") not in reader


def test_a_metric_is_added_by_its_form(alpha: House, pmo: Client) -> None:
    assert pmo.post(alpha.page("metrics/new/"), NEW).status_code == 302
    row = stored(alpha, "ENERGY")
    assert (row["unit"], row["is_monetary"], row["decimals"]) == ("MWh", False, 1)
    again = pmo.post(alpha.page("metrics/new/"), NEW)
    assert again.status_code == 422
    assert "This code is in use already." in text_of(again)
    wrong = pmo.post(alpha.page("metrics/new/"), NEW | {"code": "A/B", "decimals": "9"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"decimals"}
    slash = pmo.post(alpha.page("metrics/new/"), NEW | {"code": "A/B"})
    assert set(slash.context["form"].errors) == {"code"}


def test_the_form_locks_what_effects_have_fixed(alpha: House, pmo: Client) -> None:
    measure = make_planned(alpha)
    url = alpha.page("metrics/CASH/edit/")
    assert not any(field.disabled for field in pmo.get(url).context["form"].fields.values())
    add_effect(alpha, measure, "CASH")
    fields = pmo.get(url).context["form"].fields
    locked = {name for name, field in fields.items() if field.disabled}
    assert locked == {"unit", "is_monetary", "aggregation", "decimals"}
    data = opened(pmo, url) | {"name": "Cash at hand", "decimals": "0"}
    assert pmo.post(url, data).status_code == 302
    row = stored(alpha, "CASH")
    assert (row["name"], row["decimals"]) == ("Cash at hand", 2)


def test_the_headline_metric_is_not_taken_out_of_use(alpha: House, pmo: Client) -> None:
    make_planned(alpha)
    url = alpha.page("metrics/EBITDA/edit/")
    data = {name: text for name, text in opened(pmo, url).items() if name != "is_active"}
    answer = pmo.post(url, data)
    assert answer.status_code == 422
    assert "This is the headline metric of the tenant; it stays in use." in text_of(answer)
    assert stored(alpha, "EBITDA")["is_active"] is True


def test_a_late_save_shows_what_changed_meanwhile(alpha: House, pmo: Client) -> None:
    make_planned(alpha)
    url = alpha.page("metrics/CASH/edit/")
    early, late = opened(pmo, url), opened(pmo, url)
    assert pmo.post(url, early | {"sign": "less"}).status_code == 302
    answer = pmo.post(url, late | {"name": "Cash at hand"})
    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["name"].value(), form["sign"].value()) == ("Cash at hand", "less")
    assert "changed the metric CASH" in text_of(answer)
    assert stored(alpha, "CASH")["name"] == "Cash"


def test_the_api_reads_and_changes_one_metric(alpha: House, caller: ApiCaller) -> None:
    measure = make_planned(alpha)
    body = {"code": "ENERGY", "name": "Energy", "is_monetary": False, "sign": "less"}
    made = caller.post("metrics/", body)
    assert made.status_code == 201
    assert made["Location"].endswith(alpha.api("metrics/ENERGY/"))
    assert caller.get("metrics/ENERGY/").json() == made.json()
    answer = caller.patch("metrics/ENERGY/", {"pl_line": "ebit"}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert (answer.json()["pl_line"], answer.json()["sign"]) == ("ebit", "less")
    late = caller.patch("metrics/ENERGY/", {"pl_line": "tax"}, **{"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert caller.patch("metrics/ENERGY/", {"pl_line": "tax"}).status_code == 428
    add_effect(alpha, measure, "CASH")
    change = {"decimals": 0, "is_monetary": False, "name": "X"}
    fixed = caller.patch("metrics/CASH/", change, **{"If-Match": '"1"'})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "metric_in_use")
    assert set(fixed.json()["errors"]) == {"decimals", "is_monetary"}
    assert caller.get("metrics/CASH/").json()["effects"] == 1
    assert stored(alpha, "CASH")["name"] == "Cash"


@pytest.mark.parametrize(
    "body",
    [
        {"code": "X"},
        {"sign": "up"},
        {"pl_line": "goodwill"},
        {"decimals": 5},
        {"is_active": "perhaps"},
        {"effects": 3},
    ],
)
def test_a_body_that_cannot_be_kept_is_refused(
    alpha: House, caller: ApiCaller, body: dict[str, Any]
) -> None:
    make_planned(alpha)
    answer = caller.patch("metrics/CASH/", body, **{"If-Match": '"1"'})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, set(body))
    assert stored(alpha, "CASH")["version"] == 1


def test_a_new_metric_says_nothing_of_its_state(caller: ApiCaller) -> None:
    answer = caller.post("metrics/", {"code": "X", "name": "X", "is_active": False})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"is_active"})
