"""Rows that mean one thing by two names, and things that only look like one: nothing is lost."""

import json
from datetime import date
from decimal import Decimal

import pytest

from exchange.choices import ImportState
from exchange.models import Import, ImportRow
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tree.models import Node
from initiatives.models import Measure, StatusReport
from kpis.indicators.models import Kpi, KpiPeriod
from kpis.models import Effect
from kpis.rules import Month
from kpis.selectors import values_of
from tests.exchange.importing import applied, checked
from tests.exchange.test_import_rows import said, states, table
from tests.houses import House


@pytest.fixture
def by(in_alpha: House) -> Actor:
    return in_alpha.actor("pmo")


@pytest.fixture
def known(in_alpha: House, by: Actor) -> Measure:
    """A measure that an import brought: known by its code and by its external id."""
    content = table("external_id,name,project", f"A,One,{in_alpha.project.code}")
    applied(checked(content, "measures", by=by), by=by)
    return Measure.objects.get()


def plans() -> list[tuple[str, str, dict[Month, Decimal]]]:
    effects = Effect.objects.select_related("measure").order_by("id")
    return [
        (v.effect.effect_class, v.effect.currency, v.series("plan")) for v in values_of(effects)
    ]


def brought(content: bytes, profile: str, by: Actor, **options: str) -> Import:
    run = checked(content, profile, by=by, **options)
    run = applied(run, by=by, leaves_out_refused=True)
    assert run.state == ImportState.APPLIED, run.failure
    return run


def test_a_measure_named_by_code_and_by_external_id_is_one(by: Actor, known: Measure) -> None:
    run = brought(
        table("code,external_id,name", f"{known.code.lower()},,Uno", ",A,Dos"), "measures", by
    )
    assert states(run) == ["change", "refused"]
    assert "2" in said(run, 3)[""]
    assert Measure.objects.get().name == "Uno"


def test_cells_named_in_different_ways_are_one_cell(by: Actor, known: Measure) -> None:
    run = brought(
        table(
            "code,external_id,metric,month,amount",
            f"{known.code},,COST,2026-01,1",
            ",A,COST,2026-01,2",
            ",A,cost,2026-02,3",
            f"{known.code},,Cost,2026-02,4",
        ),
        "values",
        by,
    )
    assert states(run) == ["change", "refused", "change", "refused"]
    assert [cells for *_effect, cells in plans()] == [{Month(2026, 1): 1, Month(2026, 2): 3}]


def test_one_effect_is_planned_once_however_its_metric_is_spelled(
    by: Actor, known: Measure
) -> None:
    content = table("external_id,metric,2026-01", "A,COST,1", "A,cost,2")
    assert states(brought(content, "values", by)) == ["change", "refused"]
    again = brought(content.replace(b",1", b",10"), "values", by)
    assert states(again) == ["change", "refused"]
    assert [cells for *_effect, cells in plans()] == [{Month(2026, 1): 10}]


def test_effects_of_two_classes_and_currencies_stay_two(by: Actor, known: Measure) -> None:
    content = table(
        "external_id,metric,class,currency,2026-01",
        "A,COST,hard,EUR,1",
        "A,COST,avoidance,EUR,2",
        "A,COST,hard,USD,3",
    )
    assert states(brought(content, "values", by)) == ["change"] * 3
    assert plans() == [
        ("avoidance", "EUR", {Month(2026, 1): 2}),
        ("hard", "EUR", {Month(2026, 1): 1}),
        ("hard", "USD", {Month(2026, 1): 3}),
    ]
    assert states(checked(content, "values", by=by)) == ["unchanged"] * 3
    edited = checked(content.replace(b"EUR,2", b"EUR,5"), "values", by=by)
    assert states(edited) == ["unchanged", "change", "unchanged"]
    applied(edited, by=by)
    assert plans()[0] == ("avoidance", "EUR", {Month(2026, 1): 5})


def test_an_amount_in_another_currency_is_not_written_into_the_effect(
    by: Actor, known: Measure
) -> None:
    brought(table("external_id,metric,currency,2026-01", "A,COST,EUR,1"), "values", by)
    run = checked(table("external_id,metric,currency,2026-01", "A,COST,USD,2"), "values", by=by)
    assert states(run) == ["refused"]
    assert "EUR" in said(run, 2)[""]


@pytest.mark.parametrize(
    ("headings", "profile", "mapping", "at"),
    [
        ("external_id,name,Jan 2026,2026-01", "measures", {}, "column-3"),
        ("external_id,name,Jan 2026,What", "measures", {"3": "months"}, "column-3"),
        ("external_id,month,amount,2026-01", "values", {}, "column-1"),
    ],
)
def test_columns_that_would_overwrite_each_other_are_refused(
    by: Actor, headings: str, profile: str, mapping: dict[str, str], at: str
) -> None:
    with pytest.raises(Invalid) as caught:
        checked(table(headings, "A,B,1,2"), profile, by=by, mapping=mapping)
    assert list(caught.value.errors) == [at]


