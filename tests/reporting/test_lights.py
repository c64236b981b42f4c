"""Lights by the database against the rules measure by measure, and L5 against a slow reading."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings

from governance.calendars.selectors import current_calendar
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from initiatives.choices import Overlay
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.rhythm.selectors import rhythms_of, stale_measures
from initiatives.rhythm.silence import overdue_updates
from kpis.figures.choices import Lamp, LightName
from kpis.figures.lighting import derived_lights, lights_shown, overrides_of, steps_of
from kpis.figures.selectors import clock_of, facts_of_measures
from kpis.models import ValueYear
from kpis.rates.choices import RateBasis
from reporting.conversion import Conversion, conversion
from reporting.light_facts import (
    LitMeasure,
    Place,
    Position,
    measure_lights,
    node_lights,
    watermelon_rows,
)
from reporting.node_lights import Held, light_tree
from tests.houses import House
from tests.kpis.oracle import formulas
from tests.kpis.oracle.facts import month_at
from tests.kpis.oracle.loading import load_effect, loaded, with_metrics
from tests.kpis.oracle.portfolios import LARGE, SEEDS, Dice, RawEffect, RawMeasure, portfolios
from tests.kpis.rating import confirmed
from tests.reporting.lighting import packages, spread, with_calendar, with_rhythm
from tests.reporting.test_value_figures import POSITIONS, RATES, at_home, rated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
R, A, G, B, N, S = Lamp.RED, Lamp.AMBER, Lamp.GREEN, Lamp.BLUE, Lamp.GREY, Lamp.STALE


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    with_calendar(in_alpha)
    return in_alpha


def by_rule(rows: list[Measure], place: Place) -> dict[int, Any]:
    """The lights of each measure as its own pages derive them."""
    ids, clock = [row.pk for row in rows], place.clock
    steps, stated = steps_of(ids), overrides_of(ids, clock.today)
    calendar = current_calendar()
    stale = stale_measures(rows, rhythms_of(place.tenant, calendar, clock.now))
    found = {}
    for row, facts in zip(rows, facts_of_measures(rows, place.tenant), strict=True):
        is_stale = row.pk in stale
        derived = derived_lights(facts, steps[row.pk], clock, calendar, is_stale=is_stale)
        own = {light: one for (pk, light), one in stated.items() if pk == row.pk}
        found[row.pk] = lights_shown(derived, own, is_live=facts.is_live)
    return found


def compared(house: House, portfolio: list[RawMeasure], latest: int, seed: int) -> None:
    with transaction.atomic():
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        clock = clock_of(tenant, month_at(latest + 1).first_day)
        with_rhythm(house, clock.today, Dice(seed))
        rows = spread(house, portfolio, packages(house), clock.today, seed)
        place = Place([house.root.path], tenant, clock, Conversion(tenant.currency))
        found = measure_lights(place)
        wanted = by_rule(rows, place)
        assert {one.measure_id: one.lights for one in found} == {
            pk: {one.name: one.light for one in lights.shown} for pk, lights in wanted.items()
        }
        for one, raw in zip(found, portfolio, strict=True):
            assert one.lights[LightName.POTENTIAL].derived == formulas.potential(raw)
            assert one.lights[LightName.EVIDENCE].derived == formulas.evidence(raw, latest)
            assert one.recurring == formulas.value_of_kind(raw, "recurring")
            assert one.one_off == formulas.value_of_kind(raw, "one_off")
        stale = stale_measures(rows, rhythms_of(tenant, current_calendar(), clock.now))
        assert {one.subject_id for one in overdue_updates(clock.now)} == stale
        some = [row.pk for row in rows[::2]]
        assert measure_lights(replace(place, paths=(), ids=some)) == found[::2]
        same_nodes(place, rows, found)
        same_watermelons(place, found, wanted)
        # At their rates, the same as if all had been planned in the tenant's currency.
        rated_place = Place(place.paths, tenant, clock, rated(RATES))
        for one, raw in zip(measure_lights(rated_place), at_home(portfolio), strict=True):
            assert one.lights[LightName.POTENTIAL].derived == formulas.potential(raw)
            assert one.lights[LightName.EVIDENCE].derived == formulas.evidence(raw, latest)
        same_with_gaps_in_the_rates(house, rows, place)
        transaction.set_rollback(True)


def same_with_gaps_in_the_rates(house: House, rows: list[Measure], place: Place) -> None:
    """An effect of which some month has no rate stays as it is, as on the measure's own pages."""
    confirmed(house, {"USD": {"2025-01": "3"}})
    found = measure_lights(replace(place, rates=conversion(RateBasis.PLAN, place.tenant)))
    assert {one.measure_id: one.lights for one in found} == {
        pk: {one.name: one.light for one in lights.shown}
        for pk, lights in by_rule(rows, place).items()
    }


