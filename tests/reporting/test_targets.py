"""Targets beside what is bankable: in roll-ups and on pages (H7)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings

from governance.tenancy.models import Tenant
from governance.tree.models import Node
from kpis.rates.choices import RateBasis
from kpis.targets.selectors import targets_at
from reporting.conversion import conversion
from reporting.selectors import roll_up_by_code
from reporting.target_facts import bankable_of
from reporting.targets import with_gaps
from tests.houses import House
from tests.kpis.oracle.loading import loaded, with_metrics
from tests.kpis.oracle.portfolios import LARGE, SEEDS, RawEffect, RawMeasure, portfolios
from tests.kpis.targeting import propose, set_target
from tests.reporting.lighting import move_to, packages, spread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
START = 2026 * 12


def raw(amount: int, effect_class: str = "hard", currency: str = "EUR") -> RawMeasure:
    cells = {START + n: Decimal(amount) for n in range(12)}
    effect = RawEffect("EBITDA", currency, "recurring", effect_class, None, cells)
    effect.baselines, effect.forecast = [cells], cells
    return RawMeasure("decided", "active", [effect])


@pytest.fixture
def house(alpha: House) -> House:
    with alpha.active():
        with_metrics(alpha)
    return alpha


@pytest.fixture
def funded(house: House) -> House:
    """Below the first program 1 200 hard and 600 avoided are bankable, below the second 240."""
    with house.active():
        places = packages(house)
        rows = loaded(house, [raw(100), raw(50, "avoidance"), raw(20)])
        move_to(house, rows[2:], places[2])
    return house


def roll_up_of(house: House, node: Node) -> Any:
    answer = house.caller("executive").get(f"roll-ups/{node.code}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_gap_of_a_roll_up_is_target_minus_bankable(funded: House) -> None:
    set_target(funded, funded.program, "2000")
    set_target(funded, funded.program, "50", kind="one_off")
    body = roll_up_of(funded, funded.program)
    bankable = body["headline"]["recurring"]["bankable"]
    assert bankable == "1800"
    assert body["targets"]["EBITDA"]["recurring"]["2026"] == {
        "target": "2000",
        "currency": "EUR",
        "number": 1,
        "gap_owner": {
            "email": funded.people["owner"].email,
            "name": funded.people["owner"].name,
        },
        "bankable": "1800",
        "gap": "200",
        "bankable_hard": "1200",
        "gap_hard": "800",
        "below": None,
        "difference": None,
    }
    assert body["targets"]["EBITDA"]["one_off"]["2026"]["gap"] == "50"


def test_the_children_are_told_beside_the_whole(funded: House) -> None:
    set_target(funded, funded.portfolio, "3000")
    set_target(funded, funded.program, "2000")
    set_target(funded, funded.other_program, "500")
    set_target(funded, funded.project, "9999")  # not right below
    line = roll_up_of(funded, funded.portfolio)["targets"]["EBITDA"]["recurring"]["2026"]
    assert (line["below"], line["difference"], line["gap"]) == ("2500", "500", "960")
    with funded.active():
        tenant = Tenant.objects.get(pk=funded.tenant.pk)
        below = targets_at([funded.portfolio.pk], tenant)
        found = with_gaps(below, tenant)
    assert {one.target.node.code: one.gap.missing for one in found} == {
        funded.portfolio.code: 960,
        funded.program.code: 200,
        funded.other_program.code: 260,
    }
    # A node of which only children have a target tells them.
    root = roll_up_of(funded, funded.root)["targets"]["EBITDA"]["recurring"]["2026"]
    assert (root["target"], root["gap"], root["below"]) == (None, None, "3000")


def test_a_proposal_changes_no_roll_up(funded: House) -> None:
    propose(funded, funded.program, "2000")
    assert roll_up_of(funded, funded.program)["targets"] == {}


def compared(house: House, portfolio: list[RawMeasure], seed: int) -> None:
    places = packages(house)
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    today = tenant.created_at.date()
    spread(house, portfolio, places, today, seed)
    nodes = [house.root, house.portfolio, house.program, house.other_program, *places]
    rates = conversion(RateBasis.PLAN, tenant)
    table = bankable_of({node.pk: node.path for node in nodes}, tenant, rates)
    by = house.actor("executive")
    for node in nodes:
        amounts = roll_up_by_code(node.code, tenant=tenant, by=by).amounts
        for metric, kinds in amounts.items():
            for kind in ("recurring", "one_off"):
                classes = kinds.get(kind, {})
                found = table.at(node.pk, metric, kind)
                assert found.all_classes == sum(one.bankable for one in classes.values())
                assert found.hard == (classes["hard"].bankable if "hard" in classes else 0)


@settings(LARGE, max_examples=10)
@given(portfolio=portfolios(6), seed=SEEDS)
def test_many_places_at_once_are_as_bankable_as_each(
    in_alpha: House, portfolio: list[RawMeasure], seed: int
) -> None:
    with transaction.atomic():
        with_metrics(in_alpha)
        compared(in_alpha, portfolio, seed)
        transaction.set_rollback(True)
