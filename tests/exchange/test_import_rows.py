"""What single cells and rows come to: good notations, bad input, remarks by row and column."""

from datetime import date
from decimal import Decimal

import pytest

from exchange.choices import ImportState
from exchange.findings import Finding
from exchange.models import Import, ImportRow
from governance.tree.models import Node
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from kpis.models import Effect
from kpis.selectors import values_of
from tests.exchange.importing import applied, checked
from tests.houses import House, World


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def said(run: Import, number: int) -> dict[str, str]:
    """The remarks on a row: column to text."""
    row = ImportRow.objects.get(run=run, number=number)
    return {f["column"]: Finding.from_data(f).text for f in row.findings}


def states(run: Import) -> list[str]:
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return list(rows.values_list("state", flat=True))


def test_a_plain_list_becomes_measures_in_their_places(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    run = checked(
        table(
            "ID;Title;Program;Project;Owner;Start;End;2026-01;2026-02",
            "A1;Bündeln;New program;First;owner@alpha.example;1.2.2026;31.12.2026;1.000,5;2.000,25",
            "A2;Second one;New program;First;Owner;2026-02-01;;;",
        ),
        "measures",
        by=by,
        place=in_alpha.portfolio.code,
    )
    assert run.counts["create"] == 2, list(ImportRow.objects.values_list("findings"))
    run = applied(run, by=by)
    measure = Measure.objects.select_related("package__parent__parent").get(name="Bündeln")
    assert measure.owner_id == in_alpha.people["owner"].pk
    assert (measure.planned_start, measure.planned_end) == (date(2026, 2, 1), date(2026, 12, 31))
    assert measure.stage == "identified"
    assert [n.name for n in (measure.package.parent, measure.package.parent.parent)] == [
        "First",
        "New program",
    ]
    assert measure.package.is_default
    plan = values_of(Effect.objects.filter(measure=measure))[0].total("plan")
    assert plan == Decimal("3000.75")
    assert measure.value_minor == 30_007_500


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1234.56", "1234.56"),
        ('"1,234.56"', "1234.56"),
        ('"1.234,56"', "1234.56"),
        ("1 234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("€1234.56", "1234.56"),
        ("(1234.56)", "-1234.56"),
        ("\u22121234.56", "-1234.56"),
    ],
)
def test_money_is_read_in_many_notations(in_alpha: House, cell: str, amount: str) -> None:
    by = in_alpha.actor("pmo")
    content = table("external_id,name,project,2026-01", f"A,Name,{in_alpha.project.code},{cell}")
    applied(checked(content, "measures", by=by), by=by)
    assert values_of(Effect.objects.all())[0].total("plan") == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("about a million", "number"),
        ("1e30", "number"),
        ("12%", "per"),
        ("1.234", "decimal sign"),
        ("1234567890123456789", "large"),
        ("1.23456", "decimals"),
    ],
)
def test_what_is_no_amount_is_refused_at_its_cell(in_alpha: House, cell: str, words: str) -> None:
    by = in_alpha.actor("pmo")
    content = table("external_id,name,project,2026-01", f"A,Name,{in_alpha.project.code},{cell}")
    run = checked(content, "measures", by=by)
    assert states(run) == ["refused"]
    assert words in said(run, 2)["2026-01"]


@pytest.mark.parametrize(("sign", "amount"), [(",", "1234"), (".", "1.234")])
def test_what_the_numbers_leave_open_is_said_for_the_file(
    in_alpha: House, sign: str, amount: str
) -> None:
    by = in_alpha.actor("pmo")
    content = table(
        "external_id,name,project,metric,2026-01", f"A,Name,{in_alpha.project.code},COST,1.234"
    )
    run = applied(checked(content, "measures", by=by, decimal_sign=sign), by=by)
    assert run.state == ImportState.APPLIED, run.failure
    assert values_of(Effect.objects.all())[0].total("plan") == Decimal(amount)


