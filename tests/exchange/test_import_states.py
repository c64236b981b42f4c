"""An import from upload to undo: who may, in which state, and what stands against it."""

from decimal import Decimal

import pytest

from exchange.choices import ImportState, ItemKind, ProfileCode
from exchange.models import FileChunk, Import, ImportItem, ImportProgress, ImportRow
from exchange.selectors import import_by_id, visible_imports
from exchange.services.applying import import_apply
from exchange.services.undoing import import_undo
from exchange.services.uploads import (
    import_discard,
    import_map,
    import_reshape,
    import_upload,
)
from exchange.services.work import import_work
from exchange.undo_checks import built_upon
from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.choices import Role
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_revoke
from governance.tree.models import Node
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_change, measure_create
from initiatives.services_reports import ReportDraft, status_report_add
from kpis.choices import EffectKind, Series
from kpis.models import Effect, Metric, ValueYear
from kpis.selectors import values_of
from kpis.services import EffectDraft, effect_create, values_write
from tests.exchange.importing import applied, checked, fresh, undone, uploaded, worked
from tests.houses import House

LIST = b"external_id,name,project,metric,2026-01\nA,First,PJ-0001,COST,100\nB,Second,PJ-0001,,\n"


@pytest.fixture
def by(in_alpha: House):
    return in_alpha.actor("pmo")


@pytest.fixture
def run(by) -> Import:
    return checked(LIST, "measures", by=by)


# --- taking a file in --------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["executive", "auditor", "administrator", "consultant", "owner"])
def test_only_who_may_import_uploads(in_alpha: House, who: str) -> None:
    with pytest.raises(Forbidden):
        import_upload(
            name="x", content=[b"x"], profile=ProfileCode.MEASURES, by=in_alpha.actor(who)
        )
    assert Import.objects.count() == FileChunk.objects.count() == 0


def test_an_empty_and_an_oversized_file_are_refused_at_the_file(by, settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    for content in (b"", b"x" * 11):
        with pytest.raises(Invalid) as caught:
            import_upload(name="x", content=[content], profile=ProfileCode.MEASURES, by=by)
        assert list(caught.value.errors) == ["file"]


def test_a_file_is_kept_in_pieces_and_read_as_one(by) -> None:
    content = LIST + b"C" * 2_500_000
    run = import_upload(
        name="../../etc/evil\x00.csv", content=[content], profile=ProfileCode.MEASURES, by=by
    )
    assert run.file_name == "evil_.csv"
    chunks = FileChunk.objects.filter(file=run.file).order_by("position")
    assert b"".join(bytes(chunk.content) for chunk in chunks) == content
    assert chunks.count() == 3


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"%PDF-1.7 ...", b"\0\0\0\0", b"   \n\n"]
)
def test_what_is_no_table_fails_with_words_and_can_be_discarded(by, content: bytes) -> None:
    run = uploaded(content, "measures", by=by)
    assert run.state == ImportState.FAILED
    assert run.failure["errors"]["file"]
    import_discard(run=run, seen_version=run.version, by=by)
    assert FileChunk.objects.count() == 0


def test_a_file_can_be_read_in_another_way(by) -> None:
    run = uploaded("name|project\nMüller|PJ-0001\n".encode("cp1252"), "measures", by=by)
    assert [c["name"] for c in run.columns] == ["name", "project"]
    wanted = {"separator": ";", "encoding": "cp1252"}
    run = worked(import_reshape(run=run, wanted=wanted, seen_version=run.version, by=by))
    assert [c["name"] for c in run.columns] == ["name|project"]


def test_a_missing_column_a_foreign_one_and_one_meant_twice_are_named(by) -> None:
    run = uploaded(LIST, "measures", by=by)
    for mapping, at in (
        ({}, "mapping"),
        ({"0": "stage", "1": "name"}, "column-0"),
        ({"0": "name", "1": "name"}, "column-1"),
        ({"99": "name"}, "column-99"),
    ):
        with pytest.raises(Invalid) as caught:
            import_map(
                run=run, mapping=mapping, options=run.options, seen_version=run.version, by=by
            )
        assert at in caught.value.errors
    assert fresh(run).state == ImportState.MAPPING


