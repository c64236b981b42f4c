"""Roll-ups against the facts they add up, and their contract through the API and the pages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from governance.errors import NotVisible
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft, node_move
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create, project_create
from kpis.choices import EffectClass, EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Effect
from kpis.services import EffectDraft, effect_create, values_write
from reporting.selectors import portfolio_overview, roll_up_by_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(in_alpha):
    return in_alpha.system(*Role)


@pytest.fixture
def ebitda(by):
    return metric_create(draft=STARTING_METRICS[0], by=by)


def plan(house, metric, cells, *, by, package=None, **effect):
    """A measure with one effect and its planned months."""
    place = package or house.package
    measure = measure_create(package=place, draft=MeasureDraft("Bundle steel"), by=by)
    draft = replace(EffectDraft(metric, EffectKind.RECURRING), **effect)
    made = effect_create(measure=measure, draft=draft, by=by)
    values_write(effect=made, series=Series.PLAN, cells=cells, seen_version=made.version, by=by)
    return measure


def test_recurring_value_is_the_first_twelve_planned_months(in_alpha, ebitda, by):
    cells = {f"{2026 + i // 12}-{i % 12 + 1:02d}": "10" for i in range(3, 20)}
    plan(in_alpha, ebitda, cells, by=by)
    figures = roll_up_by_code(in_alpha.slug, tenant=in_alpha.tenant, by=by)
    assert figures.headline["recurring"].identified == Decimal(120)
    assert figures.headline["recurring"].hardened == Decimal(12)
    assert figures.plan_total == Decimal(170)


def test_the_run_rate_starts_with_the_first_month_that_still_holds_something(in_alpha, ebitda, by):
    cells = {"2025-03": "100", "2026-11": "1", "2026-12": "-2", "2027-10": "4", "2027-11": "1000"}
    measure = plan(in_alpha, ebitda, cells, by=by)
    # The row of 2025 stays, with twelve empty months: it is no start.
    [effect] = Effect.objects.filter(measure=measure)
    values_write(effect=effect, series=Series.PLAN, cells={"2025-03": None}, seen_version=2, by=by)
    plan(in_alpha, ebitda, {"2026-01": None, "2026-02": "0"}, by=by)
    figures = roll_up_by_code(in_alpha.slug, tenant=in_alpha.tenant, by=by)
    assert figures.headline["recurring"].identified == Decimal(3)


def test_one_off_value_is_every_planned_month(in_alpha, ebitda, by):
    cells = {"2026-01": "1.25", "2029-12": "2.5"}
    plan(in_alpha, ebitda, cells, by=by, kind=EffectKind.ONE_OFF)
    figures = roll_up_by_code(in_alpha.slug, tenant=in_alpha.tenant, by=by)
    assert figures.headline["one_off"].identified == Decimal("3.75")
    assert figures.headline["recurring"].identified == 0


def test_a_node_counts_what_is_below_it_and_nothing_else(in_alpha, ebitda, by):
    draft = NodeDraft(Level.PROJECT, "Elsewhere")
    other = project_create(parent=in_alpha.other_program, draft=draft, by=by)
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    plan(in_alpha, ebitda, {"2026-01": "7"}, by=by, package=other)
    totals = {
        code: roll_up_by_code(code, tenant=in_alpha.tenant, by=by).plan_total
        for code in (in_alpha.slug, in_alpha.program.code, in_alpha.other_program.code)
    }
    assert list(totals.values()) == [Decimal(12), Decimal(5), Decimal(7)]


def test_a_move_takes_its_value_along(in_alpha, ebitda, by):
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    project = in_alpha.project
    node_move(node=project, parent=in_alpha.other_program, seen_version=project.version, by=by)
    assert roll_up_by_code(in_alpha.program.code, tenant=in_alpha.tenant, by=by).plan_total == 0
    moved = roll_up_by_code(in_alpha.other_program.code, tenant=in_alpha.tenant, by=by)
    assert moved.plan_total == Decimal(5)


def test_costs_and_other_currencies_stay_out_of_the_months(in_alpha, ebitda, by):
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    plan(in_alpha, ebitda, {"2026-01": "90"}, by=by, kind=EffectKind.ONE_TIME_COST)
    plan(in_alpha, ebitda, {"2026-01": "70"}, by=by, currency="USD")
    figures = roll_up_by_code(in_alpha.slug, tenant=in_alpha.tenant, by=by)
    assert figures.plan_total == Decimal(5)
    assert figures.unconverted == {"USD": Decimal(70)}
    assert figures.amounts["EBITDA"]["one_time_cost"]["hard"].identified == Decimal(90)


def test_the_split_by_class_adds_up_to_all_classes(in_alpha, ebitda, by):
    for number, effect_class in enumerate(EffectClass, start=1):
        plan(in_alpha, ebitda, {"2026-05": str(number)}, by=by, effect_class=effect_class)
    table = portfolio_overview(tenant=in_alpha.tenant, by=by).by_class
    assert [table.total_of(c.value) for c in EffectClass] == [1, 2, 3]
    assert table.total == Decimal(6)


def test_whoever_sees_one_program_gets_that_program_alone(in_alpha, ebitda, by):
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    narrow = in_alpha.actor("narrow")
    overview = portfolio_overview(tenant=in_alpha.tenant, by=narrow)
    assert overview.roll_up.measures == 0
    assert [row.node.code for row in overview.children.shown] == [in_alpha.other_program.code]
    with pytest.raises(NotVisible):
        roll_up_by_code(in_alpha.program.code, tenant=in_alpha.tenant, by=narrow)
    with pytest.raises(NotVisible):
        portfolio_overview(tenant=in_alpha.tenant, by=in_alpha.actor("guest"))


def test_reading_costs_the_same_number_of_queries_for_one_measure_and_for_thirty(
    in_alpha, ebitda, by, django_assert_num_queries
):
    plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    with django_assert_num_queries(20):
        portfolio_overview(tenant=in_alpha.tenant, by=by)
    for _ in range(29):
        plan(in_alpha, ebitda, {"2026-01": "5"}, by=by)
    assert Measure.objects.count() == 30
    with django_assert_num_queries(20):
        portfolio_overview(tenant=in_alpha.tenant, by=by)


def test_the_api_keeps_the_contract(alpha, api_for):
    with alpha.active():
        by = alpha.system(*Role)
        metric = metric_create(draft=STARTING_METRICS[0], by=by)
        plan(alpha, metric, {"2018-10": "1000.5"}, by=by)
    answer = api_for(alpha.people["executive"]).get(f"roll-ups/{alpha.slug}/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["months"]["plan"] == {"2018-10": "1000.5000"}
    assert body["months_by_class"]["plan"] == {"hard": {"2018-10": "1000.5000"}}
    assert body["counts"]["by_stage"]["identified"] == 1
    assert body["headline"]["recurring"] == {
        "identified": "1000.5",
        "hardened": "100.05",
        "bankable": "0",
        "validated": None,
        "parked": "0",
        "validated_to_date": None,
        "plan_to_date": "1000.5",
        "is_short": False,
    }
    assert body["validated_to_date"] == {"recurring": None, "one_off": None}
    assert body["value_at_risk"] == {"recurring": "0", "one_off": "0"}
    assert body["leakage"] == {}
    assert body["net_value"][0]["all_classes"] == "1000.5"
    grey = dict.fromkeys(("implementation", "potential", "evidence"), "grey")
    assert (body["targets"], body["lights"], body["is_current"]) == ({}, grey, True)


def test_a_stranger_and_an_unknown_code_get_404(alpha, beta, api_for):
    caller = api_for(alpha.people["executive"])
    assert caller.get(f"roll-ups/{beta.slug}/").status_code == 404
    assert caller.get("roll-ups/PG-999/").status_code == 404


def test_the_portfolio_page_shows_totals_and_the_csv_is_exact(alpha, client_for):
    with alpha.active():
        by = alpha.system(*Role)
        metric = metric_create(draft=STARTING_METRICS[0], by=by)
        plan(alpha, metric, {"2026-01": "1234567.89"}, by=by)
    client = client_for(alpha.people["executive"])
    page = client.get(alpha.page("portfolio/"))
    assert page.status_code == 200
    assert "1,234,567.89" in page.content.decode()
    assert page["Cache-Control"] == "private, no-cache"
    lines = client.get(alpha.page(f"totals/{alpha.slug}/plan.csv")).content.decode().splitlines()
    assert lines == [
        "fiscal_year,hard,all_classes,currency",
        "2026,1234567.8900,1234567.8900,EUR",
    ]
