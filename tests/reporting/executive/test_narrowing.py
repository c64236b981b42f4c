"""A place narrowed to the measures of a unit, a function, a legal entity or an owner."""

from decimal import Decimal
from typing import Any

import pytest

from initiatives.models import Measure
from reporting import narrowing
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, plan
from tests.kpis.targeting import set_target, with_starting_metrics
from tests.reporting.lighting import settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def house(alpha: House) -> House:
    """Ours of 100 with all fields, theirs of 7 with none, and a target of 500 on the root."""
    with_starting_metrics(alpha)
    ours = make_measure(
        alpha,
        "Ours",
        business_unit=alpha.unit,
        function=alpha.function,
        legal_entity=alpha.entity,
        owner=alpha.people["owner"],
    )
    plan(alpha, add_effect(alpha, ours), {"2026-01": "100"})
    plan(alpha, add_effect(alpha, make_measure(alpha, "Theirs")), {"2026-01": "7"})
    set_target(alpha, alpha.root, "500")
    with alpha.active():
        settled(alpha.tenant)
    return alpha


def page(house: House, path: str = "portfolio/", **query: str) -> Any:
    return house.client("executive").get(house.page(path), query)


@pytest.mark.parametrize(
    "given",
    [
        {"business_unit": "BU1"},
        {"function": "F1"},
        {"legal_entity": "LE1"},
        {"owner": "owner@alpha.example"},
        {"owner": "owner@alpha.example", "function": "F1"},
    ],
)
def test_each_filter_leaves_the_measures_that_match(house: House, given: dict[str, str]) -> None:
    for path in ("portfolio/", f"totals/{house.program.code}/"):
        answer = page(house, path, **given)
        assert answer.context["promise"][0].value == 100
        assert "Computed just now from 1 measure that matches" in answer.content.decode()
        assert answer.context["filters_set"] == len(given)
        assert next(row.measures for row in answer.context["children"]) == 1
        assert [line.name for line in answer.context["matters"]] == ["Ours"]
    body = house.caller("executive").get(f"roll-ups/{house.program.code}/", given).json()
    assert body["headline"]["recurring"]["identified"] == "100"
    children = house.caller("executive").get(f"roll-ups/{house.slug}/children/", given).json()
    assert children["results"][0]["amounts"]["recurring"]["identified"] == "100"
    found = house.caller("executive").get(f"roll-ups/{house.slug}/attention/", given).json()
    assert [row["name"] for row in found["results"]] == ["Ours"]


def test_narrowed_figures_say_what_whole_ones_say(house: House) -> None:
    with house.active():
        Measure.objects.update(business_unit=house.unit)
        settled(house.tenant)
    caller, url = house.caller("executive"), f"roll-ups/{house.slug}/"
    whole, part = caller.get(url).json(), caller.get(url, {"business_unit": "BU1"}).json()
    told = {"computed_at", "targets"}
    assert {k: v for k, v in part.items() if k not in told} == {
        k: v for k, v in whole.items() if k not in told
    }
    # A target belongs to a whole place.
    assert (bool(whole["targets"]), part["targets"]) == (True, {})


def test_links_and_files_keep_the_filter(house: House) -> None:
    answer = page(house, business_unit="BU1", year="2026")
    context = answer.context
    assert "business_unit=BU1" in context["curve"].csv_url
    assert all("business_unit=BU1" in tab.url for tab in context["year_tabs"])
    listed = house.client("executive").get(context["promise"][0].url).context["rows"]
    assert [row["name"] for row in listed] == ["Ours"]
    text = house.client("executive").get(context["curve"].csv_url).content.decode()
    assert text.splitlines()[1].startswith("2026-01,100.0000,")
    # A bridge and targets tell of whole places.
    assert (context["bridge_url"], context["filters_kept"]) == ("", {"year": "2026"})
    assert context["filters_reset"].endswith("portfolio/?year=2026")


def test_where_nothing_matches_the_filters_stay_in_reach(house: House) -> None:
    html = page(house, business_unit="NO").content.decode()
    assert "No measure matches" in html
    assert 'name="business_unit"' in html
    assert page(house, owner="\x00").status_code == 400


def test_more_than_is_computed_while_one_waits_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.active():
        Measure.objects.update(business_unit=house.unit)
    monkeypatch.setattr(narrowing, "MOST_LIVE", 1)
    for path in ("portfolio/", f"totals/{house.program.code}/"):
        answer = page(house, path, business_unit="BU1")
        assert (answer.status_code, "figures" in answer.context) == (200, False)
        assert "More than 1 measures match" in answer.content.decode()
    refused = house.caller("executive").get(f"roll-ups/{house.slug}/", {"business_unit": "BU1"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["business_unit"])
    file = house.page(f"totals/{house.slug}/curve.csv")
    assert house.client("executive").get(file, {"business_unit": "BU1"}).status_code == 400


def test_a_person_narrows_only_what_they_see(house: House) -> None:
    answer = house.client("narrow").get(house.page("portfolio/"), {"business_unit": "BU1"})
    assert "No measure matches" in answer.content.decode()
    assert Decimal(0) == answer.context["figures"].headline["recurring"].identified


def test_a_page_is_saved_as_a_view_and_opens_with_the_preferred_one(house: House) -> None:
    client = house.client("executive")
    views = house.page("saved-views/")
    answer = client.post(
        views, {"page": "portfolio", "query": "business_unit=BU1&year=2026", "name": "Wind"}
    )
    assert answer.status_code == 302
    [link] = client.get(house.page("portfolio/")).context["views"].links
    assert link.view.name == "Wind"
    client.post(house.page(f"saved-views/{link.view.public_id}/prefer/"))
    opened = client.get(house.page("portfolio/"))
    assert (opened.status_code, opened.url) == (302, link.url)
    shown = client.get(link.url)
    assert shown.context["filters_set"] == 1
    # Taking the filters away does not lead back to the view.
    plain = client.get(house.page("portfolio/"), {"business_unit": "BU1"})
    assert plain.context["filters_reset"].endswith("portfolio/?view=all")
    assert client.get(plain.context["filters_reset"]).status_code == 200
    wrong = {"page": "portfolio", "query": "year=x", "name": "Wrong"}
    assert client.post(views, wrong).status_code in {400, 422}
