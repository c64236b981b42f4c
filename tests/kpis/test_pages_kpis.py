"""The pages of KPIs: list, page, forms, the grid of periods, objectives."""

import csv
from datetime import date
from typing import Any

import pytest
from django.test import Client

from governance.tenancy.models import Tenant
from kpis.indicators.choices import Direction, Rhythm
from kpis.indicators.services.periods import PeriodDraft
from kpis.models import Kpi, Objective
from tests.houses import House
from tests.kpis.indicating import (
    change,
    fill,
    make_filled,
    make_kpi,
    make_objective,
    stored,
    told,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def opened(client: Client, url: str) -> dict[str, str]:
    """What a browser would send back from the form as it was opened."""
    form = client.get(url).context["form"]
    seen = {"seen_version": str(form.initial["seen_version"]), **dict(form.seen_inputs())}
    return {**{name: text for name, text in form.current.items() if text}, **seen}


def test_the_list_stands_by_goal_and_objective_with_shape_and_word(
    alpha: House, pmo: Client
) -> None:
    kpi = make_filled(alpha)
    make_kpi(alpha, "Loose")
    page = text_of(pmo.get(alpha.page("kpis/")))
    positions = [
        page.index(word)
        for word in ("Real estate</span>", "Reduce the cost of inventory</span>", "Vacant")
    ]
    assert positions == sorted(positions)
    assert page.index("Without objective</span>") > positions[-1]
    assert "tg-light-red" in page
    assert '<span class="tg-light-word">Missed</span>' in page
    assert "Target 0.031" in page
    assert alpha.page(f"kpis/{kpi.code}/") in page
    assert "2017" in page


def test_a_year_is_one_column_even_after_the_fiscal_year_has_moved(
    alpha: House, pmo: Client
) -> None:
    make_filled(alpha)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(fiscal_year_start=10)
    new = make_kpi(alpha, "New")
    write(alpha, new, {date(2016, 10, 1): PeriodDraft("1", "2")})
    page = pmo.get(alpha.page("kpis/"))
    assert [column.label for column in page.context["columns"]][3:] == ["FY17", "FY18", "FY19"]
    lines = [line for group in page.context["groups"] for line in group.lines]
    assert [[cell.word for cell in line.cells] for line in lines] == [
        ["Met", "Missed", ""],
        ["Missed", "", ""],
    ]


def test_each_rhythm_has_its_columns(alpha: House, pmo: Client) -> None:
    make_filled(alpha)
    make_filled(alpha)
    make_kpi(alpha, "Loyalty", rhythm=Rhythm.MONTH)
    page = text_of(pmo.get(alpha.page("kpis/")))
    assert "Yearly<span" in page
    assert "Loyalty" not in page
    assert "Loyalty" in text_of(pmo.get(alpha.page("kpis/?rhythm=month")))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=vacant", {"Vacant space"}),
        ("objective=none", {"Loose"}),
        ("objective=OB-0001", {"Vacant space"}),
        ("direction=increase", {"Loose"}),
        ("standing=missed", {"Vacant space"}),
        ("standing=met", set()),
    ],
)
def test_filters_narrow_the_list(alpha: House, pmo: Client, query: str, names: set[str]) -> None:
    make_filled(alpha)
    make_kpi(alpha, "Loose", direction=Direction.INCREASE)
    for headers in ({}, {"HX-Request": "true", "HX-Target": "list"}):
        page = text_of(pmo.get(alpha.page(f"kpis/?{query}"), headers=headers))
        assert {name for name in ("Vacant space", "Loose") if f">{name}</a>" in page} == names


@pytest.mark.parametrize(
    "query", ["colour=1", "standing=x", "rhythm=day", "q=a&q=b", "objective=OB-9"]
)
def test_an_unknown_filter_is_refused(alpha: House, pmo: Client, query: str) -> None:
    assert pmo.get(alpha.page(f"kpis/?{query}")).status_code == 400


def test_what_is_empty_says_what_to_do_first(alpha: House, pmo: Client) -> None:
    assert "Add an objective, then a KPI" in text_of(pmo.get(alpha.page("kpis/")))
    assert "Write down a goal first" in text_of(pmo.get(alpha.page("kpis/objectives/")))
    reader = alpha.client("auditor")
    assert "New KPI" not in text_of(reader.get(alpha.page("kpis/")))
    kpi = make_kpi(alpha)
    assert "Enter values" in text_of(pmo.get(alpha.page(f"kpis/{kpi.code}/")))
    assert "Enter values" not in text_of(reader.get(alpha.page(f"kpis/{kpi.code}/")))


