"""The figures of a measure through the page and the API."""

from decimal import Decimal

import pytest

from initiatives.models import Measure
from kpis.actuals.choices import Outcome
from kpis.choices import EffectKind
from kpis.figures.selectors import measure_sheet
from kpis.models import Effect
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import claim, judge, named, now
from tests.kpis.making import add_effect, make_planned, plan, values_url
from tests.kpis.rating import confirmed
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure)


def year_of(house: House, amount: str, back: int = 6) -> dict[str, str | None]:
    return {str(now(house, back=back).plus(n)): amount for n in range(12)}


def validated(house: House, effect: Effect) -> None:
    """Three closed months of 10, 20 and 30, all accepted."""
    months = [now(house, back=back) for back in (3, 2, 1)]
    claim(house, effect, dict(zip(months, ("10", "20", "30"), strict=True)))
    for month in months:
        judge(house, effect, month)


def test_the_api_shows_all_figures_of_a_measure(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    cost = add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST)
    plan(alpha, effect, year_of(alpha, "100"))
    plan(alpha, cost, {str(now(alpha)): "50"})
    moved(alpha, measure, "decided")
    validated(alpha, effect)
    caller = alpha.caller("executive")
    body = caller.get(f"measures/{measure.code}/figures/").json()
    [line, spent] = body["lines"]
    assert line["amounts"] == {
        "identified": "1200",
        "hardened": "600",
        "bankable": "1200",
        "validated": "240",
        "parked": "0",
        "validated_to_date": "60",
        "plan_to_date": "600",
        "is_short": False,
    }
    assert (line["exit_rate"], line["smoothed"]) == ("360", "240")
    assert (spent["kind"], spent["exit_rate"], spent["leakage"]) == ("one_time_cost", None, None)
    assert line["leakage"]["under_delivery"] == "-60"
    assert body["closed_to"] == str(now(alpha, back=1))
    assert body["measure"] == measure.code


@pytest.mark.parametrize("year", ["1990", "2101", "x"])
def test_a_year_must_be_one(alpha: House, measure: Measure, year: str) -> None:
    answer = alpha.caller("executive").get(f"measures/{measure.code}/figures/", {"year": year})
    assert answer.status_code == 400
    assert "year" in answer.json()["errors"]


def test_the_year_says_what_falls_in_it(alpha: House, measure: Measure, effect: Effect) -> None:
    plan(alpha, effect, {f"2026-{month:02}": "10" for month in range(7, 13)} | {"2027-01": "7"})
    caller = alpha.caller("executive")
    found = {}
    for year in (2025, 2026, 2027):
        body = caller.get(f"measures/{measure.code}/figures/", {"year": year}).json()
        line = body["lines"][0]
        found[year] = (line["in_year"], line["full_year"], line["carry_over"])
    assert found == {
        2025: (None, "67", "67"),
        2026: ("60", "67", "7"),
        2027: ("7", "67", "0"),
    }


def test_the_value_tab_shows_the_panel(alpha: House, measure: Measure, effect: Effect) -> None:
    plan(alpha, effect, year_of(alpha, "100"))
    moved(alpha, measure, "decided")
    claim(alpha, effect, {now(alpha, back=1): "70"})
    judge(alpha, effect, now(alpha, back=1), Outcome.ADJUSTED, amount="65", reason="One invoice.")
    page = alpha.client("executive").get(values_url(alpha, measure))
    text = page.content.decode()
    [row] = page.context["figure_rows"]
    assert row.title == "EBITDA, EUR: Recurring, Hard savings"
    assert row.note == "run-rate from fewer than 3 months"
    assert row.amounts[5:9] == [Decimal(65), Decimal(780), Decimal(780), None]
    assert "Figures as of" in text
    assert ">780<" in text


def test_what_is_on_hold_expects_nothing(alpha: House, measure: Measure, effect: Effect) -> None:
    plan(alpha, effect, year_of(alpha, "100"))
    moved(alpha, measure, overlay="on_hold")
    with alpha.active():
        row = Measure.objects.select_related("stage_model").get(pk=reloaded(alpha, measure).pk)
        sheet = measure_sheet(row, alpha.tenant)
    [line] = sheet.lines
    assert (line.amounts.parked, line.amounts.identified) == (1200, 0)
    assert (line.in_year, line.full_year, sheet.net) == (None, None, [])
    assert sheet.at_risk == {}


def test_what_has_a_plan_rate_joins_the_figures(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    plan(alpha, effect, {"2026-01": "100"})
    for currency in ("USD", "GBP"):
        other = add_effect(alpha, measure, currency=currency)
        plan(alpha, other, {"2026-01": "50", "2026-02": "10"})
    confirmed(alpha, {"USD": {"2026-01": "0.9"}, "GBP": {"2027-01": "1.2"}})
    body = alpha.caller("executive").get(f"measures/{measure.code}/figures/").json()
    found = {line["unit"]: line["amounts"]["identified"] for line in body["lines"]}
    assert found == {"EUR": "154", "GBP": "60"}
    assert (body["converted"], body["without_rate"]) == (["USD"], ["GBP"])
    node = alpha.caller("executive").get(f"roll-ups/{alpha.program.code}/").json()
    assert node["headline"]["recurring"]["identified"] == "154"
    text = alpha.client("executive").get(values_url(alpha, measure)).content.decode()
    assert "Amounts in USD stand in EUR at plan rate." in text
    assert "Amounts in GBP stand as they are" in text
