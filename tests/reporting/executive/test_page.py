"""The portfolio page and the pages of nodes: figures with the rows behind them, and their files."""

from decimal import Decimal
from typing import Any

import pytest

from initiatives.models import Measure
from kpis.choices import EffectKind
from kpis.models import Effect
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved
from tests.kpis.targeting import set_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
YEAR = {f"2026-{number:02d}": "100" for number in range(1, 13)}


@pytest.fixture
def house(alpha: House) -> House:
    """An identified measure of 1200, a held one of 600 one-off; a target of 2000 on the root."""
    plan(alpha, add_effect(alpha, make_planned(alpha)), YEAR)
    held = make_measure(alpha, "Retire furnace")
    plan(alpha, add_effect(alpha, held, kind=EffectKind.ONE_OFF), {"2026-02": "600"})
    moved(alpha, held, overlay="on_hold")
    set_target(alpha, alpha.root, "2000")
    return alpha


def page(house: House, path: str = "portfolio/", **query: str) -> Any:
    return house.client("executive").get(house.page(path), query)


def names_behind(house: House, url: str) -> set[str]:
    listed = house.client("executive").get(url).context["rows"]
    return {row["name"] if isinstance(row, dict) else row.measure.name for row in listed}


def test_the_head_says_promise_delivery_and_gap(house: House) -> None:
    answer = page(house, year="2026")
    lead, bankable, validated, gap = answer.context["promise"]
    assert (lead.label, lead.value) == ("Target 2026", 2000)
    assert lead.url.endswith(f"totals/{house.slug}/targets/")
    assert (bankable.value, validated.value) == (0, None)
    assert (gap.label, gap.value, gap.tone) == ("Gap to target", 2000, "red")
    assert gap.note == "100 % missing".replace(" %", "\N{NO-BREAK SPACE}%")
    html = answer.content.decode()
    assert html.index("Target 2026") < html.index("Stage funnel") < html.index("by fiscal year")


def test_without_a_target_the_head_says_what_is_identified(house: House) -> None:
    lead, _bankable, _validated, rest = page(house, f"totals/{house.program.code}/").context[
        "promise"
    ]
    assert (lead.label, lead.value) == ("Identified", 1200)
    assert (rest.label, rest.value) == ("Not decided yet", 1200)
    assert names_behind(house, lead.url) == {"Bundle steel"}


def test_every_amount_leads_to_the_measures_behind_it(house: House) -> None:
    [ladder, *_others] = page(house).context["ladders"]
    bars = {bar.label: bar for bar in ladder["bars"]}
    assert names_behind(house, bars["Identified"].url) == {"Bundle steel"}
    assert names_behind(house, bars["Bankable"].url) == set()
    assert names_behind(house, bars["Validated"].url) == set()
    with house.active():
        measure = Measure.objects.get(name="Bundle steel")
    moved(house, measure, stage="decided")
    assert names_behind(house, bars["Bankable"].url) == {"Bundle steel"}
    moved(house, measure, overlay="cancelled")
    assert names_behind(house, bars["Identified"].url) == set()
    parked = house.page("measures/?amount=parked")
    assert names_behind(house, parked) == {"Retire furnace"}


def test_a_measure_without_value_is_behind_no_amount(house: House) -> None:
    make_measure(house, "Nothing planned")
    other = make_measure(house, "Costs alone")
    add_effect(house, other, kind=EffectKind.RUNNING_COST)
    add_effect(house, other, metric="CASH")
    found = house.caller("executive").get("measures/", {"amount": "identified"}).json()
    assert [row["name"] for row in found["results"]] == ["Bundle steel"]
    assert house.caller("executive").get("measures/", {"amount": "x"}).status_code == 400


def test_the_funnel_counts_what_is_live_and_names_what_is_held(house: House) -> None:
    first = page(house).context["funnel"][0]
    assert (first["count"], first["held"], first["cancelled"]) == (1, 1, 0)
    assert [value[:2] for value in first["values"]] == [("Recurring", 1200), ("One-off", 0)]
    assert names_behind(house, first["url"]) == {"Bundle steel"}
    assert names_behind(house, first["held_url"]) == {"Retire furnace"}


