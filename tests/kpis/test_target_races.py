"""Several at once on the same target (H7)."""

from collections.abc import Callable
from functools import partial

import pytest

from governance.errors import Conflict, Invalid
from kpis.models import Target
from kpis.targets.services import target_approve, target_propose, target_refuse
from tests.houses import House, World
from tests.kpis.targeting import draft_of, propose, with_starting_metrics
from tests.racing import errors_in, race

pytestmark = pytest.mark.slow


@pytest.fixture
def house(lasting_world: World) -> House:
    with_starting_metrics(lasting_world.alpha)
    return lasting_world.alpha


def test_of_two_proposals_at_once_one_waits_and_the_other_is_told(house: House) -> None:
    def put(who: str) -> Target:
        by = house.actor(who)
        with house.active():
            return target_propose(node=house.program, draft=draft_of(house), by=by)

    results = race(*(partial(put, who) for who in ("pmo", "head_of_controlling") * 2))
    failed = errors_in(results)
    assert len(failed) == 3
    assert all(isinstance(error, Invalid | Conflict) for error in failed)
    with house.active():
        assert Target.objects.count() == 1


def test_a_target_is_decided_once_however_many_decide(house: House) -> None:
    made = propose(house, house.program)

    def decide(service: Callable[..., Target]) -> Target:
        by = house.actor("head_of_controlling")
        with house.active():
            return service(target=made, remark="So be it.", by=by)

    results = race(*(partial(decide, one) for one in (target_approve, target_refuse) * 2))
    failed = errors_in(results)
    assert len(failed) == 3
    assert {(type(error), error.code) for error in failed} == {(Conflict, "target_not_proposed")}
