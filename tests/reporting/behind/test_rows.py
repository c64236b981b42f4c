"""The page, the file and the API of the rows behind a figure."""

from typing import Any

import pytest

from governance.ui.format import NOTHING
from reporting.behind import selectors
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved
from tests.reporting.lighting import settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def house(alpha: House) -> House:
    """A measure of 1200 of our unit in the first program, of 70 and 5 beside it."""
    plan(alpha, add_effect(alpha, make_planned(alpha)), {"2026-01": "1000", "2027-01": "200"})
    for name, amount in (("Reuse pallets", "70"), ("=Sum", "5")):
        row = make_measure(alpha, name, business_unit=alpha.unit)
        plan(alpha, add_effect(alpha, row), {"2026-01": amount})
    with alpha.active():
        settled(alpha.tenant)
    return alpha


def rows(house: House, place: str = "", who: str = "executive", **query: str) -> Any:
    url = house.page(f"totals/{place or house.slug}/behind/")
    return house.client(who).get(url, {"figure": "identified", **query})


def named(answer: Any) -> list[tuple[str, Any]]:
    return [(row["name"], row["cells"][0][1]) for row in answer.context["rows"]]


def test_the_largest_part_stands_first_and_the_sum_below(house: House) -> None:
    answer = rows(house, kind="recurring")
    assert named(answer) == [("Bundle steel", 1000), ("Reuse pallets", 70), ("=Sum", 5)]
    assert answer.context["totals"] == [("Identified", 1075)]
    html = answer.content.decode()
    assert "Identified, Recurring" in html
    assert "All 3 rows" in html


def test_what_is_filtered_is_said_and_can_be_taken_away(house: House) -> None:
    answer = rows(
        house, kind="recurring", business_unit="BU1", stage="identified", overlay="active"
    )
    chips = {chip.label: chip for chip in answer.context["chips"]}
    assert {label: chip.value for label, chip in chips.items()} == {
        "Kind": "Recurring",
        "Stage": "Identified",
        "Overlay": "Active",
        "Business unit": "BU1",
    }
    assert named(answer) == [("Reuse pallets", 70), ("=Sum", 5)]
    wider = house.client("executive").get(chips["Business unit"].url)
    assert len(named(wider)) == 3
    assert {chip.label for chip in wider.context["chips"]} == {"Kind", "Stage", "Overlay"}
    months = rows(house, figure="plan", **{"from": "2027-01", "to": "2027-12"})
    assert [(chip.label, chip.value) for chip in months.context["chips"]] == [
        ("Months", f"Jan 27 {NOTHING} Dec 27")
    ]
    assert [row["cells"][-1][1] for row in months.context["rows"]] == [200]


def test_places_lead_down_to_their_measures(house: House) -> None:
    answer = rows(house, by="places", kind="recurring")
    assert [tab.label for tab in answer.context["tabs"]] == ["By measure", "By place"]
    client = house.client("executive")
    for place in (house.portfolio, house.program, house.project, house.package):
        [line] = answer.context["rows"]
        assert (line["code"], line["cells"]) == (place.code, [("Identified", 1075)])
        answer = client.get(line["url"])
        if place != house.package:
            assert len(named(answer)) == 3
            answer = client.get(f"{line['url']}&by=places")
    assert len(named(answer)) == 3
    assert answer.context["tabs"] == []


def test_a_large_place_is_told_by_place_and_never_in_part(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_MEASURES", 2)
    answer = rows(house)
    assert answer.context["behind"].by == "places"
    assert answer.context["totals"] == [("Identified", 1075)]
    assert "told by place" in answer.content.decode()
    assert rows(house, by="measures").status_code == 400
    # Nothing below a package: its rows are refused, not cut.
    assert rows(house, house.package.code).status_code == 400
    assert rows(house, business_unit="BU1").context["totals"] == [("Identified", 75)]


def test_pages_and_the_file_hold_the_same(house: House) -> None:
    answer = rows(house)
    text = house.client("executive").get(answer.context["csv_url"]).content.decode()
    assert [line.split(",")[1:] for line in text.splitlines()] == [
        ["name", "identified", "currency"],
        ["Bundle steel", "1000.0000", "EUR"],
        ["Reuse pallets", "70.0000", "EUR"],
        ["'=Sum", "5.0000", "EUR"],
    ]
    caller, url = house.caller("executive"), f"roll-ups/{house.slug}/behind/"
    first = caller.get(url, {"figure": "identified", "limit": 2}).json()
    second = caller.get(url, {"figure": "identified", "limit": 2, "page": 2}).json()
    found = [(row["name"], row["amounts"]) for row in (*first["results"], *second["results"])]
    assert found == [
        ("Bundle steel", {"identified": "1000"}),
        ("Reuse pallets", {"identified": "70"}),
        ("=Sum", {"identified": "5"}),
    ]
    assert (first["total"], first["count"], first["pages"]) == ({"identified": "1075"}, 3, 2)
    places = caller.get(url, {"figure": "plan", "by": "places", "first": "2027-01"}).json()
    assert [row["amounts"]["plan"] for row in places["results"]] == ["200"]


@pytest.mark.parametrize(
    "query",
    [
        {"figure": "x"},
        {"kind": "running_cost"},
        {"stage": "x"},
        {"overlay": "x"},
        {"from": "2026"},
        {"to": "2026-13"},
        {"by": "x"},
        {"page": "0"},
        {"page": "x"},
        {"business_unit": "\x00"},
    ],
)
def test_what_there_is_not_is_refused(house: House, query: dict[str, str]) -> None:
    assert rows(house, **query).status_code == 400
    file = house.page(f"totals/{house.slug}/behind.csv")
    assert house.client("executive").get(file, {"figure": "net", **query}).status_code == 400


def test_only_what_a_person_sees_is_told(house: House) -> None:
    assert named(rows(house, who="narrow")) == []
    assert rows(house, house.program.code, who="narrow").status_code == 404
    assert rows(house, who="guest").status_code == 404


def test_the_funnel_leads_to_its_overdue_decisions(house: House) -> None:
    answer = house.client("executive").get(house.page(f"totals/{house.program.code}/"))
    first = answer.context["funnel"][0]
    assert first["overdue_url"].endswith(
        f"decisions/?tab=open&overdue=1&stage=identified&place={house.program.code}"
    )
    listed = house.client("executive").get(first["overdue_url"])
    assert [(one["label"], one["value"]) for one in listed.context["chosen"]] == [
        ("Overdue", ""),
        ("Stage", "Identified"),
        ("Place", house.program.code),
    ]
    wrong = house.client("executive").get(house.page("decisions/?tab=open&place=NO"))
    assert wrong.status_code == 400


def test_what_stands_on_hold_is_parked(house: House) -> None:
    row = make_measure(house, "Held")
    plan(house, add_effect(house, row), {"2026-01": "30"})
    moved(house, row, overlay="on_hold")
    assert named(rows(house, figure="parked")) == [("Held", 30)]
    assert named(rows(house, figure="value", overlay="on_hold")) == [("Held", 30)]
