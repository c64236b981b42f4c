"""Two imports of one file at the same time."""

from exchange.cost_savings.report import Report, State
from exchange.cost_savings.services import SourceFile, cost_savings_import
from governance.people.choices import Role
from initiatives.models import Measure
from tests.exchange.samples import item, records
from tests.houses import World
from tests.racing import errors_in, race


def test_two_imports_at_once_create_every_measure_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    by = house.system(Role.PMO)
    source = SourceFile("f.json", "0" * 64, records(item(), item(strategyId=8)))

    def run() -> Report:
        with house.active():
            return cost_savings_import(source=source, portfolio="Savings", by=by)

    reports = race(run, run)
    assert errors_in(reports) == []
    assert sorted(report.count(State.CREATED) for report in reports) == [0, 2]
    assert sorted(report.count(State.UNCHANGED) for report in reports) == [0, 2]
    with house.active():
        assert Measure.objects.count() == 2
