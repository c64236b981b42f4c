"""What needs attention, the most money first, and what waits for whoever looks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from governance.errors import NotVisible
from governance.tree.models import Node
from initiatives.models import Measure
from reporting.attention import MOST, Matter, Sought, attention, overdue_by_stage
from reporting.selectors import portfolio_paths
from tests.approvals.climbing import asked, climber, publish_short_model
from tests.approvals.exceptions.opening import opened
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures
from tests.kpis.making import add_effect, plan
from tests.kpis.targeting import with_starting_metrics
from tests.reporting.lighting import settled
from tests.reporting.test_watermelons import melons

__all__ = ["melons"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
LATER = timezone.now() + timedelta(days=60)


def found(house: House, node: Node | None = None, who: str = "executive") -> list[Matter]:
    with house.active():
        by = house.actor(who)
        paths = [node.path] if node else portfolio_paths(by)
        return attention(Sought(house.tenant, paths), LATER, by=by)


def told(house: House, **given: Any) -> list[tuple[str, list[str], Decimal]]:
    return [
        (one.measure.name if one.measure else one.code, list(one.reasons), one.amount)
        for one in found(house, **given)
    ]


def governed(house: House, name: str) -> Measure:
    people = house.people
    return climber(
        house,
        name,
        business_unit=house.unit,
        function=house.function,
        legal_entity=house.entity,
        owner=people["owner"],
    )


def planned(house: House, measure: Measure, amount: str) -> None:
    plan(house, add_effect(house, measure), {"2026-01": amount})


def test_each_reason_is_told_and_the_most_money_comes_first(alpha: House) -> None:
    with_starting_metrics(alpha)
    publish_short_model(alpha)
    planned(alpha, make_measure(alpha, "Nobody's"), "500")
    planned(alpha, late := governed(alpha, "Late"), "9000")
    asked(alpha, late)
    opened(alpha, governed(alpha, "Odd"), amount=Decimal(2000))
    governed(alpha, "All is well")
    rows = told(alpha)
    reasons = {name: found for name, found, _amount in rows}
    assert reasons == {
        "Late": ["overdue_decision"],
        "Odd": ["exception"],
        "Nobody's": ["missing_field"],
    }
    amounts = [amount for _name, _reasons, amount in rows]
    assert amounts == sorted(amounts, reverse=True)
    with alpha.active():
        whole = Sought(alpha.tenant, [alpha.root.path])
        early = attention(whole, timezone.now() - timedelta(days=1), by=alpha.actor("pmo"))
        assert {one.code for one in early} == {row.code for row in found(alpha)} - {late.code}
        assert overdue_by_stage(whole, LATER) == {"identified": 1}
        elsewhere = Sought(alpha.tenant, [alpha.other_program.path])
        assert overdue_by_stage(elsewhere, LATER) == {}


def test_one_measure_is_told_once_with_all_its_reasons(alpha: House) -> None:
    with_starting_metrics(alpha)
    measure = climber(alpha, "Bundle steel")
    planned(alpha, measure, "300")
    opened(alpha, measure, amount=Decimal(100))
    opened(alpha, measure, amount=Decimal(200), title="Again")
    [row] = told(alpha)
    assert row == ("Bundle steel", ["exception", "missing_field"], Decimal(300))


def test_what_lies_elsewhere_is_left_out(alpha: House) -> None:
    make_measure(alpha, "Here")
    assert [name for name, *_rest in told(alpha)] == ["Here"]
    assert told(alpha, node=alpha.other_program) == []
    assert [name for name, *_rest in told(alpha, node=alpha.program)] == ["Here"]
    assert told(alpha, who="narrow") == []
    with pytest.raises(NotVisible):
        found(alpha, who="guest")


def test_watermelons_are_there_by_their_value(alpha: House, melons: list[Measure]) -> None:
    small, large, middle = melons
    rows = found(alpha)
    assert [row.code for row in rows][:3] == [large.code, middle.code, small.code]
    assert [rows[0].amount, rows[1].amount] == [3600, 2400]
    assert [str(reason) for reason in rows[0].reasons] == ["watermelon", "missing_field"]


def test_ten_are_told_and_the_cost_does_not_grow(
    alpha: House, django_assert_num_queries: Any
) -> None:
    make_measures(alpha, 1)
    with alpha.active():
        settled(alpha.tenant)
        by = alpha.actor("executive")
        whole = Sought(alpha.tenant, [alpha.root.path])
        with django_assert_num_queries(7):
            assert len(attention(whole, LATER, by=by)) == 1
    make_measures(alpha, MOST + 5)
    with alpha.active(), django_assert_num_queries(7):
        assert len(attention(whole, LATER, by=by)) == MOST


def test_the_page_names_reasons_with_the_ways_to_mend_them(alpha: House) -> None:
    publish_short_model(alpha)
    measure = climber(alpha, "Bundle steel")
    request = asked(alpha, measure)
    row = opened(alpha, measure, amount=Decimal(5))
    page = alpha.client("executive").get(alpha.page("portfolio/"))
    [line] = page.context["matters"]
    links = {badge.label: badge.url for badge in line.badges}
    assert links["Open exception"].endswith(f"exceptions/{row.code}/")
    assert links["Field missing"].endswith(f"measures/{measure.code}/")
    lists = [choice.url for choice in page.context["full_lists"]]
    client = alpha.client("executive")
    assert all(client.get(url).status_code == 200 for url in lists)
    node = alpha.client("executive").get(alpha.page(f"totals/{alpha.program.code}/"))
    lists = [choice.url for choice in node.context["full_lists"]]
    assert f"place={alpha.program.code}" in lists[2]
    assert all(client.get(url).status_code == 200 for url in lists)
    mine = alpha.client("controller").get(alpha.page("portfolio/")).context["waiting"]
    assert [(line.name, line.url) for line in mine] == [
        ("Bundle steel", alpha.page(f"gate-requests/{request.public_id}/"))
    ]
    assert page.context["waiting"] == []


def test_the_api_tells_the_same(alpha: House) -> None:
    measure = make_measure(alpha, "Nobody's", owner=alpha.people["owner"])
    body = alpha.caller("executive").get(f"roll-ups/{alpha.program.code}/attention/").json()
    [row] = body["results"]
    assert (row["subject"], row["reasons"], row["amount"]) == (measure.code, ["missing_field"], "0")
    assert row["owner"]["email"] == alpha.people["owner"].email
    assert (row["request"], row["exception"], body["currency"]) == (None, None, "EUR")
    children = alpha.caller("executive").get(f"roll-ups/{alpha.portfolio.code}/children/").json()
    assert [(one["code"], one["measures"]) for one in children["results"]] == [
        (alpha.program.code, 1),
        (alpha.other_program.code, 0),
    ]
    assert children["total"] == 2
    body = alpha.caller("executive").get(f"roll-ups/{alpha.portfolio.code}/").json()
    assert body["funnel"][0]["live"] == {"measures": 1, "recurring": "0", "one_off": "0"}
    assert (body["funnel"][0]["goes_on"], body["funnel"][4]["goes_on"]) == ("0.0000", None)
    assert set(body["headline_months"]) == set(body["months"])