def slowly(node: Node, measures: dict[int, list[tuple[Decimal, Lamp]]]) -> tuple[Lamp, list[Any]]:
    """L5 read once more: the light of a node, and (|V|, light) of all that counts below it."""
    children = [slowly(child, measures) for child in Node.objects.filter(parent=node)]
    own = [(size, lamp) for size, lamp in measures.get(node.pk, []) if lamp not in (N, S)]
    children += [(lamp, [(size, lamp)]) for size, lamp in own]
    below = [pair for _lamp, pairs in children for pair in pairs]
    if not below:
        return N, []
    counts = sum(size for size, _lamp in below) == 0

    def share(pairs: list[Any]) -> Decimal:
        part = sum(Decimal(1) if counts else size for size, _lamp in pairs)
        return part / sum(Decimal(1) if counts else size for size, _lamp in below)

    red = [pair for pair in below if pair[1] is R]
    worse = [pair for pair in below if pair[1] in (R, A)]
    if share(red) >= Decimal("0.25") or any(
        lamp is R and share(pairs) >= Decimal("0.2") for lamp, pairs in children
    ):
        return R, below
    return (A if share(worse) >= Decimal("0.3") else G), below


def same_nodes(place: Place, rows: list[Measure], found: list[LitMeasure]) -> None:
    tree = node_lights(place)
    package = {row.pk: row.package_id for row in rows}
    live = {row.pk for row in rows if row.overlay == Overlay.ACTIVE}
    for name in LightName:
        measures: dict[int, list[tuple[Decimal, Lamp]]] = {}
        for one in found:
            if one.measure_id in live:
                pair = (one.size, one.lights[name].shown)
                measures.setdefault(package[one.measure_id], []).append(pair)
        for node in Node.objects.all():
            assert tree.at(node.path)[name] is slowly(node, measures)[0], (node.code, name)


def same_watermelons(place: Place, found: list[LitMeasure], wanted: dict[int, Any]) -> None:
    melons = [one for one in found if wanted[one.measure_id].is_watermelon]
    melons.sort(key=lambda one: (one.size, one.measure_id), reverse=True)
    rows, total = watermelon_rows(place, 100)
    assert (rows, total) == (melons, len(melons))
    for at, one in enumerate(melons):
        after, _total = watermelon_rows(place, 2, Position(one.size, one.measure_id))
        assert after == melons[at + 1 : at + 3]
        before, _total = watermelon_rows(
            place, 2, Position(one.size, one.measure_id, is_backward=True)
        )
        assert before == melons[max(at - 2, 0) : at][::-1]


@settings(LARGE, max_examples=25)
@given(portfolio=portfolios(6), latest=POSITIONS, seed=SEEDS)
def test_the_database_lights_as_the_rules_do(
    house: House, portfolio: list[RawMeasure], latest: int, seed: int
) -> None:
    compared(house, portfolio, latest, seed)


@pytest.mark.slow
@settings(LARGE, max_examples=300)
@given(portfolio=portfolios(8), latest=POSITIONS, seed=SEEDS)
def test_the_database_lights_as_the_rules_do_at_length(
    house: House, portfolio: list[RawMeasure], latest: int, seed: int
) -> None:
    compared(house, portfolio, latest, seed)


# --- L5 by hand ---------------------------------------------------------------------------------


def held(lamp: Lamp, size: int, path: str = "1/2/", number: int = 1) -> Held:
    light = LightName.POTENTIAL
    return Held(path, light, lamp, Decimal(size), number, Decimal(size))


def lamp_of(*rows: Held, path: str = "1/") -> Lamp:
    return light_tree(rows, ["1/"]).at(path)[LightName.POTENTIAL]


@pytest.mark.parametrize(
    ("red", "amber", "green", "expected"),
    [(19, 0, 81, G), (20, 0, 80, R), (0, 29, 71, G), (0, 30, 70, A), (10, 20, 70, A), (0, 0, 5, G)],
)
def test_shares_of_a_package(red: int, amber: int, green: int, expected: Lamp) -> None:
    """Its children are its measures, so that one red measure of 20 per cent is enough."""
    rows = [held(R, red), held(A, amber), held(G, green)]
    assert lamp_of(*rows, path="1/2/") is expected


def test_many_small_red_measures_turn_a_package_red_at_a_quarter() -> None:
    small = Held("1/2/", LightName.POTENTIAL, R, Decimal(24), 24, Decimal(1))
    assert lamp_of(small, held(G, 76), path="1/2/") is G
    assert lamp_of(small, held(G, 72), path="1/2/") is R


