"""Rows that would change what a gate has frozen are refused at checking time (V2, S2)."""

import pytest

from exchange.choices import ImportState, RowState
from exchange.models import ImportRow
from kpis.choices import Series
from kpis.models import Effect
from kpis.selectors import values_of
from tests.exchange.importing import applied, checked
from tests.houses import House
from tests.kpis.actual_making import changed
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved, stages_open
from tests.plugins.servers import Servers


@pytest.fixture(scope="module", autouse=True)
def _open_stages(servers: Servers, django_db_setup: None):
    with stages_open(servers.migrator_url):
        yield


def _content(code: str, amount: str, kind: str = "recurring") -> bytes:
    head = "code,metric,kind,2026-01"
    return f"{head}\n{code},EBITDA,{kind},{amount}\n".encode()


def _rows(run) -> list[tuple[str, list[str]]]:
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return [(row.state, [finding["code"] for finding in row.findings]) for row in rows]


@pytest.mark.parametrize(
    ("stage", "overlay", "code"),
    [
        ("decided", "", "frozen"),
        ("implemented", "", "frozen"),
        ("closed", "", "measure_closed"),
        ("decided", "cancelled", "measure_cancelled"),
    ],
)
def test_a_frozen_plan_refuses_its_rows(alpha: House, stage: str, overlay: str, code: str) -> None:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "5"})
    moved(alpha, measure, stage, overlay)
    with alpha.active():
        by = alpha.actor("pmo")
        same = checked(_content(measure.code, "5"), "values", by=by)
        assert _rows(same) == [(RowState.UNCHANGED, [])]
        for content in (_content(measure.code, "6"), _content(measure.code, "6", "one_off")):
            run = checked(content, "values", by=by)
            ((state, told),) = _rows(run)
            assert (state, told[0]) == (RowState.REFUSED, code)
            assert set(told[1:]) <= {"edited_here"}


def test_what_was_frozen_since_the_check_writes_nothing(alpha: House) -> None:
    measure = make_planned(alpha)
    effect = add_effect(alpha, measure)
    plan(alpha, effect, {"2026-01": "5"})
    with alpha.active():
        by = alpha.actor("pmo")
        run = checked(_content(measure.code, "6"), "values", by=by)
        assert run.state == ImportState.CHECKED
    moved(alpha, measure, "decided")
    with alpha.active():
        run = applied(run, by=by)
        assert run.state != ImportState.APPLIED
        assert run.failure
        assert [str(a) for a in values_of([effect])[0].series(Series.PLAN).values()] == ["5.0000"]


def test_the_owner_of_an_effect_is_not_imported_as_controller(alpha: House) -> None:
    measure = make_planned(alpha)
    effect: Effect = add_effect(alpha, measure)
    changed(alpha, effect, owner=alpha.people["controller"])
    person = alpha.people["controller"].email
    content = f"code,name,controller\n{measure.code},{measure.name},{person}\n".encode()
    with alpha.active():
        run = checked(content, "measures", by=alpha.actor("pmo"))
        assert [code for code in _rows(run)[0][1] if code == "controller_is_judged"]
