"""Several people and workers at once: one decision, one exception per cause (G8, E1)."""

import pytest

from approvals.exceptions.choices import Category, ExceptionSource, ExceptionState
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.services.opening import Cause, exception_open_for
from governance.errors import Conflict
from tests.approvals.exceptions.opening import asked, decided, fresh, led_by, opened, subject
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_deciders_one_decides(lasting_world: World) -> None:
    house = lasting_world.alpha
    led_by(house, house.package, "executive")
    row = asked(house)
    results = race(
        lambda: decided(house, row, who="sponsor", outcome="pivot"),
        lambda: decided(house, row, who="executive", outcome="accept"),
    )
    lost = errors_in(results)
    assert len(lost) == 1
    assert isinstance(lost[0], Conflict)
    assert lost[0].code in {"exception_decided", "exception_ended"}
    kept = fresh(house, row)
    won = next(one for one in results if isinstance(one, GovernanceException))
    assert (kept.outcome, kept.decided_by_id) == (won.outcome, won.decided_by_id)
    assert kept.version == row.version + 1


def test_one_cause_opens_one_exception_whoever_finds_it(lasting_world: World) -> None:
    house = lasting_world.alpha
    cause = Cause(ExceptionSource.HOLD_REVIEW, "M-1/x", subject(house), Category.SCHEDULE)

    def find() -> GovernanceException | None:
        with house.active():
            return exception_open_for(cause=cause, by=house.system())

    results = race(*[find] * 4)
    assert not errors_in(results)
    assert sum(result is not None for result in results) == 1
    assert find() is None
    with house.active():
        assert GovernanceException.objects.filter(source_key="M-1/x").count() == 1


def test_codes_are_given_out_once(lasting_world: World) -> None:
    house: House = lasting_world.alpha
    about = [opened(house, title=f"First {number}") for number in range(2)]
    results = race(*[lambda row=row: opened(house, title=row.title) for row in about * 2])
    assert not errors_in(results)
    with house.active():
        codes = list(GovernanceException.objects.values_list("code", flat=True))
    assert len(codes) == len(set(codes)) == 6
    assert all(row.state == ExceptionState.OPEN for row in about)