def test_a_red_child_of_a_fifth_turns_its_node_red() -> None:
    green = held(G, 80, "1/3/")
    assert lamp_of(held(R, 6), held(G, 14), green) is R
    assert lamp_of(held(R, 6), held(G, 13), green) is G  # the child holds less than a fifth
    assert lamp_of(held(R, 3), held(G, 17), green) is G  # and this one is not red


def test_done_counts_as_good_and_nothing_worth_is_counted_by_number() -> None:
    assert lamp_of(held(R, 15), held(B, 85), path="1/2/") is G
    assert lamp_of(held(R, 0, number=1), held(G, 0, number=5), path="1/2/") is G
    assert lamp_of(held(R, 0, number=1), held(G, 0, number=4), path="1/2/") is R
    assert lamp_of() is N


def test_several_places_together_are_the_children_of_one() -> None:
    rows = [held(R, 20, "1/2/5/"), held(G, 80, "1/3/6/")]
    tree = light_tree(rows, ["1/2/", "1/3/"])
    assert tree.at("")[LightName.POTENTIAL] is R
    assert tree.at("1/3/")[LightName.POTENTIAL] is G
    assert tree.at("1/")[LightName.POTENTIAL] is N
    assert tree.at("1/2/")[LightName.EVIDENCE] is N


def test_every_threshold_of_the_work_as_the_rule_has_it(house: House) -> None:
    """One critical milestone that comes so many days late, and so much of the weight late (L1)."""
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    today = date(2025, 10, 1)
    cases = [(days, True, 1) for days in range(41)] + [(1, False, w) for w in (24, 25, 26)]
    rows = loaded(house, [RawMeasure("decided", "active", []) for _case in cases])
    for row, (days, is_critical, weight) in zip(rows, cases, strict=True):
        given = {"measure": row, "plan_on": today, "acceptor": house.people["sponsor"]}
        late = today + timedelta(days=days)
        for is_late in (True, False):
            Milestone.objects.create(
                **given,
                title="x",
                weight=weight if is_late else 100,
                is_critical=is_critical and is_late,
                forecast_on=late if is_late else today,
            )
    place = Place([house.root.path], tenant, clock_of(tenant, today), Conversion("EUR"))
    wanted = by_rule(rows, place)
    lamps = []
    for one in measure_lights(place):
        light = one.lights[LightName.IMPLEMENTATION]
        assert light == wanted[one.measure_id].light(LightName.IMPLEMENTATION).light
        lamps.append(light.derived)
    assert sorted(set(lamps[:41])) == sorted({G, A, R})
    assert lamps[41:] == [G, G, A]


def test_an_effect_with_its_reference_alone_is_no_headline_to_judge(house: House) -> None:
    """Its measure is judged by what it plans, as if the headline metric were not there."""
    cells = {2026 * 12 + n: Decimal(10) for n in range(12)}
    effect = RawEffect("WORKING_CAPITAL", "EUR", "one_off", "hard", None, cells)
    effect.baselines, effect.forecast = [cells], {month: Decimal(1) for month in cells}
    rows = loaded(house, [RawMeasure("decided", "active", [effect])])
    headline = load_effect(house, rows[0], RawEffect("EBITDA", "EUR", "recurring", "hard", None))
    ValueYear.objects.create(effect=headline, series="reference", year=2026, m01=5)
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    place = Place([house.root.path], tenant, clock_of(tenant), Conversion("EUR"))
    [one] = measure_lights(place)
    assert one.lights[LightName.POTENTIAL].derived is R
    assert one.lights == {name.name: name.light for name in by_rule(rows, place)[rows[0].pk].shown}


def test_an_effect_with_a_month_without_rate_is_judged_in_its_own_currency(house: House) -> None:
    """Of half a year in 2024 nothing is left; judged by 2025 alone, which has a rate, all is."""
    base = {2024 * 12 + 6 + n: Decimal(10) for n in range(12)}
    effect = RawEffect("EBITDA", "USD", "recurring", "hard", None, base, baselines=[base])
    effect.forecast = {month: Decimal(10 if month >= 2025 * 12 else 0) for month in base}
    effect.start = min(base)
    effect.forecast[min(base)] = Decimal(1)  # it begins when it was to begin
    rows = loaded(house, [RawMeasure("decided", "active", [effect])])
    confirmed(house, {"USD": {"2025-01": "3"}})
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    rates = conversion(RateBasis.PLAN, tenant)
    place = Place([house.root.path], tenant, clock_of(tenant, date(2024, 7, 1)), rates)
    [one] = measure_lights(place)
    assert one.lights[LightName.POTENTIAL].derived is R
    [wanted] = by_rule(rows, place).values()
    assert one.lights == {light.name: light.light for light in wanted.shown}
