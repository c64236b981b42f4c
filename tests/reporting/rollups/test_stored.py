"""Stored roll-ups against the facts they come from, on random portfolios and after every change."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendars.selectors import current_calendar
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_move
from initiatives.choices import Stage
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.selectors import rhythms_of
from initiatives.services import default_package, project_create
from kpis.figures.choices import Lamp, LightName
from kpis.figures.selectors import clock_of
from kpis.models import Effect, ValueYear
from kpis.rates.choices import RateBasis, RateKind
from reporting.conversion import conversion
from reporting.facts import fetch, measure_counts, month_lines, stage_weights
from reporting.light_facts import Place, node_lights, watermelon_rows
from reporting.rollups.models import RollUpCount
from reporting.rollups.parts import TABLES
from reporting.rollups.selectors import (
    kept_counts,
    kept_lamps,
    kept_lines,
    kept_months,
    kept_sizes,
    kept_watermelons,
)
from reporting.rollups.services import recompute_all
from reporting.rollups.services_filling import forget
from reporting.rollups.verifying import first_difference
from reporting.selectors import node_overview, portfolio_overview
from reporting.selectors_rhythm import live_facts, stored_facts
from reporting.value_facts import size_lines, value_lines
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.oracle.loading import with_metrics
from tests.kpis.oracle.portfolios import LARGE, SEEDS, Dice, RawMeasure, portfolios
from tests.kpis.rating import confirmed
from tests.reporting.lighting import packages, settled, spread, with_rhythm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
YEARS, MOST = range(2022, 2030), 100


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    return in_alpha


unordered = Counter


def same_as_live(tenant: Tenant) -> None:
    """Every node and both rates: what is kept is what the live queries say."""
    assert first_difference(tenant) is None
    weights, clock = stage_weights(), clock_of(tenant)
    nodes = list(Node.objects.order_by("path"))
    lamps = kept_lamps([node.pk for node in nodes])
    for basis in RateBasis:
        rates = conversion(basis, tenant)
        kept = basis if conversion(RateBasis.PLAN, tenant).factors else RateBasis.PLAN
        for node in nodes:
            ids, paths = [node.pk], [node.path]
            assert unordered(kept_counts(ids, weights)) == unordered(measure_counts(paths, weights))
            assert kept_lines(ids, weights, kept) == value_lines(
                paths, weights, tenant, clock, rates
            )
            live = size_lines(paths, weights, tenant, clock, rates)
            assert unordered(kept_sizes(ids, weights, kept)) == unordered(live)
            months, _missing = kept_months(ids, tenant.currency, kept)
            assert unordered(months) == unordered(month_lines(paths, rates))
    tree = node_lights(Place([nodes[0].path], tenant, clock, conversion(RateBasis.PLAN, tenant)))
    for node in nodes:
        found = {light: lamps.get((node.pk, light), Lamp.GREY) for light in LightName}
        assert found == tree.at(node.path), node.code
        place = Place([node.path], tenant, clock, conversion(RateBasis.PLAN, tenant))
        kept = kept_watermelons([node.pk], [node.path], MOST, None)
        assert kept == watermelon_rows(place, MOST), node.code
    rhythms = rhythms_of(tenant, current_calendar(), clock.now)
    for node in nodes:
        paths = [node.path]
        assert stored_facts(paths) == live_facts(paths, rhythms, clock), node.code


def changes(house: House, rows: list[Measure], places: list[Node], dice: Dice) -> None:
    """Some of everything that may happen to a measure and its place."""
    by = house.system(Role.PMO)
    row = dice.random.choice(rows)
    match dice.random.randrange(8):
        case 0:
            Measure.objects.filter(pk=row.pk).update(package=dice.random.choice(places))
        case 1:
            effects = list(Effect.objects.filter(measure=row))
            # A frozen plan changes by a decision alone.
            series = "plan" if row.stage in {"identified", "detailed"} else "forecast"
            ValueYear.objects.filter(effect__in=[e.pk for e in effects], series=series).update(
                m03="77.5"
            )
        case 2:
            ValueYear.objects.filter(effect__measure=row, series="forecast").delete()
        case 3:
            project = Node.objects.get(pk=places[-1].parent_id)
            targets = {house.program.pk, house.other_program.pk} - {project.parent_id}
            target = Node.objects.get(pk=targets.pop())
            node_move(node=project, parent=target, seen_version=project.version, by=by)
        case 5:
            field = dice.random.choice(("owner", "sponsor", "controller"))
            person = dice.random.choice((None, house.people["executive"]))
            Measure.objects.filter(pk=row.pk).update(**{field: person})
        case 6:
            said = {"light": "red", "source": "form", "author": "x"}
            day = date(2020, 1, 1) + timedelta(days=dice.random.randrange(4000))
            StatusReport.objects.create(measure=row, reported_on=day, **said)
        case 7:
            StatusReport.objects.filter(measure=row).delete()
        case _:
            Effect.objects.filter(measure=row).update(effect_class="avoidance")


@settings(LARGE, max_examples=4)
@given(portfolio=portfolios(), seed=SEEDS, is_rated=st.booleans())
def test_what_is_kept_is_what_is_so(
    house: House, portfolio: list[RawMeasure], seed: int, *, is_rated: bool
) -> None:
    with transaction.atomic():
        tenant, dice = Tenant.objects.get(pk=house.tenant.pk), Dice(seed)
        places = packages(house)
        with_rhythm(house, clock_of(tenant).today, dice)
        rows = spread(house, portfolio, places, clock_of(tenant).today, seed)
        if is_rated:
            # Some effects have months without a rate, which lights leave as a whole as they are.
            years = dice.random.choice((YEARS, YEARS[:3]))
            confirmed(house, {"USD": {f"{year}-01": "1.5" for year in years}})
            confirmed(house, {"USD": {"2026-03": "0.75"}}, RateKind.AVERAGE)
        settled(tenant)
        same_as_live(tenant)
        for _change in range(3):
            changes(house, rows, places, dice) if rows else None
            settled(tenant)
            same_as_live(tenant)
        transaction.set_rollback(True)


def test_pages_read_what_is_kept_and_say_how_current_it_is(alpha: House) -> None:
    effect = add_effect(alpha, make_planned(alpha))
    plan(alpha, effect, {"2026-01": "125"})
    caller, url = alpha.caller("executive"), f"roll-ups/{alpha.program.code}/"
    live = caller.get(url).json()
    assert (live["months"]["plan"], live["is_current"]) == ({"2026-01": "125.0000"}, True)
    with alpha.active():
        settled(alpha.tenant)
    kept = caller.get(url).json()
    assert {**live, "computed_at": ""} == {**kept, "computed_at": ""}
    plan(alpha, effect, {"2026-01": "130"})
    early = caller.get(url).json()
    # As it was computed last, and said to be so.
    assert (early["months"], early["is_current"]) == (live["months"], False)
    page = alpha.client("executive").get(alpha.page(f"totals/{alpha.program.code}/"))
    assert "being recomputed" in page.content.decode()
    with alpha.active():
        settled(alpha.tenant)
    after = caller.get(url).json()
    assert (after["months"]["plan"], after["is_current"]) == ({"2026-01": "130.0000"}, True)
    page = alpha.client("executive").get(alpha.page(f"totals/{alpha.program.code}/"))
    assert "being recomputed" not in page.content.decode()
    assert after["counts"]["days_in_stage"] == dict.fromkeys(Stage.values) | {"identified": 0}
    first = page.context["funnel"][0]
    assert (first["count"], first["days"]) == (1, 0)
    assert first["url"].endswith(f"?program={alpha.program.code}&stage=identified&overlay=live")


def test_whoever_sees_a_part_reads_the_same_kept_and_live(alpha: House) -> None:
    plan(alpha, add_effect(alpha, make_planned(alpha)), {"2026-01": "5"})
    with alpha.active():
        draft = NodeDraft(Level.PROJECT, "Theirs")
        by = alpha.system(Role.PMO)
        theirs = default_package(project_create(parent=alpha.other_program, draft=draft, by=by))
    plan(alpha, add_effect(alpha, make_measure(alpha, place=theirs)), {"2026-01": "7"})
    tenant, narrow = alpha.tenant, alpha.actor("narrow")
    with alpha.active():
        live = [portfolio_overview(tenant=tenant, by=by) for by in (narrow, alpha.actor("pmo"))]
        nodes = list(Node.objects.order_by("path"))
        by = alpha.actor("pmo")
        below = [node_overview(node, tenant=tenant) for node in nodes]
        settled(tenant)
        kept = [portfolio_overview(tenant=tenant, by=by) for by in (narrow, alpha.actor("pmo"))]
        again = [node_overview(node, tenant=tenant) for node in nodes]
    for stored, read in zip(kept + again, live + below, strict=True):
        assert stored.roll_up.facts.tree is None
        assert (stored, stored.roll_up.lights) == (read, read.roll_up.lights)


def test_a_change_below_brings_all_of_a_node_that_has_nothing(alpha: House) -> None:
    effect = add_effect(alpha, make_planned(alpha))
    plan(alpha, effect, {"2026-01": "125"})
    with alpha.active():
        settled(alpha.tenant)
        forget([alpha.program.pk])
    plan(alpha, effect, {"2026-01": "130"})
    with alpha.active():
        settled(alpha.tenant)
        assert first_difference(alpha.tenant) is None
        assert RollUpCount.objects.filter(node_id=alpha.program.pk).exists()


def test_what_stays_as_it_was_is_not_written_again(alpha: House) -> None:
    effect = add_effect(alpha, make_planned(alpha))
    plan(alpha, effect, {"2026-01": "125", "2027-01": "80"})

    def rows() -> set[tuple[str, str]]:
        """Where each row lies: one that is written again lies elsewhere."""
        parts = [f"SELECT '{table}', ctid::text FROM {table}" for table in sorted(TABLES)]
        return {(table, place) for table, place in fetch(" UNION ALL ".join(parts), {})}

    with alpha.active():
        settled(alpha.tenant)
        before = rows()
        assert recompute_all(alpha.tenant) > 1
        settled(alpha.tenant)
        assert before
        assert rows() == before
    plan(alpha, effect, {"2026-01": "130"})
    with alpha.active():
        settled(alpha.tenant)
        # The year that changed, with the line and the size of the measure, at each level.
        assert 0 < len(before - rows()) < len(before) / 2
