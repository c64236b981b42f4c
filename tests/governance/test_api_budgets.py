"""How many queries a call costs: the same with one row as with thirty."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_create
from kpis.choices import EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Metric
from kpis.services import EffectDraft, effect_create, values_write
from tests.houses import ApiCaller, House

# The tenant, the token with its person, and the grants.
WHO_ASKS = 3
# The lists, and how many queries each may take beyond saying who asks.
BUDGETS = {
    # With the open requests and conditions of all of them.
    "measures/?limit=500": 10,
    "measures/?limit=500&q=measure&ordering=-value&stage=identified&missing=any": 11,
    "portfolios/?limit=500": 2,
    "programs/?limit=500": 2,
    "projects/?limit=500&q=project": 3,
    "measure-packages/?limit=500": 2,
    "metrics/": 2,
    "measures/{measure}/effects/": 3,
    "measures/{measure}/history/": 2,
    "measures/{measure}/": 10,
}


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


@pytest.fixture
def measure(alpha: House) -> Measure:
    by = alpha.system(Role.PMO)
    with alpha.active():
        metric_create(draft=STARTING_METRICS[0], by=by)
        return measure_create(package=alpha.package, draft=MeasureDraft("Measure"), by=by)


def furnish(house: House, measure: Measure, count: int) -> None:
    """So many more nodes of each level, measures with people, and effects with months."""
    by = house.system(Role.PMO)
    people = {"owner": house.people["owner"], "sponsor": house.people["sponsor"]}
    coded = {"business_unit": house.unit, "function": house.function, "forum": house.forum}
    with house.active():
        line = EffectDraft(Metric.objects.get(), EffectKind.RECURRING)
        for number in range(count):
            parent = house.root
            for level in (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE):
                draft = NodeDraft(level, f"{level.label} {number}", **people)
                parent = level_create(parent=parent, draft=draft, by=by)
            draft = MeasureDraft(f"Measure {number}", **people, **coded)
            measure_create(package=parent, draft=draft, by=by)
            effect = effect_create(measure=measure, draft=line, by=by)
            cells = {"2026-01": "1", "2027-01": "1"}
            values_write(effect=effect, series=Series.PLAN, cells=cells, seen_version=1, by=by)


def counted(call: Callable[[], Any]) -> tuple[int, int]:
    """Number of queries that read tables other than the cache's, and of rows answered."""
    with CaptureQueriesContext(connection) as queries:
        answer = call()
    assert answer.status_code == 200, answer.content
    found = [query["sql"] for query in queries if " FROM " in query["sql"]]
    return (
        len([sql for sql in found if "cache_entry" not in sql]),
        len(answer.json().get("results", [1])),
    )


def test_lists_cost_the_same_with_one_row_and_with_thirty(
    alpha: House, pmo: ApiCaller, measure: Measure
) -> None:
    paths = {path: path.format(measure=measure.code) for path in BUDGETS}
    furnish(alpha, measure, 1)
    few = {name: counted(partial(pmo.get, path)) for name, path in paths.items()}
    furnish(alpha, measure, 29)
    many = {name: counted(partial(pmo.get, path)) for name, path in paths.items()}
    assert {name: cost for name, (cost, _rows) in many.items()} == {
        name: cost for name, (cost, _rows) in few.items()
    }
    assert {name: cost - WHO_ASKS for name, (cost, _rows) in few.items()} == BUDGETS
    grown = {name for name in BUDGETS if many[name][1] >= few[name][1] + 29}
    assert grown == set(BUDGETS) - {"metrics/", "measures/{measure}/"}
