"""The formulas as the database adds them up, against a second reading of domain.md."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.people.choices import Role
from governance.tenancy.models import Tenant
from kpis.figures.facts import MeasureFacts
from kpis.figures.selectors import clock_of, facts_of_measures
from reporting.conversion import FACTORS, Conversion
from reporting.facts import stage_weights
from reporting.rules import (
    amounts_by_line,
    at_risk,
    degree_by_value,
    leakage_by_line,
    net_by_line,
)
from reporting.selectors import roll_up_by_code
from reporting.value_facts import size_lines, value_lines
from tests.houses import House
from tests.kpis.oracle import formulas
from tests.kpis.oracle.facts import facts_of, month_at
from tests.kpis.oracle.loading import loaded, with_metrics
from tests.kpis.oracle.portfolios import (
    FIRST,
    LARGE,
    LAST,
    Cells,
    RawEffect,
    RawMeasure,
    portfolios,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
POSITIONS = st.integers(FIRST, LAST)
RATES = dict(zip(range(2023, 2028), map(Decimal, ("3", "0.5", "2", "1.25", "7")), strict=True))


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    return in_alpha


def compared(house: House, portfolio: list[RawMeasure], latest: int) -> None:
    """One example, undone afterwards: each currency by itself, and all of them at their rates."""
    with transaction.atomic():
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        rows, bare = loaded(house, portfolio), Conversion(tenant.currency)
        for as_published, measures in ((False, portfolio), (True, published(portfolio))):
            found = facts_of_measures(rows, tenant, as_published=as_published)
            assert [_bare(facts) for facts in found] == [_bare(facts_of(m)) for m in measures]
            _compare(house, measures, latest, bare, as_published=as_published)
            at_rates = at_home(measures)
            _compare(house, at_rates, latest, rated(RATES), as_published=as_published)
        transaction.set_rollback(True)


def rated(rates: dict[int, Decimal]) -> Conversion:
    """One rate for all months of each year."""
    return Conversion(
        "EUR",
        factors=[
            {"currency": "USD", "year": year, "is_last": is_last, **dict.fromkeys(FACTORS, rate)}
            for year, rate in rates.items()
            for is_last in (True, False)
        ],
    )


def published(portfolio: list[RawMeasure]) -> list[RawMeasure]:
    """The same measures as they stood before anything was restated (V4)."""
    return [replace(m, effects=[replace(e, restated={}) for e in m.effects]) for m in portfolio]


def at_home(portfolio: list[RawMeasure]) -> list[RawMeasure]:
    """The same measures as if they had been planned in the tenant's currency."""
    names = ("plan", "forecast", "claimed", "validated", "restated")

    def told(effect: RawEffect) -> RawEffect:
        if effect.currency != "USD":
            return effect
        series = {name: _at_home(getattr(effect, name)) for name in names}
        baselines = [_at_home(cells) for cells in effect.baselines]
        return replace(effect, currency="EUR", baselines=baselines, **series)

    return [replace(m, effects=[told(effect) for effect in m.effects]) for m in portfolio]