# --- applying ----------------------------------------------------------------------------------


def test_nothing_is_applied_twice_and_nothing_stale(run: Import, by) -> None:
    with pytest.raises(Stale):
        import_apply(run=run, seen_version=1, leaves_out_refused=False, by=by)
    done = applied(run, by=by)
    assert done.state == ImportState.APPLIED
    with pytest.raises(Conflict, match="import_busy"):
        import_apply(run=done, seen_version=done.version, leaves_out_refused=False, by=by)
    # A message delivered again finds nothing to do.
    import_work(done.tenant_id, str(done.public_id), has_aside=False)
    assert Measure.objects.count() == 2


def test_refused_rows_need_the_consent_to_leave_them_out(by) -> None:
    run = checked(LIST + b"C,,PJ-0001,,\n", "measures", by=by)
    with pytest.raises(Refused, match="rows_refused"):
        import_apply(run=run, seen_version=run.version, leaves_out_refused=False, by=by)
    run = applied(run, by=by, leaves_out_refused=True)
    assert Measure.objects.count() == 2


def test_a_file_that_changes_nothing_is_not_imported(run: Import, by) -> None:
    applied(run, by=by)
    again = checked(LIST, "measures", by=by)
    with pytest.raises(Refused, match="nothing_to_import"):
        import_apply(run=again, seen_version=again.version, leaves_out_refused=False, by=by)


def test_each_thing_has_its_event_and_the_import_one(run: Import, by) -> None:
    AuditEvent.objects.all()
    before = AuditEvent.objects.count()
    applied(run, by=by)
    made = AuditEvent.objects.order_by("id")[before:]
    actions = [event.action for event in made]
    assert actions.count(AuditAction.MEASURE_CREATED) == 2
    assert actions.count(AuditAction.EFFECT_CREATED) == 1
    assert actions[-1] == AuditAction.IMPORT_APPLIED
    assert {event.actor_email for event in made} == {"pmo@alpha.example"}


def test_what_changed_since_the_check_is_checked_again_and_nothing_written(by) -> None:
    applied(checked(LIST, "measures", by=by), by=by)
    run = checked(LIST.replace(b"First", b"Renamed"), "measures", by=by)
    measure = Measure.objects.get(source_key="list:A")
    measure_change(measure=measure, seen_version=measure.version, fields={"name": "By hand"}, by=by)
    run = import_apply(run=run, seen_version=run.version, leaves_out_refused=False, by=by)
    run = worked(run)
    assert (run.state, run.failure["code"]) == (ImportState.CHECKING, "changed_meanwhile")
    run = worked(run)
    assert run.state == ImportState.CHECKED
    row = ImportRow.objects.get(run=run, subject=measure.code)
    assert row.changes == {"name": ["By hand", "Renamed"]}
    assert Measure.objects.get(pk=measure.pk).name == "By hand"


def test_who_lost_the_role_meanwhile_imports_nothing(in_alpha: House, run: Import, by) -> None:
    run = import_apply(run=run, seen_version=run.version, leaves_out_refused=False, by=by)
    grant = NodeGrant.objects.get(
        membership=in_alpha.people["pmo"], permission__codename=Role.PMO.value
    )
    role_revoke(grant_id=str(grant.public_id), by=in_alpha.actor("administrator"))
    run = worked(worked(run))
    assert (run.state, run.counts["create"], run.counts["refused"]) == ("checked", 0, 2)
    assert Measure.objects.count() == 0


# --- who sees what ----------------------------------------------------------------------------


def test_somebody_of_a_part_sees_only_their_own_imports(in_alpha: House, run: Import) -> None:
    narrow = in_alpha.actor("narrow")
    own = uploaded(LIST, "measures", by=narrow)
    assert list(visible_imports(narrow)) == [own]
    with pytest.raises(NotVisible):
        import_by_id(str(run.public_id), by=narrow)
    assert import_by_id(str(own.public_id), by=in_alpha.actor("pmo")) == own
    with pytest.raises(Forbidden):
        import_by_id(str(run.public_id), by=in_alpha.actor("auditor"))


# --- undo ------------------------------------------------------------------------------------


