"""The list of measures in groups: sums of each, opened to its measures; pages and API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from initiatives.models import Measure
from tests.exchange.taking_out import ask
from tests.exchange.taking_out import rows_of as read
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures
from tests.kpis.making import add_effect, make_planned, plan

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