def test_a_year_narrows_the_curve_and_stays_in_the_links(house: House) -> None:
    with house.active():
        effect = Effect.objects.order_by("id").first()
    plan(house, effect, {"2027-01": "40"})
    whole = page(house)
    assert [tab.label for tab in whole.context["year_tabs"]] == ["All years", "2026", "2027"]
    assert len(whole.context["curve"].categories) == 13
    part = page(house, year="2027")
    assert len(part.context["curve"].categories) == 12
    assert [tab.is_current for tab in part.context["year_tabs"]] == [False, False, True]
    assert part.context["curve"].csv_url.endswith("curve.csv?year=2027")
    for wrong in ("x", "1066", "20261", "²026", "-2026"):
        assert page(house, year=wrong).status_code == 400


def test_the_node_page_shows_the_same(house: House) -> None:
    node = house.client("executive").get(
        house.page(f"totals/{house.portfolio.code}/"), headers={"HX-Request": "true"}
    )
    html = node.content.decode()
    assert html.lstrip().startswith('<section id="totals"')
    for text in ("Stage funnel", "from idea to proof", "added up month by month"):
        assert text in html
    assert node.context["target"] == "#totals"


def lines(house: House, name: str, query: str = "") -> list[list[str]]:
    answer = house.client("executive").get(house.page(f"totals/{house.slug}/{name}.csv{query}"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return [row.split(",") for row in answer.content.decode().splitlines()]


def test_each_chart_is_a_file_too(house: House) -> None:
    curve = lines(house, "curve", "?year=2026")
    assert curve[0] == ["month", "plan", "plan_added_up", "currency"]
    assert curve[1] == ["2026-01", "100.0000", "100.0000", "EUR"]
    assert curve[12] == ["2026-12", "100.0000", "1200.0000", "EUR"]
    head, first, *_rest, last = lines(house, "funnel")
    found = dict(zip(head, first, strict=True))
    assert (found["stage"], found["live_measures"], found["live_recurring"]) == (
        "identified",
        "1",
        "1200.0000",
    )
    assert (found["on_hold_one_off"], found["goes_on"]) == ("600.0000", "0.0000")
    assert dict(zip(head, last, strict=True))["goes_on"] == ""
    amounts = lines(house, "amounts")
    assert amounts[2][:4] == ["EBITDA", "recurring", "hard", "1200.0000"]
    assert Decimal(amounts[1][7]) == 600  # parked


@pytest.mark.parametrize("name", ["curve", "funnel", "amounts", "plan"])
def test_a_file_refuses_what_the_page_refuses(house: House, name: str) -> None:
    client = house.client("executive")
    url = house.page(f"totals/{house.program.code}/{name}.csv")
    assert client.get(url, {"rate": "x"}).status_code == 400
    assert client.get(house.page(f"totals/PG-999/{name}.csv")).status_code == 404


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"business_unit": "BU1"}, {"Ours"}),
        ({"function": "F1"}, {"Ours"}),
        ({"legal_entity": "LE1"}, {"Ours"}),
        ({"business_unit": "NO"}, set()),
        ({"overlay": "live"}, {"Ours", "Theirs"}),
    ],
)
def test_lists_narrow_by_master_data_and_by_what_is_live(
    alpha: House, filters: dict[str, str], found: set[str]
) -> None:
    given = {"business_unit": alpha.unit, "function": alpha.function, "legal_entity": alpha.entity}
    make_measure(alpha, "Ours", **given)
    make_measure(alpha, "Theirs")
    moved(alpha, make_measure(alpha, "Held"), overlay="on_hold")
    body = alpha.caller("pmo").get("measures/", filters).json()
    assert {row["name"] for row in body["results"]} == found
    shown = alpha.client("pmo").get(alpha.page("measures/"), filters)
    assert {row.measure.name for row in shown.context["rows"]} == found


def test_an_empty_portfolio_says_what_to_do(alpha: House) -> None:
    assert "No measures yet" in page(alpha).content.decode()