def test_an_undo_restores_cells_fields_and_reports_exactly(in_alpha: House, by) -> None:
    measure = measure_create(package=in_alpha.package, draft=MeasureDraft("Known"), by=by)
    applied(
        checked(f"code,metric,2026-01\n{measure.code},COST,5\n".encode(), "values", by=by), by=by
    )
    owner = in_alpha.people["owner"]
    content = (
        "code,name,owner,planned_start,metric,2026-01,2026-02\n"
        f"{measure.code},New name,{owner.email},2026-03-01,COST,7,8\n"
    )
    run = applied(checked(content.encode(), "measures", by=by), by=by)
    changed = Measure.objects.get(pk=measure.pk)
    assert (changed.name, changed.owner_id) == ("New name", owner.pk)
    run = undone(run, by=by)
    assert run.state == ImportState.UNDONE, run.failure
    back = Measure.objects.get(pk=measure.pk)
    assert (back.name, back.owner_id, back.planned_start) == ("Known", None, None)
    plan = values_of(Effect.objects.all())[0].series(Series.PLAN)
    assert [format(amount, "f") for amount in plan.values()] == ["5.0000"]
    assert ImportItem.objects.filter(run=run).count() == 0
    assert AuditEvent.objects.filter(action=AuditAction.IMPORT_UNDONE).count() == 1


def _rename(house: House, by) -> None:
    row = Measure.objects.get(source_key="list:A")
    measure_change(measure=row, seen_version=row.version, fields={"name": "Mine"}, by=by)


def _replan(house: House, by) -> None:
    effect = Effect.objects.get()
    values_write(
        effect=effect,
        series=Series.PLAN,
        cells={"2026-05": "1"},
        seen_version=effect.version,
        by=by,
    )


def _add_effect(house: House, by) -> None:
    draft = EffectDraft(Metric.objects.get(code="COST"), EffectKind.ONE_OFF)
    effect_create(measure=Measure.objects.get(source_key="list:B"), draft=draft, by=by)


def _report(house: House, by) -> None:
    row = Measure.objects.get(source_key="list:B")
    status_report_add(measure=row, draft=ReportDraft(row.created_at.date(), "green"), by=by)


@pytest.mark.parametrize("build", [_rename, _replan, _add_effect, _report])
def test_what_somebody_built_on_stands_against_the_undo(
    in_alpha: House, run: Import, by, build
) -> None:
    run = applied(run, by=by)
    build(in_alpha, by)
    assert len(built_upon(run)) == 1
    with pytest.raises(Conflict, match="built_upon"):
        import_undo(run=run, seen_version=run.version, by=by)
    assert Measure.objects.count() == 2


def test_a_measure_put_into_an_imported_place_stands_against_the_undo(in_alpha: House, by) -> None:
    content = f"external_id,name,program,project\nA,X,{in_alpha.program.code},Brand new\n"
    run = applied(checked(content.encode(), "measures", by=by), by=by)
    project = Node.objects.get(name="Brand new", level=3)
    measure_create(package=project, draft=MeasureDraft("Theirs"), by=by)
    assert "Brand new" in built_upon(run)[0]


def test_an_undo_that_was_asked_for_in_time_looks_again_before_it_writes(run: Import, by) -> None:
    run = applied(run, by=by)
    run = import_undo(run=run, seen_version=run.version, by=by)
    _rename(None, by)
    run = worked(run)
    assert (run.state, run.failure["code"]) == (ImportState.APPLIED, "built_upon")
    assert Measure.objects.count() == 2


def test_an_undone_file_can_be_checked_and_imported_again(run: Import, by) -> None:
    run = undone(applied(run, by=by), by=by)
    assert ValueYear.objects.count() == Measure.objects.count() == 0
    run = import_map(
        run=run, mapping=run.mapping, options=run.options, seen_version=run.version, by=by
    )
    run = applied(worked(run), by=by)
    assert run.state == ImportState.APPLIED
    assert values_of(Effect.objects.all())[0].total(Series.PLAN) == Decimal(100)
    kinds = set(ImportItem.objects.filter(run=run).values_list("kind", flat=True))
    assert {ItemKind.MEASURE, ItemKind.EFFECT} <= kinds
    assert ImportProgress.objects.get(run=run).total == 2