def test_no_value_words_say_nothing_and_are_told(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    content = table("external_id,name,project,2026-01", f"A,Name,{in_alpha.project.code},n/a")
    run = checked(content, "measures", by=by)
    assert states(run) == ["create"]
    assert "n/a" in said(run, 2)["2026-01"]


def test_a_formula_in_a_text_stays_a_text(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    name = "=cmd|' /C calc'!A0"
    content = table("external_id,name,project", f"A,{name},{in_alpha.project.code}")
    applied(checked(content, "measures", by=by), by=by)
    assert Measure.objects.get().name == name


def test_the_apostrophe_of_our_own_exports_is_taken_back(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    content = table("external_id,name,project", f"A,'=1+1,{in_alpha.project.code}")
    applied(checked(content, "measures", by=by), by=by)
    assert Measure.objects.get().name == "=1+1"


def test_a_row_that_repeats_another_is_refused_and_names_it(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    place = in_alpha.project.code
    run = checked(
        table("external_id,name,project", f"A,One,{place}", f"B,Two,{place}", f"A,Three,{place}"),
        "measures",
        by=by,
    )
    assert states(run) == ["create", "create", "refused"]
    assert "2" in said(run, 4)[""]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("owner", "nobody@alpha.example"),
        ("owner", "owner@beta.example"),
        ("business_unit", "BU9"),
        ("controller", "controller@alpha.example"),
        ("planned_start", "31.02.2026"),
        ("planned_start", "soon"),
        ("planned_start", "01/02/2026"),
        ("name", ""),
        ("name", "x" * 201),
        ("code", "M-999999"),
        ("metric", "NONSENSE"),
        ("kind", "sideways"),
    ],
)
def test_bad_cells_are_refused_by_row_and_column(in_alpha: House, column: str, cell: str) -> None:
    by = in_alpha.actor("pmo")
    given = {"external_id": "A", "name": "Name", "project": in_alpha.project.code, "2026-01": "1"}
    given[column] = cell
    run = checked(table(",".join(given), ",".join(given.values())), "measures", by=by)
    assert states(run) == ["refused"]
    assert run.counts == {
        "create": 0,
        "change": 0,
        "unchanged": 0,
        "skipped": 0,
        "refused": 1,
        "warnings": 0,
    }


def test_places_of_another_tenant_do_not_exist(world: World) -> None:
    with world.alpha.active():
        by = world.alpha.actor("pmo")
        foreign = Node.objects.get(pk=world.alpha.project.pk).code
        content = table("external_id,name,project", "A,Name,PJ-4711", f"B,Name,{foreign}")
        run = checked(content, "measures", by=by)
        assert states(run) == ["refused", "create"]


def test_somebody_of_a_part_imports_into_that_part_alone(in_alpha: House) -> None:
    by = in_alpha.actor("narrow")
    content = table(
        "external_id,name,program,project",
        f"A,Inside,{in_alpha.other_program.code},New",
        f"B,Outside,{in_alpha.program.code},New",
    )
    run = checked(content, "measures", by=by)
    assert states(run) == ["create", "refused"]


def test_values_by_month_come_wide_and_long_and_land_in_the_same_cells(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    measure = measure_create(package=in_alpha.package, draft=MeasureDraft("Known"), by=by)
    wide = table("code,metric,Jan 2026,Feb 2026", f"{measure.code},COST,100.5,200")
    applied(checked(wide, "values", by=by), by=by)
    long = table(
        "code,metric,month,amount",
        f"{measure.code},COST,2026-01,100.5",
        f"{measure.code},COST,2026-02,250",
        f"{measure.code},COST,2026-03,300",
    )
    run = checked(long, "values", by=by)
    assert states(run) == ["unchanged", "change", "change"]
    run = applied(run, by=by)
    assert run.state == ImportState.APPLIED, run.failure
    assert values_of(Effect.objects.all())[0].total("plan") == Decimal("650.5")
    assert Effect.objects.count() == 1


def test_an_import_sets_no_stage_and_moves_nothing(in_alpha: House) -> None:
    """G1: no column leads round a gate; H2: a place in the file moves no measure."""
    by = in_alpha.actor("pmo")
    measure = measure_create(package=in_alpha.package, draft=MeasureDraft("Known"), by=by)
    content = table(
        "code,name,stage,overlay,program,project",
        f"{measure.code},Known,closed,cancelled,{in_alpha.other_program.code},Elsewhere",
    )
    run = checked(content, "measures", by=by)
    assert "stage" not in run.mapping.values()
    assert states(run) == ["unchanged"]
    assert in_alpha.package.code in said(run, 2)[""]


def test_remembered_columns_are_proposed_again(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    content = table("Kürzel,Wie es heißt,Wo", f"A,Name,{in_alpha.project.code}")
    first = checked(
        content, "measures", by=by, mapping={"0": "external_id", "1": "name", "2": "project"}
    )
    assert states(first) == ["create"]
    second = checked(content, "measures", by=by)
    assert second.mapping == {"0": "external_id", "1": "name", "2": "project"}


def test_master_data_come_in_are_renamed_and_go(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    content = table("code,name,active", "BU1,Wind and water,yes", "BU2,Sun,no")
    run = checked(content, "master_data", by=by, kind="business-units")
    assert states(run) == ["change", "create"]
    run = applied(run, by=by)
    assert run.state == ImportState.APPLIED, run.failure
