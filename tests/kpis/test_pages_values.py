"""The value tab: the grid by fiscal year, its sums, effects, and the history of a cell."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.tenancy.models import Tenant
from initiatives.models import Measure
from kpis.choices import EffectClass, EffectKind
from kpis.models import Effect
from tests.houses import House
from tests.kpis.making import add_effect, make_planned, plan, values_url


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_planned(alpha)


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure)


# ---- the grid --------------------------------------------------------------------------------


def test_a_measure_without_effects_says_what_to_do_first(alpha: House, measure: Measure) -> None:
    html = alpha.client("owner").get(values_url(alpha, measure)).content.decode()
    assert "No value planned yet" in html
    assert alpha.page(f"measures/{measure.code}/effects/new/") in html
    reader = alpha.client("executive").get(values_url(alpha, measure)).content.decode()
    assert "effects/new/" not in reader


def test_the_grid_shows_a_year_and_tells_empty_from_zero(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    plan(alpha, effect, {"2026-01": "1500.25", "2026-02": "0", "2027-01": "7"})
    page = alpha.client("executive").get(values_url(alpha, measure, "?year=2026"))
    row = page.context["blocks"][0].rows[0]
    amounts = [cell.amount for cell in row.cells]
    assert amounts[:3] == [Decimal("1500.25"), Decimal(0), None]
    assert row.total == Decimal("1500.25")
    html = page.content.decode()
    assert "1,500.25" in html
    assert [tab.label for tab in page.context["year_tabs"]][:2] == ["2026", "2027"]


def test_sums_keep_currencies_apart_and_pool_classes_by_name(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    plan(alpha, effect, {"2026-01": "10"})
    other = add_effect(alpha, measure, effect_class=EffectClass.AVOIDANCE)
    plan(alpha, other, {"2026-01": "5"})
    cost = add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST)
    plan(alpha, cost, {"2026-02": "4"})
    foreign = add_effect(alpha, measure, currency="USD")
    plan(alpha, foreign, {"2026-01": "100"})
    page = alpha.client("auditor").get(values_url(alpha, measure, "?year=2026"))
    blocks = page.context["blocks"]
    assert [block.title for block in blocks] == ["EBITDA, EUR", "EBITDA, USD"]
    group = blocks[0].group
    assert (group.value.total, group.cost.total, group.net.total) == (15, 4, 11)
    html = page.content.decode()
    assert "Value, all classes" in html
    assert "Net: value less cost" in html


def test_the_fiscal_year_starts_where_the_tenant_says(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(fiscal_year_start=10)
    plan(alpha, effect, {"2025-09": "1", "2025-10": "2", "2026-09": "4", "2026-10": "8"})
    page = alpha.client("executive").get(values_url(alpha, measure, "?year=2026"))
    row = page.context["blocks"][0].rows[0]
    assert [cell.month for cell in row.cells][::11] == ["2025-10", "2026-09"]
    assert row.total == 6
    assert [column.label for column in page.context["month_columns"]][1::11] == ["Oct 25", "Sep 26"]
    assert [tab.label for tab in page.context["year_tabs"]][:3] == ["FY25", "FY26", "FY27"]


@pytest.mark.parametrize("year", ["1990", "2101", "26", "soon", "-2026", "٢٠٢٦", str(10**30)])
def test_a_year_that_is_none_is_refused(alpha: House, measure: Measure, year: str) -> None:
    assert alpha.client("pmo").get(values_url(alpha, measure, f"?year={year}")).status_code == 400


def test_the_tab_is_a_part_of_the_measure_page(alpha: House, measure: Measure) -> None:
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    answer = alpha.client("executive").get(values_url(alpha, measure), headers=headers)
    assert answer.content.decode().lstrip().startswith('<section id="panel"')
    overview = alpha.client("executive").get(alpha.page(f"measures/{measure.code}/"))
    assert values_url(alpha, measure) in overview.content.decode()


def test_the_tab_costs_as_much_with_thirty_effects_as_with_one(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    client = alpha.client("pmo")
    plan(alpha, effect, {"2026-01": "1"})
    client.get(values_url(alpha, measure))
    with CaptureQueriesContext(connection) as with_one:
        client.get(values_url(alpha, measure))
    for _index in range(30):
        plan(alpha, add_effect(alpha, measure), {"2026-01": "1"})
    with CaptureQueriesContext(connection) as with_many:
        assert client.get(values_url(alpha, measure)).status_code == 200
    assert len(with_many) == len(with_one)


# ---- effects ---------------------------------------------------------------------------------


def test_an_effect_is_added_and_planned_next(alpha: House, measure: Measure) -> None:
    url = alpha.page(f"measures/{measure.code}/effects/new/")
    data = {"metric": "EBITDA", "kind": "one_off", "effect_class": "avoidance", "currency": "usd"}
    answer = alpha.client("owner").post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    with alpha.active():
        made = Effect.objects.select_related("metric").get()
        assert (made.metric.code, made.kind, made.effect_class, made.currency) == (
            "EBITDA",
            "one_off",
            "avoidance",
            "USD",
        )
    assert answer["Location"] == alpha.page(f"effects/{made.public_id}/values/")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"metric": "NOPE"}, "metric"),
        ({"kind": "magic"}, "kind"),
        ({"effect_class": ""}, "effect_class"),
        ({"currency": "€"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"name": "x\x07"}, "name"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_a_bad_effect_is_told_at_its_field(
    alpha: House, measure: Measure, data: dict[str, str], field: str
) -> None:
    url = alpha.page(f"measures/{measure.code}/effects/new/")
    whole = {"metric": "EBITDA", "kind": "recurring", "effect_class": "hard", "currency": "EUR"}
    answer = alpha.client("pmo").post(url, whole | data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    with alpha.active():
        assert not Effect.objects.exists()


def test_an_effect_goes_after_a_question(alpha: House, measure: Measure, effect: Effect) -> None:
    plan(alpha, effect, {"2026-01": "5"})
    client, url = alpha.client("pmo"), alpha.page(f"effects/{effect.public_id}/delete/")
    page = client.get(url)
    assert "Delete the effect" in page.content.decode()
    assert client.post(url, {"seen_version": "1"}).status_code == 409
    version = page.context["effect"].version
    assert client.post(url, {"seen_version": version}).status_code == 302
    with alpha.active():
        assert not Effect.objects.exists()


# ---- the history of a cell -------------------------------------------------------------------


def test_a_month_tells_every_value_it_ever_had(alpha: House, effect: Effect) -> None:
    plan(alpha, effect, {"2026-01": "5"})
    plan(alpha, effect, {"2026-01": "7.5"})
    plan(alpha, effect, {"2026-01": None})
    url = alpha.page(f"effects/{effect.public_id}/history/2026-01/")
    page = alpha.client("auditor").get(url)
    rows = [(row.before, row.after) for row in page.context["history"]]
    assert rows == [(Decimal("7.5"), None), (Decimal(5), Decimal("7.5")), (None, Decimal(5))]
    assert page.context["month"] == date(2026, 1, 1)
    assert "pmo@alpha.example" in page.content.decode()


@pytest.mark.parametrize("month", ["2026-13", "2026", "1899-01", "soon", "2026-01%00"])
def test_a_month_that_is_none_is_not_found(alpha: House, effect: Effect, month: str) -> None:
    url = alpha.page(f"effects/{effect.public_id}/history/{month}/")
    assert alpha.client("auditor").get(url).status_code == 404
