"""The page of the value grid: locked and open cells, check, save, staleness, reasons, helpers."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.choices import Series
from kpis.forecasts.models import VarianceReason
from kpis.models import Effect
from tests.houses import House
from tests.kpis.actual_making import claim, fresh, judge, now, series
from tests.kpis.forecasting import forecast, grid_url, make_decided, name, opened, passed
from tests.kpis.making import add_effect, make_planned, plan, planned
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_decided(alpha)


@pytest.fixture
def url(alpha: House, effect: Effect) -> str:
    return grid_url(alpha, effect.measure)


def lines(page: Any, block: int = 0) -> dict[str, Any]:
    return {line.label: line for line in page.context["blocks"][block].lines}


def test_before_the_decision_the_plan_is_open(alpha: House) -> None:
    measure = make_planned(alpha)
    effect = add_effect(alpha, measure)
    client, url = alpha.client("owner"), grid_url(alpha, measure)
    data = opened(client, url) | {name(effect, "2026-01", Series.PLAN): "1,234.56"}
    answer = client.post(url, data)
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert planned(alpha, effect) == {"2026-01": Decimal("1234.56")}
    page = client.get(url)
    assert "cause" not in page.context["form"].fields
    assert [line.is_input for line in lines(page).values()] == [True, False]
    assert [cell.amount for cell in lines(page)["Running total"].cells][:2] == [
        Decimal("1234.56"),
        Decimal("1234.56"),
    ]


def test_after_it_the_forecast_is_open_and_the_rest_locked_with_its_reason(
    alpha: House, effect: Effect, url: str
) -> None:
    page = alpha.client("owner").get(url)
    found = lines(page)
    assert list(found) == ["Baseline 1", "Plan", "Forecast", "Running total"]
    assert (found["Forecast"].is_input, found["Forecast"].lock) == (True, "")
    assert all(cell.input is not None for cell in found["Forecast"].cells)
    assert "T3" in found["Plan"].lock
    assert "V3" in found["Baseline 1"].lock
    html = page.content.decode()
    assert html.count('data-cell="') + html.count("data-cell ") == 12
    assert "120,000" in html


def test_both_baselines_show_where_they_differ(alpha: House, effect: Effect, url: str) -> None:
    moved(alpha, effect.measure, "detailed")
    plan(alpha, effect, {"2026-01": "90000"})
    passed(alpha, effect.measure)
    page = alpha.client("controller").get(url)
    found = lines(page)
    assert [found[label].total for label in ("Baseline 1, the original", "Baseline 2")] == [
        120_000,
        200_000,
    ]
    variance = page.context["blocks"][0].variance
    assert (variance.variance.amount, variance.variance.against_original) == (-80_000, 0)
    assert (variance.is_owed, variance.is_change_due, list(variance.inputs)) == (True, True, [])
    html = page.content.decode()
    assert "A reason is owed" in html
    assert "A change request or an exception is due" in html


def test_a_save_writes_what_was_touched_with_its_cause(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {name(effect, "2026-02"): "9,000", "cause": "timing"}
    assert client.post(url, data).status_code == 302
    assert series(alpha, effect, Series.FORECAST)["2026-02"] == 9_000
    assert fresh(alpha, effect).version == effect.version + 1
    again = client.post(url, opened(client, url), follow=True)
    assert "Nothing was changed" in again.content.decode()
    assert fresh(alpha, effect).version == effect.version + 1


def test_a_save_without_a_cause_is_told_and_keeps_what_was_typed(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    answer = client.post(url, opened(client, url) | {name(effect, "2026-02"): "9,000"})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert set(form.errors) == {"cause"}
    assert form[name(effect, "2026-02")].value() == "9,000"


@pytest.mark.parametrize(("typed", "words"), [("1.234", "two ways"), ("much", "not a number")])
def test_a_cell_that_cannot_be_read_is_told_at_the_cell(
    alpha: House, effect: Effect, url: str, typed: str, words: str
) -> None:
    client = alpha.client("owner")
    bad = {name(effect, "2026-02"): typed, name(effect, "2026-03"): "1", "cause": "value"}
    answer = client.post(url, opened(client, url) | bad)
    assert answer.status_code == 422
    form, html = answer.context["form"], answer.content.decode()
    assert words in form.errors[name(effect, "2026-02")][0]
    assert f'value="{typed}"' in html
    assert f'id="id_{name(effect, "2026-02")}_error"' in html
    assert series(alpha, effect, Series.FORECAST)["2026-03"] == 10_000


def test_a_check_shows_before_and_after_and_saves_nothing(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {name(effect, "2026-02"): "8,000", "cause": "value"}
    answer = client.post(url, data | {"action": "check"})
    assert answer.status_code == 200
    (line,) = answer.context["diff"]
    assert list(line.cells) == [("February 2026", Decimal(10_000), Decimal(8_000))]
    assert (line.before, line.after, list(line.owed)) == (120_000, 118_000, [])
    assert lines(answer)["Running total"].total == 118_000
    assert "data-grid-diff" in answer.content.decode()
    assert "data-grid-owes" not in answer.content.decode()
    assert series(alpha, effect, Series.FORECAST)["2026-02"] == 10_000


def test_a_reason_is_asked_for_in_the_row_and_saved_with_the_cells(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {name(effect, "2026-02"): "-8,000", "cause": "value"}
    checked = client.post(url, data | {"action": "check"})
    assert "data-grid-owes" in checked.content.decode()
    code, text = (f"{word}.{effect.public_id}.2026" for word in ("reasons", "texts"))
    assert [one.name for one in checked.context["blocks"][0].variance.inputs] == [code, text]
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert code in refused.context["form"].errors
    assert refused.context["form"][name(effect, "2026-02")].value() == "-8,000"
    said = {code: "under_delivery", text: "Less than hoped for."}
    assert (
        "data-grid-owes" not in client.post(url, data | said | {"action": "check"}).content.decode()
    )
    assert client.post(url, data | said).status_code == 302
    with alpha.active():
        row = VarianceReason.objects.get()
    assert (row.code, row.text, row.forecast) == (
        "under_delivery",
        "Less than hoped for.",
        Decimal(102_000),
    )
    assert "Less than hoped for." in client.get(url).content.decode()


def test_a_late_save_keeps_both_peoples_cells(alpha: House, effect: Effect, url: str) -> None:
    client = alpha.client("owner")
    data = opened(client, url)
    forecast(alpha, effect, {"2026-01": "11000", "2026-02": "9000"}, name="pmo")
    typed = {name(effect, "2026-02"): "9,500", name(effect, "2026-03"): "9,900", "cause": "value"}
    late = client.post(url, data | typed)
    html = late.content.decode()
    assert late.status_code == 409
    assert "nothing of yours is saved yet" in html
    assert "pmo@alpha.example" in html
    assert "EBITDA: Recurring, January 2026: 10,000" in html
    assert late.context["contested"] == ["EBITDA: Recurring, February 2026"]
    form = late.context["form"]
    kept = [form[name(effect, f"2026-0{n}")].value() for n in (1, 2, 3)]
    assert kept == ["11,000.00", "9,500", "9,900"]
    assert client.post(url, dict(form.data)).status_code == 302
    held = series(alpha, effect, Series.FORECAST)
    assert [held[f"2026-0{n}"] for n in (1, 2, 3)] == [11_000, 9_500, 9_900]


def test_a_cell_that_was_not_sent_stays_as_it_is(alpha: House, effect: Effect, url: str) -> None:
    client = alpha.client("owner")
    version = {f"version.{effect.public_id}": str(effect.version)}
    typed = {name(effect, "2026-02"): "9,000", "cause": "value", "action": "save"}
    assert client.post(url, version | typed).status_code == 302
    held = series(alpha, effect, Series.FORECAST)
    assert (len(held), held["2026-01"], held["2026-02"]) == (12, 10_000, 9_000)


def test_effects_that_others_saved_meanwhile_do_not_hinder(alpha: House) -> None:
    measure = make_planned(alpha)
    mine, theirs = (add_effect(alpha, measure, name=text) for text in ("mine", "theirs"))
    client, url = alpha.client("owner"), grid_url(alpha, measure)
    data = opened(client, url)
    plan(alpha, theirs, {"2026-01": "7"})
    assert client.post(url, data | {name(mine, "2026-01", Series.PLAN): "5"}).status_code == 302
    assert (planned(alpha, mine), planned(alpha, theirs)) == ({"2026-01": 5}, {"2026-01": 7})


def test_a_month_that_is_over_and_validated_is_locked(alpha: House, effect: Effect) -> None:
    over = now(alpha, back=1)
    claim(alpha, effect, {over: "5"})
    judge(alpha, effect, over)
    client, url = alpha.client("owner"), grid_url(alpha, effect.measure, over.year)
    page = client.get(url)
    cells = {
        str(month): cell
        for month, cell in zip(
            page.context["desk"].months, lines(page)["Forecast"].cells, strict=True
        )
    }
    assert [month for month, cell in cells.items() if cell.is_locked] == [str(over)]
    assert "Over and validated by finance" in page.content.decode()
    assert {"Claimed", "Validated"} <= set(lines(page))
    # Sent past the page it is told and changes nothing.
    forged = opened(client, url) | {name(effect, str(over)): "9", "cause": "value"}
    answer = client.post(url, forged)
    assert answer.status_code == 409
    assert answer.context["lost"] == [(f"EBITDA: Recurring, {over}", "9")]
    assert series(alpha, effect, Series.FORECAST).get(str(over)) != 9


def test_a_plan_typed_while_the_gate_passed_is_told_and_not_lost(alpha: House) -> None:
    measure = make_planned(alpha)
    effect = add_effect(alpha, measure)
    plan(alpha, effect, {"2026-01": "5"})
    client, url = alpha.client("owner"), grid_url(alpha, measure)
    data = opened(client, url) | {name(effect, "2026-01", Series.PLAN): "7"}
    passed(alpha, measure)
    late = client.post(url, data)
    assert late.status_code == 409
    assert late.context["lost"] == [("EBITDA: Recurring, 2026-01", "7")]
    assert "nothing was saved" in late.content.decode()
    assert planned(alpha, effect) == {"2026-01": 5}


def test_an_effect_without_a_baseline_gets_its_reason_on_the_page(alpha: House) -> None:
    first = make_decided(alpha)
    moved(alpha, first.measure, "detailed")
    bare = add_effect(alpha, first.measure, name="bare")
    moved(alpha, first.measure, "decided")
    client, url = alpha.client("owner"), grid_url(alpha, first.measure)
    data = opened(client, url) | {name(bare, "2026-02"): "10,001", "cause": "scope"}
    refused = client.post(url, data)
    assert refused.status_code == 422
    code, text = (one.name for one in refused.context["blocks"][1].variance.inputs)
    assert client.post(url, data | {code: "other", text: "New."}).status_code == 302


@pytest.mark.parametrize(
    ("stage", "overlay", "words"),
    [
        ("closed", "active", "closed"),
        ("decided", "on_hold", "on hold"),
        ("decided", "cancelled", "cancelled"),
    ],
)
def test_a_locked_grid_says_why_and_takes_nothing(
    alpha: House, effect: Effect, url: str, stage: str, overlay: str, words: str
) -> None:
    moved(alpha, effect.measure, stage, overlay)
    client = alpha.client("owner")
    html = client.get(url).content.decode()
    assert words in html
    assert "data-grid-row" in html
    assert 'name="cells.' not in html
    assert client.post(url, {name(effect, "2026-01"): "1"}).status_code == 409


def test_readers_see_figures_and_no_inputs(alpha: House, effect: Effect, url: str) -> None:
    for who in ("executive", "auditor", "controller"):
        page = alpha.client(who).get(url)
        assert 'name="cells.' not in page.content.decode()
        assert alpha.client(who).post(url, {}).status_code == 403
    assert alpha.client("guest").get(url).status_code == 404


def test_the_grid_costs_as_much_with_twenty_effects_as_with_one(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    client.get(url)
    with CaptureQueriesContext(connection) as with_one:
        client.get(url)
    moved(alpha, effect.measure, "identified")
    for _index in range(20):
        plan(alpha, add_effect(alpha, effect.measure), {"2026-01": "1"})
    passed(alpha, effect.measure)
    with CaptureQueriesContext(connection) as with_many:
        assert len(client.get(url).context["blocks"]) == 21
    assert len(with_many) == len(with_one)


def test_germans_see_and_type_german(alpha: House, effect: Effect, url: str) -> None:
    client = alpha.client("owner")
    client.cookies["django_language"] = "de"
    data = opened(client, url)
    assert data[name(effect, "2026-01")] == "10.000,00"
    typed = {name(effect, "2026-01"): "10.100,50", "cause": "scope"}
    assert client.post(url, data | typed).status_code == 302
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == Decimal("10100.5")


def test_a_locked_figure_opens_the_history_of_its_month(
    alpha: House, effect: Effect, url: str
) -> None:
    forecast(alpha, effect, {"2026-02": "9000"})
    auditor = alpha.client("auditor")
    (link,) = {cell.url for cell in lines(auditor.get(url))["Forecast"].cells[1:2]}
    page = auditor.get(link)
    rows = [(row.before, row.after, row.cause) for row in page.context["history"]]
    assert rows == [
        (Decimal(10_000), Decimal(9_000), "value"),
        (None, Decimal(10_000), "opened"),
    ]
    html = page.content.decode()
    assert "Opened as a copy of the plan" in html
    assert auditor.get(link.replace("forecast", "dreams")).status_code == 404