def test_the_page_shows_facts_chart_periods_and_history(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha, notes="Excludes renovation.", update_owner=alpha.people["owner"])
    answer = pmo.get(alpha.page(f"kpis/{kpi.code}/"))
    page = text_of(answer)
    for words in ("Lower is better", "Excludes renovation.", "A method changed.", "Show as a table",
                  "Download CSV", "added the KPI K-0001"):  # fmt: skip
        assert words in page
    chart = answer.context["chart"]
    assert chart.categories == ["2017", "2018", "2019"]
    assert [series.name for series in chart.series] == ["Actual", "Target"]
    assert [cell.word for cell in answer.context["cells"]] == ["", "Missed", "Met"]


def test_the_csv_file_is_exact_and_runs_no_formula(alpha: House, pmo: Client) -> None:
    kpi = change(alpha, make_filled(alpha), unit="=1+1")
    answer = pmo.get(alpha.page(f"kpis/{kpi.code}/periods.csv"))
    rows = list(csv.reader(answer.content.decode().splitlines()))
    assert rows[0] == ["period", "target", "actual", "band_low", "band_high", "standing", "unit"]
    assert rows[2] == ["2018-01", "0.031000", "0.038000", "", "", "missed", "'=1+1"]


def test_a_kpi_is_added_and_its_values_follow(alpha: House, pmo: Client) -> None:
    objective = make_objective(alpha)
    url = alpha.page("kpis/new/")
    assert pmo.post(url, {"name": ""}).status_code == 422
    data = {
        "name": "Vacant space",
        "objective": objective.code,
        "update_owner": "owner@alpha.example",
        "direction": "decrease",
        "decimals": "3",
        "rhythm": "year",
        "aggregation": "last",
        "kind": "lagging",
        "is_active": "on",
    }
    answer = pmo.post(url, data)
    assert answer.headers["Location"] == alpha.page("kpis/K-0001/periods/")
    with alpha.active():
        kpi = Kpi.objects.select_related("objective").get()
        assert (kpi.name, kpi.objective, kpi.decimals) == ("Vacant space", objective, 3)


def test_a_kpi_is_edited_field_by_field(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha)
    url = alpha.page(f"kpis/{kpi.code}/edit/")
    data = opened(pmo, url) | {"name": "Empty space"}
    data.pop("is_active")
    assert pmo.post(url, data).status_code == 302
    assert told(alpha, kpi.code)[-1] == (
        "kpi.changed",
        {"name": ("Vacant space", "Empty space"), "active": ("yes", "no")},
    )
    refused = pmo.post(url, opened(pmo, url) | {"rhythm": "month"})
    assert refused.status_code == 422
    assert "Values stand in this KPI" in text_of(refused)


def test_a_late_edit_keeps_what_was_typed(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha)
    url = alpha.page(f"kpis/{kpi.code}/edit/")
    data = opened(pmo, url) | {"name": "Mine"}
    change(alpha, kpi, unit="theirs", is_active=False)
    late = pmo.post(url, data)
    assert late.status_code == 409
    form = late.context["form"]
    assert (form["name"].value(), form["unit"].value()) == ("Mine", "theirs")
    assert not form["is_active"].value()
    assert "changed the KPI" in text_of(late)


def test_values_are_entered_in_a_grid_and_a_period_is_added(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha)
    url = alpha.page(f"kpis/{kpi.code}/periods/")
    data = opened(pmo, url) | {
        "2017-01.target": "",
        "2017-01.actual": "",
        "2019-01.actual": "0.029",
        "new": "2020-01",
        "new.target": "0.028",
        "new.note": "Board",
    }
    answer = pmo.post(url, data)
    assert answer.headers["Location"] == alpha.page(f"kpis/{kpi.code}/")
    assert stored(alpha, kpi) == {
        "2018-01": {"target": "0.031", "actual": "0.038", "note": "A method changed."},
        "2019-01": {"target": "0.03", "actual": "0.029"},
        "2020-01": {"target": "0.028", "note": "Board"},
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"2018-01.actual": "much"}, "2018-01.actual"),
        ({"2018-01.actual": "0.0381"}, "2018-01.actual"),
        ({"2018-01.band_low": "2", "2018-01.band_high": "1"}, "2018-01.band_high"),
        ({"new": "2020-01", "new.target": "x"}, "new.target"),
        ({"new": "2020-01", "new.band_low": "2", "new.band_high": "1"}, "new.band_high"),
        ({"new": "", "new.target": "1"}, "new"),
        ({"new": "2020-02", "new.target": "1"}, "new"),
        ({"seen-2020-02.target": "", "2020-02.target": "1"}, "2020-02.target"),
    ],
)
def test_a_wrong_figure_is_shown_at_its_place(
    alpha: House, pmo: Client, wrong: dict[str, str], field: str
) -> None:
    kpi = make_filled(alpha)
    before = stored(alpha, kpi)
    url = alpha.page(f"kpis/{kpi.code}/periods/")
    answer = pmo.post(url, opened(pmo, url) | {"2019-01.actual": "0.001"} | wrong)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert stored(alpha, kpi) == before


