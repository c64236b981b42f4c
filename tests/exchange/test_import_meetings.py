"""Imports that meet each other, or people at work: all or nothing, once, under the right name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from exchange.choices import ImportState, ProfileCode
from exchange.models import Import, ImportItem
from exchange.services.apply_measures import MeasureWriter
from exchange.services.applying import import_apply
from exchange.services.undoing import _MeasureUndo, import_undo
from exchange.services.uploads import import_map, import_upload
from exchange.services.work import import_work
from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.people.choices import Role
from governance.permissions.services import role_grant
from governance.tree.models import Node
from governance.tree.services import node_delete, node_move
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_change, measure_create
from tests.exchange.importing import applied, checked, fresh, undone
from tests.exchange.test_import_rows import states, table
from tests.houses import House
from tests.racing import errors_in, race


@pytest.fixture
def alpha(lasting_world: Any) -> House:
    return lasting_world.alpha


def work(house: House, run: Import) -> Import:
    import_work(run.tenant_id, str(run.public_id))
    with house.active():
        return fresh(run)


def ready(house: House, content: bytes, profile: str = "measures") -> Import:
    """A file uploaded, read, mapped and checked, each step committed as in the product."""
    by = house.actor("pmo")
    with house.active():
        run = import_upload(name="x.csv", content=[content], profile=ProfileCode(profile), by=by)
    run = work(house, run)
    with house.active():
        import_map(
            run=run, mapping=run.mapping, options=run.options, seen_version=run.version, by=by
        )
    run = work(house, run)
    assert run.state == ImportState.CHECKED
    return run


def ask(house: House, run: Import) -> Import:
    with house.active():
        return import_apply(
            run=run, seen_version=run.version, leaves_out_refused=True, by=house.actor("pmo")
        )


def test_two_files_with_one_id_and_one_new_project_make_both_once(alpha: House) -> None:
    content = table(
        "external_id,name,program,project",
        *(f"X{n},Measure {n},{alpha.program.code},Brand new" for n in range(50)),
    )
    runs = [ready(alpha, content), ready(alpha, content.replace(b"Measure", b"Other"))]
    runs = [ask(alpha, run) for run in runs]
    done = race(*(lambda run=run: work(alpha, run) for run in runs))
    assert errors_in(done) == []
    with alpha.active():
        assert Measure.objects.count() == 50
        assert Node.objects.filter(name="Brand new", is_default=False).count() == 1
        ended = sorted(fresh(run).state for run in runs)
    assert ended == [ImportState.APPLIED, ImportState.CHECKING]
    for run in runs:
        work(alpha, run)
    with alpha.active():
        late = next(r for r in Import.objects.all() if r.state == ImportState.CHECKED)
    assert late.counts["change"] == 50


def _delete_place(house: House) -> None:
    by = house.actor("pmo")
    package = Node.objects.get(pk=house.package.pk)
    node_delete(node=package, seen_version=package.version, by=by)


def _move_place(house: House) -> None:
    by = house.actor("pmo")
    project = Node.objects.get(pk=house.project.pk)
    node_move(node=project, parent=house.other_program, seen_version=project.version, by=by)


@pytest.mark.parametrize("does", [_delete_place, _move_place])
def test_a_place_that_goes_while_rows_are_written_is_met_with_all_or_nothing(
    alpha: House, monkeypatch: pytest.MonkeyPatch, does: Callable[[House], None]
) -> None:
    """Somebody is faster than the import: after the places were looked up, before it writes."""
    package = alpha.package
    content = table(
        "external_id,name,project,measure_package",
        f"A,One,{alpha.project.code},{package.code}",
        f"B,Two,{alpha.project.code},{package.code}",
    )
    run = ask(alpha, ready(alpha, content))
    real: Any = MeasureWriter._create

    def create(writer: MeasureWriter, tasks: Any) -> None:
        def meddle() -> None:
            with alpha.active():
                does(alpha)

        assert errors_in(race(meddle)) == []
        real(writer, tasks)

    monkeypatch.setattr(MeasureWriter, "_create", create)
    run = work(alpha, run)
    monkeypatch.setattr(MeasureWriter, "_create", real)
    with alpha.active():
        count = Measure.objects.count()
    if run.state == ImportState.APPLIED:
        assert count == 2
        return
    assert (run.state, run.failure["code"]) == (ImportState.CHECKING, "changed_meanwhile")
    assert count == 0
    assert work(alpha, run).state == ImportState.CHECKED


def test_nobody_edits_what_an_undo_has_looked_at_and_is_about_to_take(
    alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = table("external_id,name,project", f"A,One,{alpha.project.code}")
    run = work(alpha, ask(alpha, ready(alpha, content)))
    by = alpha.actor("pmo")
    with alpha.active():
        run = import_undo(run=run, seen_version=run.version, by=by)
    real: Any = _MeasureUndo.run_all
    outcomes: list[Any] = []

    def run_all(undo: Any) -> None:
        def edit() -> None:
            with alpha.active(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '300ms'")
                row = Measure.objects.get()
                fields = {"name": "Mine"}
                measure_change(measure=row, seen_version=row.version, fields=fields, by=by)

        outcomes.append(race(edit)[0])
        real(undo)

    monkeypatch.setattr(_MeasureUndo, "run_all", run_all)
    run = work(alpha, run)
    assert isinstance(outcomes[0], OperationalError), "an edit was accepted, and then lost"
    assert run.state == ImportState.UNDONE
    with alpha.active():
        assert Measure.objects.count() == 0


def test_an_undo_is_written_under_the_name_of_who_asked_for_it(in_alpha: House) -> None:
    role_grant(
        membership=in_alpha.people["owner"],
        node=in_alpha.root,
        role=Role.PMO,
        by=in_alpha.actor("administrator"),
    )
    by, other = in_alpha.actor("pmo"), in_alpha.actor("owner")
    content = table("external_id,name,project", f"A,One,{in_alpha.project.code}")
    run = undone(applied(checked(content, "measures", by=by), by=by), by=other)
    assert run.state == ImportState.UNDONE
    email = in_alpha.people["owner"].user.email
    for action in (AuditAction.IMPORT_UNDONE, AuditAction.MEASURE_DELETED):
        assert AuditEvent.objects.get(action=action).actor_email == email


def test_what_an_undo_would_restore_and_is_gone_stands_against_it(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    measure = measure_create(package=in_alpha.package, draft=MeasureDraft("Known"), by=by)
    first = checked(table("code,name", "NEW,New unit"), "master_data", by=by, kind="business-units")
    first = applied(first, by=by)
    head = "code,business_unit"
    applied(checked(table(head, f"{measure.code},NEW"), "measures", by=by), by=by)
    last = checked(table(head, f"{measure.code},{in_alpha.unit.code}"), "measures", by=by)
    last = applied(last, by=by)
    assert undone(first, by=by).state == ImportState.UNDONE
    last = undone(last, by=by)
    assert (last.state, last.failure["code"]) == (ImportState.APPLIED, "built_upon")
    assert ImportItem.objects.filter(run=last).count() == 1


def test_groups_that_straddle_chunks_are_written_whole_and_undone(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    head = "id,parent,title,text,rating"
    lines = ["F,,Field,,"]
    for number in range(60):
        lines.append(f"M{number},F,Measure {number},,")
        lines += [f"E{number}-{year},M{number},Status {year},,green" for year in range(1990, 2026)]
    run = checked(
        table(head, *lines),
        "outline",
        by=by,
        place=in_alpha.project.code,
        as_of="2026-01-01",
    )
    assert run.counts["create"] == 60 * 37, run.counts
    run = applied(run, by=by)
    assert run.state == ImportState.APPLIED, run.failure
    assert Measure.objects.count() == 60
    again = checked(
        table(head, *lines), "outline", by=by, place=in_alpha.project.code, as_of="2026-01-01"
    )
    assert set(states(again)) == {"unchanged", "skipped"}
    assert undone(run, by=by).state == ImportState.UNDONE
    assert Measure.objects.count() == 0