def _at_home(cells: Cells) -> Cells:
    return {month: amount * RATES[month // 12] for month, amount in cells.items()}


def _compare(
    house: House,
    portfolio: list[RawMeasure],
    latest: int,
    rates: Conversion,
    *,
    as_published: bool,
) -> None:
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    clock = clock_of(tenant, month_at(latest + 1).first_day, as_published=as_published)
    weights, paths = stage_weights(), [house.root.path]
    lines = value_lines(paths, weights, tenant, clock, rates)
    sizes = size_lines(paths, weights, tenant, clock, rates)
    _same_amounts(lines, portfolio, latest)
    assert degree_by_value(sizes) == formulas.doi_by_value(portfolio)
    assert at_risk(sizes) == {
        kind: sum((formulas.at_risk(m, kind) for m in portfolio), Decimal(0))
        for kind in ("recurring", "one_off")
    }
    nets = {(n.metric, n.unit): (n.all_classes, n.hard_only) for n in net_by_line(lines)}
    assert nets == formulas.net(portfolio)
    assert _flat(leakage_by_line(lines)) == _leaked(portfolio, latest)


def _bare(facts: MeasureFacts) -> MeasureFacts:
    """Without what only the database gives: codes and keys."""
    effects = tuple(replace(e, key=0, unit="") for e in facts.effects)
    return replace(facts, code="", effects=effects)


def _same_amounts(lines: Any, portfolio: list[RawMeasure], latest: int) -> None:
    expected = formulas.four_amounts(portfolio, latest)
    for currency in ("", "EUR", "USD"):
        found = amounts_by_line(line for line in lines if line.currency == currency)
        for metric, kinds in found.items():
            for kind, classes in kinds.items():
                for name, amounts in classes.items():
                    wanted = expected.pop((metric, currency, kind, name))
                    assert {field: getattr(amounts, field) for field in wanted} == wanted
    # What is left has no cells at all.
    assert all(not any(amounts.values()) for amounts in expected.values())


def _flat(leakage: Any) -> dict[tuple[str, str, str], Decimal]:
    return {
        (metric, name, reason.value): amount
        for metric, classes in leakage.items()
        for name, reasons in classes.items()
        for reason, amount in reasons.items()
        if amount
    }


def _leaked(portfolio: list[RawMeasure], latest: int) -> dict[tuple[str, str, str], Decimal]:
    sums: dict[tuple[str, str, str], Decimal] = {}
    for measure in portfolio:
        for effect in measure.effects:
            for reason, amount in (formulas.leakage(measure, effect, latest) or {}).items():
                key = (effect.metric, effect.effect_class, reason)
                sums[key] = sums.get(key, Decimal(0)) + amount
    return {key: amount for key, amount in sums.items() if amount}


@settings(LARGE, max_examples=25)
@given(portfolio=portfolios(), latest=POSITIONS)
def test_the_database_adds_up_as_the_oracle_does(
    house: House, portfolio: list[RawMeasure], latest: int
) -> None:
    compared(house, portfolio, latest)


@pytest.mark.slow
@settings(LARGE, max_examples=400)
@given(portfolio=portfolios(6), latest=POSITIONS)
def test_the_database_adds_up_as_the_oracle_does_at_length(
    house: House, portfolio: list[RawMeasure], latest: int
) -> None:
    compared(house, portfolio, latest)


@settings(LARGE, max_examples=5)
@given(portfolio=portfolios())
def test_a_roll_up_holds_what_the_lines_say(house: House, portfolio: list[RawMeasure]) -> None:
    with transaction.atomic():
        loaded(house, portfolio)
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        by = house.system(*Role)
        whole = roll_up_by_code(house.slug, tenant=tenant, by=by)
        part = roll_up_by_code(house.program.code, tenant=tenant, by=by)
        assert whole.degree_by_count == formulas.doi_by_count(portfolio)
        assert whole.degree_by_value == formulas.doi_by_value(portfolio)
        same = {"code": "", "level": ""}
        assert replace(part, **same) == replace(whole, **same)
        transaction.set_rollback(True)


def falling_short(rejected: set[int]) -> RawMeasure:
    """A decided measure whose forecast is 4 per cent below its baseline of 1 200."""
    cells = {FIRST + n: Decimal(100) for n in range(12)}
    effect = RawEffect("EBITDA", "EUR", "recurring", "hard", None, plan=cells, baselines=[cells])
    effect.forecast = {month: Decimal(96) for month in cells}
    effect.claimed, effect.rejected = {FIRST: Decimal(90)}, rejected
    return RawMeasure("decided", "active", [effect])


def test_a_rejected_claim_puts_value_at_risk(house: House) -> None:
    for rejected, expected in ((set(), 0), ({FIRST}, 48)):
        portfolio = [falling_short(rejected)]
        assert formulas.at_risk(portfolio[0], "recurring") == expected
        compared(house, portfolio, FIRST)


def test_months_without_a_rate_stay_beside_in_every_amount(house: House) -> None:
    """Of 2025 and 2026 the later year alone has a rate, which is 2 (V8)."""
    first = 2025 * 12 + 10
    base = {first + n: Decimal(10) for n in range(12)}
    effect = RawEffect("EBITDA", "USD", "recurring", "hard", None, plan=base, baselines=[base])
    effect.validated = {first + n: Decimal(9) for n in range(3)}
    stand = RawEffect("WORKING_CAPITAL", "USD", "recurring", "hard", None)
    stand.plan = {first + 1: Decimal(4), first + 2: Decimal(8)}
    loaded(house, [RawMeasure("implemented", "active", [effect, stand])])
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    clock = clock_of(tenant, month_at(first + 3).first_day)
    paths, weights = [house.root.path], stage_weights()
    lines = value_lines(paths, weights, tenant, clock, rated({2026: Decimal(2)}))
    found = {(x.metric, x.currency): x for x in lines}
    # What does not add up is converted as a whole or not at all (V1).
    assert sorted(found) == [("EBITDA", "EUR"), ("EBITDA", "USD"), ("WORKING_CAPITAL", "USD")]
    assert found["WORKING_CAPITAL", "USD"].share.value == 6
    expected = {"EUR": (200, 72, 18, 20, 2), "USD": (20, 72, 18, 20, 2)}
    for currency, amounts in expected.items():
        line = found["EBITDA", currency]
        share, leakage = line.share, line.leakage
        assert leakage is not None
        sums = (share.value, share.validated, share.validated_to_date, share.plan_to_date)
        assert (*sums, sum(leakage.values())) == amounts
        assert not share.is_short
    [size] = size_lines(paths, weights, tenant, clock, rated({2026: Decimal(2)}))
    assert size.size == 200


def test_the_portfolio_page_shows_the_four_amounts(house: House) -> None:
    loaded(house, [falling_short(set())])
    page = house.client("executive").get(house.page("portfolio/"))
    [(label, amounts, is_short), _one_off] = page.context["amount_rows"]
    assert (str(label), is_short) == ("Recurring", False)
    assert [amount for amount, _rows in amounts] == [1200, 600, 1200, None, 0, None]
    [net] = page.context["net"]
    assert net["hard_only"] == 12 * 96
    assert page.context["leakage_total"] == 1200
    assert "from idea to proof" in page.content.decode()