def test_an_amount_spread_beyond_the_months_there_are_is_refused(in_alpha: House, by) -> None:
    content = table(
        "external_id,name,project,planned_start,planned_end,amount",
        f"A,One,{in_alpha.project.code},1980-01-01,1999-12-31,1000",
    )
    run = checked(content, "measures", by=by)
    assert states(run) == ["refused"]
    assert "1990-01" in said(run, 2)[""]


def test_letters_with_accents_are_the_same_however_they_are_composed(in_alpha: House, by) -> None:
    head = "external_id,name,program,project"
    parts = f"{in_alpha.program.code},Mu\u0308ller"
    brought(table(head, f"Mu\u0308ller,Fu\u0308r,{parts}"), "measures", by)
    Measure.objects.update(name="Fu\u0308r")
    Node.objects.filter(name="M\u00fcller").update(name="Mu\u0308ller")
    parts = f"{in_alpha.program.code},M\u00fcller"
    run = brought(table(head, f"M\u00fcller,F\u00fcr,{parts}", f"B,New,{parts}"), "measures", by)
    assert states(run) == ["unchanged", "create"]
    assert Node.objects.filter(name="Mu\u0308ller", is_default=False).count() == 1


def test_long_names_and_ids_are_told_apart_by_their_ends(in_alpha: House, by: Actor) -> None:
    external, effect, goal = "x" * 150, "n" * 200, "g" * 199
    content = table("external_id,name,project", f"{external},One,{in_alpha.project.code}")
    brought(content, "measures", by)
    lines = [f"{external},COST,{effect},2026-0{month},{month}" for month in (1, 2)]
    brought(table("external_id,metric,effect_name,month,amount", *lines), "values", by)
    assert [cells for *_effect, cells in plans()] == [{Month(2026, 1): 1, Month(2026, 2): 2}]
    brought(
        table("name,goal,period,target", f"One,{goal},2026,1", f"Two,{goal},2026,2"), "kpis", by
    )
    assert set(Kpi.objects.values_list("name", flat=True)) == {"One", "Two"}


def test_an_id_that_is_much_too_long_refuses_its_row(in_alpha: House, by: Actor) -> None:
    content = table("external_id,name,project", f"{'x' * 9000},One,{in_alpha.project.code}")
    assert states(checked(content, "measures", by=by)) == ["refused"]


def test_a_figure_that_two_rows_state_is_taken_from_the_first(by: Actor) -> None:
    content = table(
        "name,goal,period,target,actual,type,value",
        "One,G,2026,1,,,",
        "One,G,2026,,,target,5",
        "One,G,2026-01,9,,,",
        "One,G,2026,,7,,",
        "One,G,2027,,7,actual,8",
    )
    run = brought(content, "kpis", by)
    assert states(run) == ["create", "refused", "refused", "create", "refused"]
    period = KpiPeriod.objects.get()
    assert (period.target, period.actual) == (1, 7)


def test_a_measure_has_one_plan_and_one_status_a_day(in_alpha: House, by: Actor) -> None:
    content = table(
        "id,parent,title,text,rating",
        "1,,Field,,",
        "2,1,Measure,,",
        "3,2,Plan,first,",
        "4,2,Idea,second,",
        "5,2,Status 2021,good,green",
        "6,2,Report 2021,bad,red",
    )
    options = {"place": in_alpha.project.code, "as_of": "2022-01-01"}
    run = brought(content, "outline", by, **options)
    assert states(run)[2:] == ["create", "refused", "create", "refused"]
    assert Measure.objects.get().description == "first"
    report = StatusReport.objects.get()
    assert (report.commentary, report.reported_on) == ("good", date(2021, 12, 31))


def test_characters_no_database_keeps_refuse_their_row_alone(in_alpha: House, by: Actor) -> None:
    place = in_alpha.project.code
    rows = [
        {"external_id": "A", "name": "\U0001f600 \u202eabc", "project": place},
        {"external_id": "B", "name": "x\ud800y", "project": place},
        {"external_id": "C", "name": "x\u0000y", "project": place},
        {"external_id": "D", "name": "Day", "project": place, "planned_start": "\ud800\u0000"},
    ]
    run = checked(json.dumps(rows).encode(), "measures", by=by, name="rows.json")
    assert states(run) == ["create", "refused", "refused", "refused"]
    assert ImportRow.objects.filter(run=run).count() == len(rows)


def test_the_code_of_a_place_makes_no_new_place_of_that_name(in_alpha: House, by: Actor) -> None:
    code, count = in_alpha.project.code, Node.objects.count()
    run = checked(
        table(
            "external_id,name,program,project",
            f"A,One,{in_alpha.other_program.code},{code}",
            f"B,Two,{in_alpha.program.code.lower()},{code.lower()}",
            f"C,Three,{in_alpha.program.code},PJ-4711",
        ),
        "measures",
        by=by,
    )
    assert states(run) == ["refused", "create", "refused"]
    assert code in said(run, 2)[""]
    applied(run, by=by, leaves_out_refused=True)
    assert Node.objects.count() == count


def test_an_id_as_our_lists_tell_it_names_the_measure_without_its_code(
    by: Actor, known: Measure
) -> None:
    run = checked(
        table("external_id,name,project", f"{known.source_key},One,PJ-0001", "A,Two,PJ-0001"),
        "measures",
        by=by,
    )
    assert states(run) == ["unchanged", "refused"]
