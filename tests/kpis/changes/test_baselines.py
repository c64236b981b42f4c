"""Baselines side by side: page, CSV and API, and which decision wrote each (V3)."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.changes.comparing import Line, Pair, compared, sides_of, totals
from kpis.choices import Aggregation, EffectKind
from kpis.models import Effect
from kpis.rules import Month
from tests.houses import House
from tests.kpis.changes.making import change_months, make_frozen, make_open
from tests.kpis.forecasting import forecast

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    """Three baselines; the forecast lies above the current one in December."""
    effect = make_frozen(alpha)[0]
    change_months(alpha, effect, {"2026-03": "8000"})
    change_months(alpha, effect, {"2026-03": "6000", "2026-04": None})
    forecast(alpha, effect, {"2026-12": "10500"})
    return effect


def url(house: House, effect: Effect, tail: str = "") -> str:
    return house.page(f"measures/{effect.measure.code}/values/baselines{tail or '/'}")


def api(house: House, effect: Effect, **query: str) -> Any:
    return house.caller("owner").get(f"measures/{effect.measure.code}/baselines/", query)


def amounts(*months: str) -> dict[Month, Decimal]:
    return {Month(2026, number): Decimal(a) for number, a in enumerate(months, start=1) if a}


# --- the arithmetic ------------------------------------------------------------------------------


def line(kind: EffectKind = EffectKind.RECURRING, **more: Any) -> Line:
    given = {"aggregation": Aggregation.SUM, "decimals": 2, "unit": "EUR", "metric": "EBITDA"}
    return Line(key="k", title="t", kind=kind, **given | more)


@pytest.mark.parametrize(
    ("left", "right", "difference", "percent"),
    [
        ("100", "90", "-10", "-10.0"),
        ("-100", "-90", "10", "10.0"),
        ("3", "4", "1", "33.3"),
        ("0", "4", "4", None),
        (None, "4", "4", None),
        ("4", None, "-4", "-100.0"),
        (None, None, "0", None),
    ],
)
def test_a_pair_tells_difference_and_per_cent(
    left: str | None, right: str | None, difference: str, percent: str | None
) -> None:
    pair = Pair(*(None if side is None else Decimal(side) for side in (left, right)))
    assert pair.difference == Decimal(difference)
    assert pair.percent == (None if percent is None else Decimal(percent))


def test_years_are_fiscal_years_and_months_those_either_side_knows() -> None:
    one = line(plan=amounts("1", "2", "", "4"), baselines={1: amounts("1", "", "3")})
    found = compared(one, "original", "plan", 3)
    assert [(y.year, [str(m) for m, _p in y.months]) for y in found.years] == [
        (2026, ["2026-01", "2026-02"]),
        (2027, ["2026-03", "2026-04"]),
    ]
    assert [(y.total.left, y.total.right) for y in found.years] == [(1, 3), (3, 4)]
    assert (found.total.left, found.total.right) == (4, 7)


def test_only_what_may_be_added_is_added() -> None:
    lines = [
        line(plan=amounts("1")),
        line(plan=amounts("2", "5")),
        line(EffectKind.ONE_OFF, plan=amounts("4")),
        line(unit="USD", plan=amounts("8")),
    ]
    (total,) = totals(lines, "current", "plan", 1)
    assert (total.total.left, total.total.right) == (None, 8)


def test_averages_are_averaged() -> None:
    one = line(aggregation=Aggregation.AVERAGE, plan=amounts("1", "2", "3"))
    assert compared(one, "plan", "forecast", 1).total == Pair(Decimal(2), None)


def test_there_is_nothing_to_choose_but_what_there_is() -> None:
    assert sides_of([]) == ["plan", "forecast"]
    assert sides_of([2, 1]) == [
        *("original", "baseline-1", "baseline-2", "current", "plan", "forecast"),
    ]


# --- page, CSV, API ------------------------------------------------------------------------------


def test_the_page_compares_the_original_with_the_current_baseline(
    alpha: House, effect: Effect
) -> None:
    page = alpha.client("executive").get(url(alpha, effect))
    assert page.status_code == 200
    (block,) = page.context["blocks"]
    (year,) = block["years"]
    assert (year["total"].left, year["total"].right) == (120000, 106000)
    assert len(year["months"]) == 12
    history = page.context["history"]
    assert [(one["number"], one["asks"]) for one in history] == [
        (1, ""),
        (2, "T15: Change request"),
        (3, "T15: Change request"),
    ]
    assert history[1]["asked_by"] == alpha.people["owner"].name
    assert history[1]["author"] == alpha.people["sponsor"].name
    assert history[1]["url"] in page.content.decode()
    assert page.context["chart"].csv_url.endswith("?left=original&right=current")


@pytest.mark.parametrize(
    ("left", "right", "totals"),
    [
        ("baseline-2", "baseline-3", (118000, 106000)),
        ("current", "forecast", (106000, 106500)),
        ("plan", "original", (106000, 120000)),
    ],
)
def test_any_two_can_be_chosen(
    alpha: House, effect: Effect, left: str, right: str, totals: tuple[int, int]
) -> None:
    found = api(alpha, effect, left=left, right=right).json()
    (one,) = found["effects"]
    assert (found["left"], found["right"]) == (left, right)
    assert one["total"]["left"] == f"{totals[0]}.00"
    assert one["total"]["right"] == f"{totals[1]}.00"
    assert one["years"][0]["difference"] == f"{totals[1] - totals[0]}.00"


def test_the_api_names_the_request_of_each_baseline(alpha: House, effect: Effect) -> None:
    found = api(alpha, effect).json()
    assert [(one["number"], one["transition"]) for one in found["baselines"]] == [
        (1, None),
        (2, "T15"),
        (3, "T15"),
    ]
    request = found["baselines"][2]["request"]
    card = alpha.caller("owner").get(f"gate-requests/{request}/").json()
    assert card["details"]["plan"][0]["after"] == {"2026-03": "6000.00"}


@pytest.mark.parametrize(
    "side", ["baseline-4", "baseline-0", "baseline-01", "nothing", "reference"]
)
def test_what_there_is_not_is_refused_at_its_parameter(
    alpha: House, effect: Effect, side: str
) -> None:
    answer = api(alpha, effect, left=side)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"left"}
    assert alpha.client("owner").get(f"{url(alpha, effect)}?right={side}").status_code == 400


def test_the_csv_holds_every_month(alpha: House, effect: Effect) -> None:
    answer = alpha.client("owner").get(f"{url(alpha, effect, '.csv')}?left=plan&right=forecast")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 11
    last = rows[-1]
    assert (last["month"], last["plan"], last["forecast"]) == (
        "2026-12",
        "10000.0000",
        "10500.0000",
    )
    assert last["difference"] == "500.0000"


def test_without_a_baseline_there_is_plan_and_forecast(alpha: House) -> None:
    measure = make_open(alpha)
    page = alpha.client("owner").get(alpha.page(f"measures/{measure.code}/values/baselines/"))
    assert page.status_code == 200
    assert "Nothing to compare yet" in page.content.decode()


def test_a_stranger_finds_nothing(alpha: House, beta: House, effect: Effect) -> None:
    stranger = beta.client("owner")
    assert stranger.get(url(alpha, effect)).status_code == 404
    path = f"measures/{effect.measure.code}/baselines/"
    assert beta.caller("owner").get(path).status_code == 404


def test_more_effects_and_baselines_cost_no_more(alpha: House, effect: Effect) -> None:
    def cost() -> int:
        client = alpha.client("owner")
        client.get(url(alpha, effect))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(alpha, effect)).status_code == 200
        return len(queries)

    before = cost()
    change_months(alpha, effect, {"2026-03": "5000"})
    assert cost() == before
