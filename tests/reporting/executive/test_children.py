"""The nodes below a place: the most money at risk first, stored and live the same."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below as below_of
from initiatives.models import Measure
from kpis.choices import EffectKind, Series
from kpis.figures.rules import Amounts
from kpis.figures.selectors import clock_of
from kpis.models import Metric
from kpis.rules import Month
from reporting.pages import children as pages_children
from reporting.pages.children import trend_of
from reporting.rollups import children
from reporting.rollups.children import Child
from reporting.rollups.reading import USUAL, Reading
from reporting.selectors import Overview, node_overview, portfolio_overview
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.oracle.loading import with_metrics
from tests.kpis.oracle.portfolios import LARGE, SEEDS, RawMeasure, portfolios
from tests.kpis.rating import confirmed
from tests.kpis.targeting import set_target
from tests.reporting.lighting import packages, settled, spread
from tests.reporting.test_watermelons import melons

__all__ = ["melons"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
NOW = Month(2026, 3)


def below(house: House) -> Overview:
    with house.active():
        return portfolio_overview(tenant=house.tenant, by=house.actor("executive"))


def test_the_node_with_most_at_risk_comes_first(alpha: House, melons: list[Measure]) -> None:
    shown = below(alpha).children.shown
    # 1200 and 3600 lose half below the first program, 2400 below the other.
    assert [(one.node.code, one.at_risk) for one in shown] == [
        (alpha.program.code, 2400),
        (alpha.other_program.code, 1200),
    ]
    first, second = shown
    assert first.amounts[EffectKind.RECURRING].bankable == 1200 + 900 * 12
    assert first.amounts[EffectKind.ONE_OFF].bankable == 3600
    assert second.amounts[EffectKind.RECURRING].bankable == 2400
    assert sum(second.months[Series.PLAN].values()) == 2400
    assert sum(second.months[Series.FORECAST].values()) == 1200


def test_stored_and_live_say_the_same(alpha: House, melons: list[Measure]) -> None:
    with alpha.active():
        settled(alpha.tenant)
    stored = below(alpha)
    with alpha.active():
        live = portfolio_overview(
            tenant=alpha.tenant, by=alpha.actor("executive"), how=Reading(as_published=True)
        )
    assert (stored.roll_up.facts.tree, live.roll_up.facts.tree is None) == (None, False)
    assert live.children == stored.children


def test_few_of_many_are_shown_and_the_others_are_counted(
    alpha: House, melons: list[Measure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "MOST_CHILDREN", 1)
    found = below(alpha).children
    assert ([one.node.code for one in found.shown], found.total) == ([alpha.program.code], 2)
    page = alpha.client("executive").get(alpha.page("portfolio/"))
    assert page.context["children_left"] == 1
    assert "1 more has less at risk" in page.content.decode()


def test_a_page_shows_fewer_than_its_file(
    alpha: House, melons: list[Measure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_children, "MOST_ON_PAGE", 1)
    client = alpha.client("executive")
    page = client.get(alpha.page("portfolio/"))
    assert [row.node.code for row in page.context["children"]] == [alpha.program.code]
    assert page.context["children_left"] == 1
    lines = client.get(page.context["children_csv"]).content.decode().splitlines()
    assert len(lines) == 3


def test_a_row_stands_against_its_target(alpha: House, melons: list[Measure]) -> None:
    plain = alpha.client("executive").get(alpha.page("portfolio/"))
    assert not plain.context["has_targets"]
    set_target(alpha, alpha.other_program, "3000")
    page = alpha.client("executive").get(alpha.page("portfolio/"), {"year": "2026"})
    first, second = page.context["children"]
    assert (first.target, first.gap) == (None, None)
    assert (second.target, second.gap, second.target_year) == (3000, 600, 2026)
    listed = alpha.client("executive").get(second.bankable_url).context["rows"]
    assert [row["code"] for row in listed] == [melons[2].code]
    lines = alpha.client("executive").get(alpha.page(f"totals/{alpha.slug}/children.csv"))
    head, *rows = lines.content.decode().splitlines()
    assert head.startswith("code,name,measures,implementation")
    assert [row.split(",")[0] for row in rows] == [alpha.program.code, alpha.other_program.code]


def test_a_package_has_no_children(alpha: House) -> None:
    make_measure(alpha, "Alone")
    page = alpha.client("executive").get(alpha.page(f"totals/{alpha.package.code}/"))
    assert not page.context["has_children"]


def child(**months: dict[Month, Decimal]) -> Child:
    given = {Series(name): row for name, row in months.items()}
    none = {kind: Amounts() for kind in EffectKind}
    return Child(None, 0, {}, none, Decimal(0), given, ())  # type: ignore[arg-type]  # no node is read


def test_the_line_is_validated_else_forecast_else_plan() -> None:
    month = {Month(2026, 2): Decimal(5)}
    plan, forecast = {Month(2026, 1): Decimal(1)}, {Month(2026, 12): Decimal(2)}
    found = trend_of(child(plan=plan, forecast=forecast, actual_validated=month), NOW, 1)
    assert found is not None
    assert (found.values[10], len(found.values), found.tone) == (5, 12, "green")
    found = trend_of(child(plan=plan, forecast=forecast), NOW, 1)
    assert found is not None
    assert (found.values[11], found.label.startswith("Forecast, Jan 26")) == (2, True)
    found = trend_of(child(plan=plan), NOW, 1)
    assert found is not None
    assert found.values[0] == 1
    old = {Month(2020, 1): Decimal(1)}
    assert trend_of(child(actual_validated=old), NOW, 1) is None


def told(overview: Overview) -> dict[str, tuple[object, ...]]:
    """What is said of the nodes below that hold any measure; targets belong to whole places."""
    return {
        one.node.code: (one.measures, one.lights, one.amounts, one.at_risk, one.months)
        for one in overview.children.shown
        if one.measures
    }


@settings(LARGE, max_examples=3)
@given(portfolio=portfolios(), seed=SEEDS)
def test_of_random_portfolios_children_are_the_same_stored_and_computed_now(
    in_alpha: House, portfolio: list[RawMeasure], seed: int
) -> None:
    with transaction.atomic():
        with_metrics(in_alpha) if not Metric.objects.exists() else None
        tenant = Tenant.objects.get(pk=in_alpha.tenant.pk)
        today = clock_of(tenant).today
        spread(in_alpha, portfolio, packages(in_alpha), today, seed)
        confirmed(in_alpha, {"USD": {"2025-01": "1.5", "2026-01": "0.5"}})
        settled(tenant)
        for node in Node.objects.exclude(level=Level.PACKAGE):
            rows = Measure.objects.filter(below_of([node.path], "package__path"))
            everything = Reading(only=list(rows.values_list("pk", flat=True)))
            stored, live = (
                node_overview(node, tenant=tenant, how=how) for how in (USUAL, everything)
            )
            assert (stored.roll_up.facts.tree, told(stored)) == (None, told(live)), node.code
            assert live.roll_up.headline == stored.roll_up.headline
        transaction.set_rollback(True)
