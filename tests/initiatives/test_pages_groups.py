"""The list of measures in groups: sums of each, opened to its measures; pages and API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from initiatives.models import Measure
from kpis.models import Effect, ValueYear
from tests.exchange.taking_out import ask
from tests.exchange.taking_out import rows_of as read
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import confirmed

GROUPS = ["portfolio", "program", "project", "measure_package", "stage", "owner", "function"]


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def planned(house: House, name: str, amount: str, **fields: Any) -> Measure:
    measure = make_measure(house, name, **fields)
    plan(house, add_effect(house, measure), {"2026-01": amount})
    return measure


@pytest.fixture
def full(alpha: House) -> House:
    make_planned(alpha)
    planned(alpha, "Copper", "100.50", owner=alpha.people["owner"], function=alpha.function)
    planned(alpha, "Tin", "-20")
    return alpha


def sums(client: Client, url: str) -> dict[str, tuple[int, Decimal]]:
    groups = client.get(url).context["groups"]
    return {
        line["group"].value: (line["group"].sums.count, line["group"].sums.planned)
        for line in groups
    }


def test_each_group_says_how_many_and_what_is_planned(full: House, pmo: Client) -> None:
    url = full.page("measures/?group=owner")
    assert sums(pmo, url) == {
        "-": (1, Decimal(-20)),
        "owner@alpha.example": (2, Decimal("100.50")),
    }
    page = pmo.get(url)
    total = page.context["group_total"]
    assert (total.count, total.planned) == (3, Decimal("80.50"))
    assert "No owner" in page.content.decode()


@pytest.mark.parametrize("by", GROUPS)
def test_the_measures_of_a_group_are_those_of_its_filter(full: House, pmo: Client, by: str) -> None:
    page = pmo.get(full.page(f"measures/?group={by}&q=&stage=identified"))
    assert sum(line["group"].sums.count for line in page.context["groups"]) == 3
    for line in page.context["groups"]:
        listed = pmo.get(line["url"]).context["rows"]
        assert len(listed) == line["group"].sums.count, line["url"]


@pytest.mark.parametrize("by", GROUPS)
def test_filters_narrow_the_groups(full: House, pmo: Client, by: str) -> None:
    found = sums(pmo, full.page(f"measures/?group={by}&q=copper"))
    assert list(found.values()) == [(1, Decimal("100.50"))]


def test_a_group_opens_below_its_line_with_its_columns(full: House, pmo: Client) -> None:
    line = pmo.get(full.page("measures/?group=function&columns=code,owner")).context["groups"][1]
    part = pmo.get(line["url"], headers={"HX-Request": "true", "HX-Target": line["id"]})
    html = part.content.decode()
    assert html.lstrip().startswith(f'<tr id="{line["id"]}"')
    assert "Copper" in html
    assert "Tin" not in html
    assert "<html" not in html
    assert "ordering=" not in html


def test_the_measures_of_a_group_come_page_by_page(alpha: House, pmo: Client) -> None:
    make_measures(alpha, 52)
    line = pmo.get(alpha.page("measures/?group=program")).context["groups"][0]
    headers = {"HX-Request": "true", "HX-Target": line["id"]}
    first = pmo.get(line["url"], headers=headers)
    assert len(first.context["rows"]) == 50
    assert f'hx-target="#{line["id"]}"' in first.content.decode()
    second = pmo.get(f"{line['url']}&cursor={first.context['page'].next}", headers=headers)
    assert len(second.context["rows"]) == 2


@pytest.mark.parametrize("query", ["group=colour", "group=owner&group=stage", "group=%00"])
def test_other_groups_are_refused_by_name(alpha: House, pmo: Client, query: str) -> None:
    answer = pmo.get(alpha.page(f"measures/?{query}"))
    assert answer.status_code == 400
    assert "group" in answer.content.decode()


def test_a_place_above_ones_own_is_no_link(alpha: House) -> None:
    make_measure(alpha, "Elsewhere")
    html = alpha.client("narrow").get(alpha.page("measures/?group=portfolio")).content.decode()
    assert "Elsewhere" not in html


def test_a_file_of_groups_holds_the_measures(full: House, pmo: Client) -> None:
    assert len(read(ask(full, "pmo", "measures", "group=owner").content)) == 3
    html = pmo.get(full.page("measures/?group=owner")).content.decode()
    assert 'name="query" value=""' in html


def test_many_groups_come_page_by_page_at_the_same_cost(alpha: House, pmo: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pmo.get(alpha.page("measures/?group=owner")).status_code == 200
        return len(queries)

    make_measure(alpha, owner=alpha.people["owner"])
    cost()
    with_one = cost()
    for who in ("sponsor", "pmo", "controller", "executive"):
        make_measures(alpha, 5, owner=alpha.people[who])
    assert cost() == with_one
    caller = alpha.caller("pmo")
    first = caller.get("measure-groups/", {"by": "owner", "limit": 2}).json()
    assert len(first["results"]) == 2
    assert first["total"] == {"count": 21, "planned": "0.0000", "currency": "EUR"}
    second = caller.client.get(first["next"]).json()
    names = [group["name"] for page in (first, second) for group in page["results"]]
    assert names == sorted(names)


def test_groups_through_the_api(full: House) -> None:
    caller = full.caller("pmo")
    found = caller.get("measure-groups/", {"by": "owner", "q": "copper"}).json()
    assert found["results"] == [
        {
            "value": "owner@alpha.example",
            "name": full.people["owner"].name,
            "count": 1,
            "planned": "100.5000",
            "currency": "EUR",
        }
    ]
    assert caller.get("measure-groups/", {"by": "colour"}).status_code == 400
    assert caller.get("measure-groups/").json()["results"][0]["value"] == full.program.code


def test_nobody_is_a_filter_too(full: House, pmo: Client) -> None:
    names = [row.measure.name for row in pmo.get(full.page("measures/?owner=-")).context["rows"]]
    assert names == ["Tin"]


@pytest.fixture
def shown(full: House) -> House:
    """A measure with a forecast of 90 and 30 claimed, of which 20 are validated; one of dollars."""
    with full.active():
        effects = {one.measure.name: one for one in Effect.objects.select_related("measure")}
        copper, tin = effects["Copper"], effects["Tin"]
        for series, amount in (("forecast", 90), ("actual_claimed", 30), ("actual_validated", 20)):
            ValueYear.objects.create(effect=copper, series=series, year=2026, m03=amount)
        ValueYear.objects.create(effect=tin, series="forecast", year=2026, m03="0.50")
    return full


COLUMNS = "columns=name,value,forecast,claimed,validated"


def test_groups_add_up_the_series_that_are_shown(shown: House, pmo: Client) -> None:
    page = pmo.get(shown.page(f"measures/?group=owner&{COLUMNS}"))
    found = {
        line["group"].name: [amount for _label, amount in line["series"]]
        for line in page.context["groups"]
    }
    assert found == {
        "No owner": [Decimal("0.50"), None, None],
        shown.people["owner"].name: [90, 30, 20],
    }
    assert [amount for _label, amount in page.context["series_total"]] == [Decimal("90.50"), 30, 20]
    heads = [column.label for column in page.context["group_columns"]]
    assert heads[3:] == ["Forecast", "Claimed", "Validated"]
    one = pmo.get(shown.page("measures/?group=owner&columns=validated")).context["series_total"]
    assert one == [("Validated", 20)]
    plain = pmo.get(shown.page("measures/?group=owner")).context
    assert (plain["series_total"], len(plain["group_columns"])) == ([], 3)


@pytest.mark.parametrize("by", GROUPS)
def test_the_sums_of_a_group_are_those_of_its_measures(shown: House, pmo: Client, by: str) -> None:
    page = pmo.get(shown.page(f"measures/?group={by}&{COLUMNS}"))
    assert [amount for _label, amount in page.context["series_total"]] == [Decimal("90.50"), 30, 20]
    for line in page.context["groups"]:
        rows = pmo.get(line["url"]).context["rows"]
        for at, (_label, amount) in enumerate(line["series"]):
            cells = [[c.value for c in row.cells if c.kind == "amount"][at] for row in rows]
            assert sum(cell or 0 for cell in cells) == (amount or 0)


def test_other_currencies_join_at_plan_rate(shown: House, pmo: Client) -> None:
    confirmed(shown, {"USD": {"2026-01": "0.5"}})
    abroad = make_measure(shown, "Abroad", owner=shown.people["owner"])
    effect = add_effect(shown, abroad, currency="USD")
    with shown.active():
        ValueYear.objects.create(effect=effect, series="forecast", year=2026, m03=40)
        # A month without a rate is left out.
        ValueYear.objects.create(effect=effect, series="forecast", year=2031, m03=1000)
    page = pmo.get(shown.page("measures/?group=owner&columns=forecast"))
    assert page.context["series_total"] == [("Forecast", Decimal("110.50"))]
    row = pmo.get(shown.page("measures/?q=Abroad&columns=forecast")).context["rows"][0]
    assert [cell.value for cell in row.cells] == [20]


def test_files_and_the_api_say_the_same(shown: House, pmo: Client) -> None:
    rows = read(ask(shown, "pmo", "measures", f"q=copper&{COLUMNS}").content)
    told = {name: rows[0][name] for name in ("forecast_total", "claimed_total", "validated_total")}
    assert {name: Decimal(text) for name, text in told.items()} == {
        "forecast_total": 90,
        "claimed_total": 30,
        "validated_total": 20,
    }
    page = pmo.get(shown.page(f"measures/?group=owner&{COLUMNS}"))
    lines = pmo.get(page.context["groups_csv"]).content.decode().splitlines()
    assert lines[0] == (
        "owner,code,measures,plan_total,forecast_total,claimed_total,validated_total,currency"
    )
    assert lines[1] == "No owner,,1,-20,0.5,,,EUR"
    assert lines[-1] == "All groups,,3,80.5,90.5,30,20,EUR"
    caller = shown.caller("pmo")
    body = caller.get("measure-groups/", {"by": "owner", "series": "true"}).json()
    told = {name: body["total"][name] for name in ("forecast", "claimed", "validated")}
    assert told == {"forecast": "90.5000", "claimed": "30.0000", "validated": "20.0000"}
    assert body["results"][0]["claimed"] is None
    assert "forecast" not in caller.get("measure-groups/").json()["total"]


def test_series_cost_the_same_however_many_groups(shown: House, pmo: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pmo.get(shown.page(f"measures/?group=owner&{COLUMNS}")).status_code == 200
        return len(queries)

    cost()
    before = cost()
    for who in ("sponsor", "pmo", "controller"):
        planned(shown, who, "5", owner=shown.people[who])
    assert cost() == before


def test_a_file_of_many_groups_holds_them_all(
    shown: House, pmo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.web.pages.DEFAULT_LIMIT", 1)
    monkeypatch.setattr("governance.web.pages.MAX_LIMIT", 1)
    make_measure(shown, "Third", owner=shown.people["sponsor"])
    url = shown.page("measure-groups.csv?group=owner")
    assert len(pmo.get(url).content.decode().splitlines()) == 5
    assert pmo.get(shown.page("measure-groups.csv?group=x")).status_code == 400