def test_a_late_save_of_values_keeps_what_was_typed(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha)
    url = alpha.page(f"kpis/{kpi.code}/periods/")
    data = opened(pmo, url) | {"2018-01.actual": "0.04", "2019-01.actual": "0.029"}
    fill(
        alpha,
        kpi,
        {2017: None, 2018: PeriodDraft(actual="0.039"), 2020: PeriodDraft(target="0.02")},
    )
    late = pmo.post(url, data)
    assert late.status_code == 409
    form = late.context["form"]
    shown = {name: form[name].value() for name in form.current}
    assert (shown["2018-01.actual"], shown["2019-01.actual"]) == ("0.04", "0.029")
    assert (shown["2017-01.target"], shown["2020-01.target"]) == ("", "0.02")
    assert "You both changed" in text_of(late)
    again = {**dict(form.data), "seen_version": form.data["seen_version"]}
    assert pmo.post(url, again).status_code == 302
    assert stored(alpha, kpi) == {
        "2018-01": {"target": "0.031", "actual": "0.04", "note": "A method changed."},
        "2019-01": {"target": "0.03", "actual": "0.029"},
        "2020-01": {"target": "0.02"},
    }


def test_a_long_row_of_periods_shows_the_last_and_on_demand_all(alpha: House, pmo: Client) -> None:
    kpi = make_kpi(alpha)
    fill(alpha, kpi, {year: PeriodDraft("1") for year in range(1990, 2030)})
    url = alpha.page(f"kpis/{kpi.code}/periods/")
    assert len(pmo.get(url).context["form"].labels) == 24
    assert len(pmo.get(f"{url}?all=1").context["form"].labels) == 40
    page = pmo.get(alpha.page("kpis/"))
    assert page.context["has_earlier"]
    assert len(page.context["columns"]) == 9


def test_the_update_owner_enters_values_and_edits_nothing_else(alpha: House) -> None:
    kpi = make_filled(alpha, update_owner=alpha.people["owner"])
    owner = alpha.client("owner")
    page = text_of(owner.get(alpha.page(f"kpis/{kpi.code}/")))
    assert "Enter values" in page
    assert f"kpis/{kpi.code}/edit/" not in page
    url = alpha.page(f"kpis/{kpi.code}/periods/")
    assert owner.post(url, opened(owner, url) | {"2019-01.actual": "0"}).status_code == 302
    assert owner.get(alpha.page(f"kpis/{kpi.code}/edit/")).status_code == 403


def test_a_kpi_is_deleted_after_a_question(alpha: House, pmo: Client) -> None:
    kpi = make_filled(alpha)
    url = alpha.page(f"kpis/{kpi.code}/delete/")
    assert "the audit trail keeps every figure" in text_of(pmo.get(url))
    assert pmo.post(url, {"seen_version": 1}).status_code == 409
    assert pmo.post(url, {"seen_version": kpi.version}).status_code == 302
    assert pmo.get(url).status_code == 404


def test_objectives_are_added_listed_and_deleted_when_unused(alpha: House, pmo: Client) -> None:
    make_filled(alpha)
    new = alpha.page("kpis/objectives/new/")
    assert pmo.post(new, {"name": " "}).status_code == 422
    assert pmo.post(new, {"name": "Deeper", "parent": "OB-0002"}).status_code == 422
    assert pmo.post(new, {"name": "Unused", "parent": "OB-0001"}).status_code == 302
    answer = pmo.get(alpha.page("kpis/objectives/"))
    counts = {row["objective"].code: row["kpis"] for row in answer.context["rows"]}
    assert counts == {"OB-0001": 1, "OB-0002": 1, "OB-0003": 0}
    page = text_of(answer)
    assert "OB-0003/delete/" in page
    assert "OB-0002/delete/" not in page
    answer = pmo.post(alpha.page("kpis/objectives/OB-0002/delete/"), {"seen_version": 1})
    assert answer.status_code == 409
    pmo.post(alpha.page("kpis/objectives/OB-0003/delete/"), {"seen_version": 1})
    with alpha.active():
        assert sorted(Objective.objects.values_list("code", flat=True)) == ["OB-0001", "OB-0002"]


def test_others_do_not_see_our_kpis(alpha: House, beta: House) -> None:
    kpi = make_filled(alpha)
    write(alpha, kpi, {})
    stranger = beta.client("pmo")
    assert stranger.get(beta.page(f"kpis/{kpi.code}/")).status_code == 404
    assert stranger.get(alpha.page("kpis/")).status_code == 404
    assert alpha.client("guest").get(alpha.page("kpis/")).status_code == 404
