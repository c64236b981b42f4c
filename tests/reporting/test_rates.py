"""Roll-ups at plan and at period rate: what joins the totals, and what stands beside them (V8)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from governance.people.actor import Actor
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from kpis.choices import EffectClass, EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Metric
from kpis.rates.choices import RateBasis, RateKind
from kpis.rules import Month
from reporting.selectors import RollUp, portfolio_overview, roll_up_by_code
from tests.houses import House
from tests.kpis.rating import confirmed
from tests.kpis.test_pages_kpis import text_of
from tests.reporting.test_roll_up import plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(in_alpha: House) -> Actor:
    return in_alpha.system(*Role)


@pytest.fixture
def metrics(by: Actor) -> dict[str, Metric]:
    made = [metric_create(draft=draft, by=by) for draft in STARTING_METRICS]
    return {metric.code: metric for metric in made}


def figures(house: House, by: Actor, basis: RateBasis = RateBasis.PLAN) -> RollUp:
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    return roll_up_by_code(house.slug, tenant=tenant, by=by, basis=basis)


def test_what_has_a_plan_rate_joins_every_total(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    ebitda = metrics["EBITDA"]
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    plan(in_alpha, ebitda, {"2026-01": "70", "2027-01": "11"}, by=by, currency="USD")
    plan(in_alpha, ebitda, {"2026-02": "3"}, by=by, currency="GBP")
    cost = {"kind": EffectKind.ONE_TIME_COST, "currency": "USD"}
    plan(in_alpha, ebitda, {"2026-01": "90"}, by=by, **cost)
    confirmed(in_alpha, {"USD": {"2026-01": "0.9"}})
    found = figures(in_alpha, by)
    assert found.months[Series.PLAN] == {Month(2026, 1): Decimal(68)}
    assert found.months_by_class[Series.PLAN][EffectClass.HARD] == {Month(2026, 1): Decimal(68)}
    assert found.headline["recurring"].identified == Decimal(68)
    assert found.headline["recurring"].hardened == Decimal("6.8")
    assert found.amounts["EBITDA"]["one_time_cost"]["hard"].identified == Decimal(81)
    # The run-rate of January 2026 ends with December: the 11 of 2027 are no part of V.
    assert found.unconverted == {"USD": Decimal(0), "GBP": Decimal(3)}
    assert found.missing == [("GBP", Month(2026, 2)), ("USD", Month(2027, 1))]


def test_the_run_rate_begins_with_the_plan_and_not_with_the_first_rate(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    cells = {f"{2026 + n // 12}-{n % 12 + 1:02d}": "10" for n in range(24)}
    plan(in_alpha, metrics["EBITDA"], cells, by=by, currency="USD")
    confirmed(in_alpha, {"USD": {"2027-01": "0.5"}})
    found = figures(in_alpha, by)
    assert found.headline["recurring"].identified == 0
    assert found.unconverted == {"USD": Decimal(120)}
    assert found.plan_total == Decimal(60)
    confirmed(in_alpha, {"USD": {"2026-01": "2"}})
    assert figures(in_alpha, by).headline["recurring"].identified == Decimal(240)
    assert figures(in_alpha, by).unconverted == {}


def test_a_fiscal_year_that_spans_two_calendar_years_has_one_plan_rate(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(fiscal_year_start=10)
    cells = {"2026-09": "1", "2026-10": "10", "2027-09": "100", "2027-10": "1000"}
    plan(in_alpha, metrics["EBITDA"], cells, by=by, currency="USD", kind=EffectKind.ONE_OFF)
    confirmed(in_alpha, {"USD": {"2026-10": "2"}})
    found = figures(in_alpha, by)
    assert found.headline["one_off"].identified == Decimal(220)
    assert found.missing == [("USD", Month(2026, 9)), ("USD", Month(2027, 10))]
    # Rates of a fiscal year that began in another month hold nowhere any more.
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(fiscal_year_start=1)
    assert figures(in_alpha, by).headline["one_off"].identified == 0


def test_at_period_rate_each_month_has_its_own_and_stands_the_closing_one(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    cells = {"2026-01": "10", "2026-02": "10"}
    plan(in_alpha, metrics["EBITDA"], cells, by=by, currency="USD")
    plan(in_alpha, metrics["WORKING_CAPITAL"], cells, by=by, currency="USD")
    confirmed(in_alpha, {"USD": {"2026-01": "2", "2026-02": "3"}}, RateKind.AVERAGE)
    confirmed(in_alpha, {"USD": {"2026-01": "5", "2026-02": "7"}}, RateKind.CLOSING)
    found = figures(in_alpha, by, RateBasis.PERIOD)
    assert found.headline["recurring"].identified == Decimal(50)
    assert found.months[Series.PLAN] == {Month(2026, 1): Decimal(70), Month(2026, 2): Decimal(100)}
    # A stand does not add up over months: its run-rate is their mean (V1, F3).
    assert found.amounts["WORKING_CAPITAL"]["recurring"]["hard"].identified == Decimal(60)
    assert figures(in_alpha, by).unconverted == {"USD": Decimal(30)}


def test_what_is_no_money_keeps_out_of_it(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    plan(in_alpha, metrics["FTE"], {"2026-01": "10"}, by=by)
    confirmed(in_alpha, {"USD": {"2026-01": "2"}})
    found = figures(in_alpha, by)
    assert found.amounts["FTE"]["recurring"]["hard"].identified == Decimal(10)
    assert (found.months, found.unconverted) == ({}, {})


def test_no_digit_is_lost(in_alpha: House, metrics: dict[str, Metric], by: Actor) -> None:
    amount, rate = Decimal("999999999999999.99"), Decimal("1234567.12345678")
    plan(in_alpha, metrics["EBITDA"], {"2026-01": str(amount)}, by=by, currency="USD")
    plan(in_alpha, metrics["EBITDA"], {"2026-01": "0.01"}, by=by)
    confirmed(in_alpha, {"USD": {"2026-01": str(rate)}})
    wanted = Fraction(amount) * Fraction(rate) + Fraction("0.01")
    found = figures(in_alpha, by)
    assert Fraction(found.plan_total) == wanted
    assert Fraction(found.headline["recurring"].identified) == wanted
    assert Fraction(found.amounts["EBITDA"]["recurring"]["hard"].hardened) == wanted / 10


def test_children_add_up_to_their_parent(
    in_alpha: House, metrics: dict[str, Metric], by: Actor
) -> None:
    plan(in_alpha, metrics["EBITDA"], {"2026-01": "10"}, by=by, currency="USD")
    plan(in_alpha, metrics["EBITDA"], {"2027-01": "10"}, by=by)
    confirmed(in_alpha, {"USD": {"2026-01": "0.9"}})
    overview = portfolio_overview(tenant=in_alpha.tenant, by=by)
    assert overview.by_class.total == Decimal(19)
    assert {
        row.node.code: sum(row.months.get(Series.PLAN, {}).values(), Decimal(0))
        for row in overview.children.shown
    } == {
        in_alpha.program.code: Decimal(19),
        in_alpha.other_program.code: Decimal(0),
    }


def test_the_pages_and_the_api_choose_the_rate(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(*Role)
        ebitda = metric_create(draft=STARTING_METRICS[0], by=by)
        plan(alpha, ebitda, {"2026-01": "1000"}, by=by, currency="USD")
    client, api = alpha.client("executive"), alpha.caller("executive")
    page = text_of(client.get(alpha.page("portfolio/")))
    assert "1,000.00 USD" in page
    assert "(no plan rate for USD in 2026)" in " ".join(page.split())
    body = api.get(f"roll-ups/{alpha.slug}/").json()
    assert (body["rate"], body["unconverted"]) == ("plan", {"USD": "1000"})
    assert body["missing_rates"] == {"USD": ["2026-01"]}
    confirmed(alpha, {"USD": {"2026-01": "0.12345678"}})
    confirmed(alpha, {"USD": {"2026-01": "2"}}, RateKind.AVERAGE)
    body = api.get(f"roll-ups/{alpha.slug}/").json()
    assert body["months"]["plan"] == {"2026-01": "123.45678"}
    assert (body["unconverted"], body["missing_rates"]) == ({}, {})
    body = api.get(f"roll-ups/{alpha.slug}/", {"rate": "period"}).json()
    assert (body["rate"], body["months"]["plan"]) == ("period", {"2026-01": "2000.0000"})
    code = alpha.program.code
    for url in ("portfolio/", f"totals/{code}/"):
        answer = client.get(alpha.page(url), {"rate": "period"})
        assert [tab.is_current for tab in answer.context["rate_tabs"]] == [False, True]
        assert "2,000.00" in text_of(answer)
        assert client.get(alpha.page(url), {"rate": "x"}).status_code == 400
    lines = client.get(alpha.page(f"totals/{code}/plan.csv")).content.decode().splitlines()
    assert lines[1] == "2026,123.45678,123.45678,EUR"
    assert api.get(f"roll-ups/{alpha.slug}/", {"rate": "x"}).status_code == 400


def test_reading_takes_as_many_queries_with_rates(
    in_alpha: House, metrics: dict[str, Metric], by: Actor, django_assert_num_queries: Any
) -> None:
    confirmed(in_alpha, {"USD": {"2026-01": "0.9"}})
    for _ in range(3):
        plan(in_alpha, metrics["EBITDA"], {"2026-01": "5"}, by=by, currency="USD")
    with django_assert_num_queries(20):
        portfolio_overview(tenant=in_alpha.tenant, by=by)
