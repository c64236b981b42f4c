"""At once: a claim and the lock of its month, two words on one restatement (V4, S8)."""

from collections import Counter
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from kpis.actuals.models import Claim
from kpis.models import Effect
from kpis.periods.models import Period
from kpis.periods.selectors import share_periods
from kpis.periods.services import period_lock
from kpis.restatements.models import Restatement
from tests.houses import House, World
from tests.kpis.actual_making import fresh, now
from tests.kpis.settling import decided_effect, settled
from tests.kpis.test_restatements import lock, propose
from tests.racing import race
from tests.storms import storm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("open_stages")]
FAR = {"claim_day": 60, "validation_day": 60}


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


@pytest.fixture
def effect(house: House) -> Effect:
    settled(house, closes_from=now(house, back=2), **FAR)
    return decided_effect(house)


def test_nobody_locks_a_month_while_somebody_claims_or_judges(house: House) -> None:
    """The lock waits for whoever has asked whether the month is open."""
    settled(house, closes_from=now(house, back=2), **FAR)

    def impatient() -> Period:
        with house.active():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            return period_lock(month=now(house, back=2), by=house.actor("controller"))

    with house.active(), transaction.atomic():
        share_periods()
        [found] = race(impatient)
    assert isinstance(found, OperationalError)
    [done] = race(impatient)
    assert isinstance(done, Period)


def test_a_claim_and_the_lock_of_its_month_at_once(house: House, effect: Effect) -> None:
    month = now(house, back=2)
    tag = {"If-Match": f'"{fresh(house, effect).version}"'}
    cells = {"series": "actual_claimed", "cells": {str(month): "6"}}
    owner, finance = house.caller("owner"), house.caller("controller")
    found = storm(
        [
            partial(owner.put, f"effects/{effect.public_id}/cells/", cells, **tag),
            partial(finance.post, f"periods/{month}/lock/", {}),
        ]
    )
    assert found in (Counter({200: 2}), Counter({200: 1, 409: 1}))
    with house.active():
        assert Claim.objects.filter(effect=effect).count() == found[200] - 1
        assert Period.objects.get(month=month.first_day).state == "locked"


def test_of_four_words_on_a_restatement_one_counts(house: House, effect: Effect) -> None:
    lock(house, now(house, back=2))
    row = propose(house, effect)
    callers = [house.caller(n) for n in ("second_finance", "head_of_controlling")]
    words = ("approve", "refuse")
    found = storm(
        partial(caller.post, f"restatements/{row.public_id}/{word}/", {})
        for caller in callers
        for word in words
    )
    assert found == Counter({200: 1, 409: 3})
    with house.active():
        assert Restatement.objects.get(pk=row.pk).state in {"approved", "refused"}
