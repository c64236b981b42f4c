"""Tenants that can have nothing overdue are left alone, every other one is visited."""

import pytest

from approvals.escalations.services.running import Ran
from approvals.tasks import run_escalations
from governance.events.services import tenants_with_work
from governance.people.actor import Actor
from tests.approvals.escalations.desk import desk_of
from tests.approvals.exceptions.opening import opened
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.kpis.conftest import open_stages
from tests.kpis.staging import moved

__all__ = ["open_stages"]


def works(house: House, queue: str = "escalations") -> bool:
    return house.tenant.pk in tenants_with_work(queue)


@pytest.mark.django_db
@pytest.mark.usefixtures("open_stages")
def test_measures_exceptions_and_what_is_still_open_are_work(alpha: House) -> None:
    assert not works(alpha)
    measure = make_measure(alpha)
    assert works(alpha)
    moved(alpha, measure, overlay="cancelled")
    assert not works(alpha)
    with desk_of(alpha) as desk, alpha.active():
        desk.owe()
        desk.run("2026-03-05 00:01")
        assert works(alpha)
        desk.settle("one")
        desk.run("2026-03-05 00:02")
    assert not works(alpha)


@pytest.mark.django_db
@pytest.mark.usefixtures("open_stages")
def test_an_exception_alone_is_work(alpha: House) -> None:
    measure = make_measure(alpha)
    opened(alpha, measure)
    moved(alpha, measure, overlay="cancelled")
    assert works(alpha)


@pytest.mark.django_db
@pytest.mark.usefixtures("open_stages")
def test_closed_measures_have_value_to_sustain(alpha: House) -> None:
    measure = make_measure(alpha)
    assert not works(alpha, "sustain")
    moved(alpha, measure, "closed")
    assert works(alpha, "sustain")


@pytest.mark.django_db(transaction=True)
def test_the_task_visits_those_with_work_alone(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, beta = lasting_world.alpha, lasting_world.beta
    make_measure(alpha)
    visited: list[int] = []

    def note(by: Actor) -> Ran:
        visited.append(by.tenant_id)
        return Ran()

    monkeypatch.setattr("approvals.tasks.escalations_run", note)
    run_escalations()
    assert alpha.tenant.pk in visited
    assert beta.tenant.pk not in visited
