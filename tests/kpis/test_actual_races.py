"""Six at once on one claim: one verdict wins; people and owners cannot slip past each other."""

from collections import Counter
from functools import partial

import pytest

from initiatives.models import Measure
from kpis.actuals.models import Claim, Validation
from kpis.models import Effect, ValueHistory
from tests.houses import House, World
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import claim, fresh, named
from tests.kpis.making import add_effect, make_planned
from tests.kpis.staging import moved
from tests.storms import events, storm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


@pytest.fixture
def measure(house: House) -> Measure:
    return named(house, make_planned(house), controller="controller")


@pytest.fixture
def decided(house: House, measure: Measure) -> Effect:
    effect = add_effect(house, measure)
    moved(house, measure, "decided")
    return effect


def test_of_six_verdicts_on_a_claim_exactly_one_counts(
    house: House, measure: Measure, decided: Effect
) -> None:
    path = f"effects/{decided.public_id}/validations/"
    callers = [house.caller(n) for n in ("controller", "head_of_controlling") * 3]
    for month in ("2020-01", "2020-02", "2020-03"):
        claim(house, decided, {month: "5"})
        body = {"month": month, "outcome": "validated"}
        found = storm(partial(caller.post, path, body) for caller in callers)
        assert found == Counter({200: 1, 409: 5})
    with house.active():
        assert Validation.objects.filter(effect=decided).count() == 3
        told = ValueHistory.objects.filter(effect_public_id=decided.public_id)
        assert told.filter(series="actual_validated").count() == 3
    assert events(house, "actual.validated", measure.code) == 3


def test_batches_over_the_same_claims_judge_each_once(
    house: House, measure: Measure, decided: Effect
) -> None:
    """Whatever order they name the lines in: nothing locks up, and every claim has one verdict."""
    moved(house, measure, "detailed")
    effects = [decided, *(add_effect(house, measure) for _number in range(4))]
    moved(house, measure, "decided")
    for effect in effects:
        claim(house, effect, {"2020-01": "5"})
    lines = [
        {"effect": str(effect.public_id), "month": "2020-01", "outcome": "validated"}
        for effect in effects
    ]
    bodies = [{"verdicts": lines}, {"verdicts": lines[::-1]}] * 3
    callers = [house.caller(n) for n in ("controller", "head_of_controlling") * 3]
    senders = [
        partial(caller.post, "validations/", body)
        for caller, body in zip(callers, bodies, strict=True)
    ]
    assert storm(senders) == Counter({200: 6})
    with house.active():
        assert Validation.objects.filter(month="2020-01-01").count() == len(effects)
    assert events(house, "actual.validated", measure.code) == len(effects)


def test_a_claim_and_a_verdict_at_once_leave_no_unseen_amount(
    house: House, decided: Effect
) -> None:
    owner, controller = house.caller("owner"), house.caller("controller")
    for month in ("2020-01", "2020-02", "2020-03", "2020-04"):
        claim(house, decided, {month: "5"})
        tag = {"If-Match": f'"{fresh(house, decided).version}"'}
        cells = {"series": "actual_claimed", "cells": {month: "6"}}
        verdict = {"month": month, "outcome": "validated", "claimed": "5"}
        found = storm(
            [
                partial(owner.put, f"effects/{decided.public_id}/cells/", cells, **tag),
                partial(controller.post, f"effects/{decided.public_id}/validations/", verdict),
            ]
        )
        assert found[200] == 1, found
        with house.active():
            given = Validation.objects.filter(effect=decided, month=f"{month}-01").count()
            claims = Claim.objects.filter(effect=decided, month=f"{month}-01").count()
        assert (given, claims) in {(1, 1), (0, 2)}


def test_controller_and_effect_owner_cannot_become_one(house: House, measure: Measure) -> None:
    """S2 from both sides at once: whoever comes second is refused.

    Before T2, for afterwards a decision alone changes the controller (S11).
    """
    effect = add_effect(house, measure)
    pmo, finance = house.caller("pmo"), house.caller("controller")
    person = house.people["head_of_controlling"].email
    for _turn in range(4):
        version, seen = reloaded(house, measure).version, fresh(house, effect).version
        found = storm(
            [
                partial(
                    pmo.patch,
                    f"effects/{effect.public_id}/",
                    {"owner": person},
                    **{"If-Match": f'"{seen}"'},
                ),
                partial(
                    finance.patch,
                    f"measures/{measure.code}/",
                    {"controller": person},
                    **{"If-Match": f'"{version}"'},
                ),
            ]
        )
        assert found == Counter({200: 1, 422: 1})
        _reset(house, measure, effect)


def _reset(house: House, measure: Measure, effect: Effect) -> None:
    row = fresh(house, effect)
    if row.owner_id is not None:
        tag = {"If-Match": f'"{row.version}"'}
        house.caller("pmo").patch(f"effects/{row.public_id}/", {"owner": None}, **tag)
    else:
        named(house, measure, controller="controller")
