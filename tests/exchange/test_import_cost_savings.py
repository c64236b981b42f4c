"""The import command, end to end: what it writes, what it leaves alone, what it refuses."""

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exchange.management.commands.import_cost_savings import printable
from governance.audit.models import AuditEvent
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import node_change
from initiatives.choices import Stage
from initiatives.models import Measure
from initiatives.services import measure_change, measure_delete, measure_move
from kpis.choices import EffectClass, EffectKind, Series
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Effect, Metric, ValueHistory, ValueYear
from kpis.rules import by_fiscal_year
from kpis.selectors import values_of
from kpis.services import effect_delete, values_write
from tests.exchange.samples import item, spelled, written, year
from tests.houses import House

Lines = list[str]


@pytest.fixture
def house(in_alpha: House) -> Iterator[House]:
    """Alpha, active; the command opens its own transaction inside."""
    return in_alpha


def run(house: House, path: Path, **options: Any) -> Lines:
    """The command's report, line by line."""
    out = io.StringIO()
    call_command("import_cost_savings", str(path), tenant=house.slug, stdout=out, **options)
    return out.getvalue().splitlines()


def refusal(house: House, path: Path, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        run(house, path, **options)
    assert error.value.returncode == 1
    return str(error.value)


def plan(measure: Measure) -> dict[int, Decimal]:
    """Dollars per US fiscal year of a measure's effects."""
    totals: dict[int, Decimal] = {}
    for values in values_of(Effect.objects.filter(measure=measure).select_related("metric")):
        for fiscal, amount in by_fiscal_year(values.series(Series.PLAN), 10).items():
            totals[fiscal] = totals.get(fiscal, Decimal(0)) + amount
    return totals


def everything() -> dict[str, list[Any]]:
    """Rows of all that an import may write, and of the trail it leaves."""
    models = (Node, Measure, Effect, Metric, ValueYear, ValueHistory, AuditEvent)
    return {model.__name__: list(model.objects.order_by("id").values()) for model in models}


def the_measure(**where: Any) -> Measure:
    return Measure.objects.select_related("package__parent__parent__parent").get(**where)


def test_a_record_becomes_a_measure_in_its_place(house: House, tmp_path: Path) -> None:
    lines = run(house, written(tmp_path, item()))
    measure = the_measure(source_key="ed:7")
    package = measure.package
    places = (package.is_default, package.parent.name, package.parent.parent.name)
    assert places == (True, "018-000001020", "Commodity IT")
    assert package.parent.parent.parent.name == "IT cost savings"
    assert (measure.name, measure.stage) == ("Retire the old mainframe", Stage.IDENTIFIED)
    assert (measure.planned_start, measure.planned_end, measure.owner) == (None, None, None)
    effect = Effect.objects.select_related("metric").get(measure=measure)
    assert (effect.metric.code, effect.kind, effect.effect_class, effect.currency) == (
        "COST",
        EffectKind.ONE_OFF,
        EffectClass.HARD,
        "USD",
    )
    assert plan(measure) == {2017: Decimal(1_500_000)}
    assert "1 record: 1 created, 0 changed, 0 unchanged" in lines
    assert "New nodes: 1 Portfolio, 1 Program, 1 Project" in lines


def test_the_trail_says_that_it_was_an_import(house: House, tmp_path: Path) -> None:
    run(house, written(tmp_path, item()))
    effect = Effect.objects.get(measure=the_measure())
    history = ValueHistory.objects.filter(effect_public_id=effect.public_id)
    assert set(history.values_list("source", flat=True)) == {"import"}
    bodies = [json.loads(event.body) for event in AuditEvent.objects.order_by("-id")[:4]]
    assert {(body["actor"]["name"], body["actor"]["via"]) for body in bodies} == {
        ("Import", "command")
    }
    assert bodies[0]["action"] == "import.applied"
    assert bodies[0]["changes"]["created"] == [None, 1]


def test_the_metrics_every_tenant_starts_with_come_along_once(house: House, tmp_path: Path) -> None:
    run(house, written(tmp_path, item()))
    codes = list(Metric.objects.order_by("id").values_list("code", flat=True))
    assert {"EBITDA", "COST", "FTE"} <= set(codes)
    run(house, written(tmp_path, item(strategyId=8)))
    assert list(Metric.objects.order_by("id").values_list("code", flat=True)) == codes


def test_importing_again_creates_and_changes_nothing(house: House, tmp_path: Path) -> None:
    path = written(tmp_path, item(), item(strategyId=None), item(strategyId=None))
    run(house, path)
    before = everything()
    lines = run(house, path)
    assert "3 records: 0 created, 0 changed, 3 unchanged" in lines
    assert "New nodes: none" in lines
    assert everything() == before


def test_a_changed_amount_updates_that_year_alone_and_says_so(house: House, tmp_path: Path) -> None:
    others = [item(strategyId=8), item(strategyId=9)]
    run(house, written(tmp_path, item(fy2018=year(2)), *others))
    count = ValueHistory.objects.count()
    lines = run(house, written(tmp_path, item(fy2018=year(2.25), fy2019=year(0)), *others))
    assert "3 records: 0 created, 1 changed, 2 unchanged" in lines
    assert "  FY2018: 2.0000 → 2.2500" in lines
    assert "  FY2019: not stated → 0.0000" in lines
    assert not any(line.startswith("  FY2017:") for line in lines)
    assert ValueHistory.objects.count() == count + 24
    assert plan(the_measure(source_key="ed:7")) == {
        2017: Decimal(1_500_000),
        2018: Decimal(2_250_000),
        2019: Decimal(0),
    }


def test_a_year_the_file_takes_back_is_emptied_and_not_zero(house: House, tmp_path: Path) -> None:
    run(house, written(tmp_path, item(fy2018=year(2))))
    lines = run(house, written(tmp_path, item()))
    assert "  FY2018: 2.0000 → not stated" in lines
    assert plan(the_measure()) == {2017: Decimal(1_500_000)}


def test_a_year_edited_by_hand_is_left_alone_and_reported(house: House, tmp_path: Path) -> None:
    run(house, written(tmp_path, item(fy2018=year(2))))
    effect = Effect.objects.select_related("measure__package").get(measure=the_measure())
    values_write(
        effect=effect,
        series=Series.PLAN,
        cells={"2016-10": "1.0000"},
        seen_version=effect.version,
        by=house.actor("pmo"),
    )
    edited = plan(the_measure())[2017]
    lines = run(house, written(tmp_path, item(fy2017=year(9), fy2018=year(3))))
    assert plan(the_measure()) == {2017: edited, 2018: Decimal(3_000_000)}
    assert "  Differs here and was left as it is: 1" in lines
    assert any("FY2017 differ from the file and were edited here since" in line for line in lines)
    assert any(line.startswith("Stored and stated amounts differ") for line in lines)


def test_titles_and_classes_changed_on_either_side_stay_and_are_reported(
    house: House, tmp_path: Path
) -> None:
    run(house, written(tmp_path, item()))
    measure = the_measure()
    measure_change(
        measure=measure,
        seen_version=measure.version,
        fields={"name": "Mainframe"},
        by=house.actor("pmo"),
    )
    lines = run(house, written(tmp_path, item(amountType="Both")))
    assert the_measure().name == "Mainframe"
    assert Effect.objects.get(measure=measure).effect_class == EffectClass.HARD
    assert any("«Retire the old mainframe» in the file, «Mainframe» here" in x for x in lines)
    assert any("«unsplit» in the file, «hard» here" in line for line in lines)


def test_an_effect_removed_here_is_not_added_again(house: House, tmp_path: Path) -> None:
    path = written(tmp_path, item())
    run(house, path)
    effect = Effect.objects.select_related("metric", "measure__package").get()
    effect_delete(effect=effect, seen_version=effect.version, by=house.actor("pmo"))
    lines = run(house, path)
    assert "1 record: 0 created, 0 changed, 1 unchanged" in lines
    assert any("was removed here" in line for line in lines)
    assert not Effect.objects.exists()


def test_a_deleted_measure_comes_back_with_the_next_import(house: House, tmp_path: Path) -> None:
    path = written(tmp_path, item())
    run(house, path)
    measure = the_measure()
    measure_delete(measure=measure, seen_version=measure.version, by=house.actor("pmo"))
    assert "1 record: 1 created, 0 changed, 0 unchanged" in run(house, path)


def test_an_id_that_comes_later_finds_the_measure_it_had_without_one(
    house: House, tmp_path: Path
) -> None:
    run(house, written(tmp_path, item(strategyId=None)))
    lines = run(house, written(tmp_path, item(strategyId=56, fy2018=year(1))))
    assert "1 record: 0 created, 1 changed, 0 unchanged" in lines
    assert Measure.objects.count() == 1


def test_nodes_renamed_here_are_found_again(house: House, tmp_path: Path) -> None:
    run(house, written(tmp_path, item()))
    for level in (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT):
        node = Node.objects.get(level=level, source_key__startswith="ed:")
        node_change(
            node=node,
            seen_version=node.version,
            fields={"name": f"Renamed {node.code}"},
            by=house.actor("pmo"),
        )
    lines = run(house, written(tmp_path, item(), item(strategyId=8)))
    assert "New nodes: none" in lines
    assert Measure.objects.values("package").distinct().count() == 1


def test_a_portfolio_of_that_name_is_used(house: House, tmp_path: Path) -> None:
    pmo = house.actor("pmo")
    lines = run(house, written(tmp_path, item()), portfolio=f" {house.portfolio.name} ")
    assert "New nodes: 1 Program, 1 Project" in lines
    measure = the_measure()
    assert measure.package.parent.parent.parent_id == house.portfolio.pk
    assert pmo.sees(measure.path)


def test_records_without_investment_share_a_project_of_their_program(
    house: House, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        item(relatedUIIs=None),
        item(strategyId=8, relatedUIIs=[]),
        item(strategyId=9, relatedUIIs=None, ombInitiative="Other"),
    )
    lines = run(house, path)
    assert "New nodes: 1 Portfolio, 2 Program, 2 Project" in lines
    assert Node.objects.filter(level=Level.PROJECT, name="No investment").count() == 2


def test_a_dry_run_reports_and_writes_nothing(house: House, tmp_path: Path) -> None:
    before = everything()
    lines = run(house, written(tmp_path, item()), dry_run=True)
    assert lines[0].startswith("Dry run")
    assert "1 record: 1 created, 0 changed, 0 unchanged" in lines
    assert everything() == before


def test_the_report_says_what_the_file_does_not_say(house: House, tmp_path: Path) -> None:
    lines = run(house, written(tmp_path, item()))
    start = lines.index("What the file does not say")
    absent = " ".join(lines[start : start + 6])
    assert "Stage and status: every measure starts Identified" in absent
    assert "Run-rate" in absent


def test_the_report_can_be_had_as_json(house: House, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run(house, written(tmp_path, item(strategyId=None)), report=report)
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["counts"] == {"created": 1, "changed": 0, "unchanged": 0}
    assert data["millions_by_fiscal_year"] == {"2017": "1.5"}
    assert data["stored_dollars_by_fiscal_year"] == {"2017": "1500000.0000"}
    assert data["finding_counts"] == {"no_id": 1}
    assert data["records"][0]["measure"] == the_measure().code


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "savings.json: This is not JSON: line 1, column 2."),
        (spelled(item(), item(strategyId=8, fy2017=year(1e30))), "record 2 (strategyId 8): fy2017"),
        (spelled(item(), item()), "record 2 (strategyId 7): strategyId: Record 1 has the same id."),
        (spelled(item(decisionDate="2016-10-01")), "record 1 (strategyId 7): decisionDate"),
    ],
)
def test_a_bad_file_writes_nothing(
    house: House, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "savings.json"
    path.write_bytes(content)
    before = everything()
    assert message in refusal(house, path)
    assert everything() == before


def test_a_refusal_in_the_middle_takes_everything_back(house: House, tmp_path: Path) -> None:
    """A metric that keeps too few decimals is found in the tenant, not in the file."""
    by = house.system(Role.PMO)
    metric_create(draft=MetricDraft("COST", "Cost", decimals=2), by=by)
    before = everything()
    path = written(tmp_path, item(), item(strategyId=8, fy2018=year(0.000000001)))
    message = refusal(house, path)
    assert "record 2 (strategyId 8): fy2018.amount: The metric COST keeps 2 decimals" in message
    assert everything() == before


def test_a_metric_that_is_not_money_is_refused(house: House, tmp_path: Path) -> None:
    by = house.system(Role.PMO)
    metric_create(draft=MetricDraft("COST", "Cost", "t", is_monetary=False), by=by)
    assert "not money here" in refusal(house, written(tmp_path, item()))


def test_missing_things_are_told_in_a_sentence(house: House, tmp_path: Path) -> None:
    path = written(tmp_path, item())
    assert "No such file" in refusal(house, tmp_path / "other.json")
    assert "Is a directory" in refusal(house, tmp_path)
    assert "--portfolio: This is required." in refusal(house, path, portfolio=" ")
    assert printable("2 → 3", "ascii") == "2 ? 3"
    with pytest.raises(CommandError, match="There is no tenant 'nowhere'"):
        call_command("import_cost_savings", str(path), tenant="nowhere")
    assert "could not be written" in refusal(house, path, report=tmp_path / "no" / "r.json")


def test_a_measure_that_was_moved_stays_where_it_is(house: House, tmp_path: Path) -> None:
    path = written(tmp_path, item())
    run(house, path)
    measure = the_measure()
    measure_move(
        measure=measure,
        package=house.package,
        seen_version=measure.version,
        by=house.actor("pmo"),
    )
    assert "1 record: 0 created, 0 changed, 1 unchanged" in run(house, path)
    assert the_measure().package_id == house.package.pk


def test_other_tenants_see_nothing_of_an_import(world: Any, tmp_path: Path) -> None:
    with world.alpha.active():
        run(world.alpha, written(tmp_path, item()))
    with world.beta.active():
        assert not Measure.objects.exists()
