"""Many measures changed at once: shown first, written by the rules of one, undone."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.choices import RequestState
from approvals.models import ApprovalRequest
from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.people.choices import Role
from initiatives.bulk import rules
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.selectors import edit_by_id
from initiatives.bulk.services import asking, working
from initiatives.bulk.services.asking import (
    bulk_edit_apply,
    bulk_edit_check,
    bulk_edit_undo,
)
from initiatives.bulk.services.working import bulk_edit_work
from initiatives.models import Measure
from initiatives.services import measure_change, measure_delete
from kpis.choices import EffectKind
from kpis.metrics.services import MetricDraft, metric_create
from kpis.services import EffectDraft, effect_create
from tests.houses import House
from tests.initiatives.bulk.changing import prepared, rows, states
from tests.initiatives.gates.short import asked, short_model, staffed
from tests.initiatives.making import make_measure, make_measures, reloaded
from tests.initiatives.papers import add_milestone
from tests.initiatives.stages import put_at


def test_what_changes_is_shown_and_nothing_is_written(in_alpha: House) -> None:
    by, owner = in_alpha.actor("pmo"), in_alpha.people["owner"]
    bare, owned = make_measure(in_alpha, "Bare"), make_measure(in_alpha, "Owned", owner=owner)
    edit = prepared([bare, owned], by, owner=owner)
    assert edit.state == "checked"
    assert states(edit) == [("ready", ""), ("same", "")]
    assert rows(edit)[0].changes == {"owner": [None, f"{owner.name} <{owner.email}>"]}
    assert reloaded(in_alpha, bare).owner is None
    assert edit.fields == {"owner": owner.email}


def test_what_was_shown_is_written_audited_and_published(in_alpha: House) -> None:
    by, owner = in_alpha.actor("pmo"), in_alpha.people["owner"]
    measures = make_measures(in_alpha, 3)
    before = OutboxEvent.objects.filter(topic="measure.changed").count()
    edit = prepared(measures, by, owner=owner, function=in_alpha.function)
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert (edit.state, states(edit)) == ("applied", [("written", "")] * 3)
    for measure in measures:
        now = reloaded(in_alpha, measure)
        assert (now.owner_id, now.function_id, now.version) == (owner.pk, in_alpha.function.pk, 2)
    bodies = [json.loads(body) for body in AuditEvent.objects.values_list("body", flat=True)]
    changed = [body for body in bodies if body["action"] == "measure.changed"]
    assert [body["actor"]["email"] for body in changed] == [by.email] * 3
    assert set(changed[0]["changes"]) == {"owner", "function"}
    whole = next(body for body in bodies if body["action"] == "bulk_edit.applied")
    assert whole["changes"] == {"fields": "owner function", "changed": 3, "refused": 0}
    assert OutboxEvent.objects.filter(topic="measure.changed").count() == before + 3


def test_each_measure_is_refused_for_its_own_reason(in_alpha: House) -> None:
    owner, sponsor = in_alpha.people["owner"], in_alpha.people["sponsor"]
    by = in_alpha.actor("pmo")
    sound = make_measure(in_alpha, "Sound")
    judged = make_measure(in_alpha, "Sponsored", sponsor=owner)
    accepting = make_measure(in_alpha, "Accepted by", owner=sponsor)
    add_milestone(in_alpha, accepting, who="pmo", acceptor=owner)
    frozen = make_measure(in_alpha, "Frozen", owner=sponsor)
    closed = make_measure(in_alpha, "Closed")
    with put_at(frozen, stage="decided"), put_at(closed, stage="closed"):
        edit = prepared([sound, judged, accepting, frozen, closed], by, owner=owner)
        assert states(edit) == [
            ("ready", ""),
            ("refused", "owner_is_sponsor"),
            ("refused", "acceptor_is_owner"),
            ("refused", "change_request_needed"),
            ("refused", "measure_closed"),
        ]
        edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert [state for state, _why in states(edit)] == ["written", *["refused"] * 4]
    assert reloaded(in_alpha, sound).owner_id == owner.pk
    assert reloaded(in_alpha, judged).version == 1


def test_rights_hold_measure_by_measure(in_alpha: House) -> None:
    """An owner moves the dates of their own measures, and of no others."""
    by = in_alpha.actor("owner")
    own = make_measure(in_alpha, "Own", owner=in_alpha.people["owner"])
    other = make_measure(in_alpha, "Other")
    edit = prepared([own, other], by, planned_end=date(2027, 1, 1), applies=True)
    assert states(edit) == [("written", ""), ("refused", "forbidden")]
    with pytest.raises(Invalid) as caught:
        prepared([own], by, sponsor=in_alpha.people["sponsor"])
    assert list(caught.value.errors) == ["sponsor"]
    with pytest.raises(Forbidden):
        prepared([own], in_alpha.actor("executive"), planned_end=date(2027, 1, 1))
    with pytest.raises(NotVisible):
        prepared([own], in_alpha.actor("guest"), planned_end=date(2027, 1, 1))


def test_what_is_out_of_sight_is_not_there(in_alpha: House) -> None:
    by = in_alpha.actor("narrow")
    elsewhere = make_measure(in_alpha, "Elsewhere")
    edit = prepared([elsewhere], by, planned_end=date(2027, 1, 1))
    assert (edit.total, states(edit), edit.state) == (0, [], "checked")


def test_a_controller_who_owns_an_effect_is_refused_alone(in_alpha: House) -> None:
    """S2, asked of the app that holds effects, for many at once."""
    from_effects = make_measures(in_alpha, 5)
    controller = in_alpha.people["controller"]
    by = in_alpha.actor("head_of_controlling")
    _own_effect(in_alpha, from_effects[3])
    edit = prepared(from_effects, by, controller=controller)
    found = states(edit)
    assert found[3] == ("refused", "controller_is_judged")
    assert found[:3] + found[4:] == [("ready", "")] * 4


def _own_effect(house: House, measure: Measure) -> None:
    from_kpis = house.system(*Role)
    metric = metric_create(draft=MetricDraft("Z1", "Sample"), by=from_kpis)
    draft = EffectDraft(metric, EffectKind.RECURRING, owner=house.people["controller"])
    effect_create(measure=measure, draft=draft, by=from_kpis)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "fields"),
        ({"name": "x"}, "name"),
        ({"stage": "decided"}, "stage"),
        ({"planned_start": date(2027, 1, 2), "planned_end": date(2027, 1, 1)}, "planned_end"),
    ],
)
def test_what_makes_no_sense_is_named(
    in_alpha: House, fields: dict[str, object], field: str
) -> None:
    measure = make_measure(in_alpha)
    with pytest.raises(Invalid) as caught:
        prepared([measure], in_alpha.actor("pmo"), **fields)
    assert list(caught.value.errors) == [field]


def test_no_measure_and_too_many_are_refused(
    in_alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = in_alpha.actor("pmo")
    with pytest.raises(Invalid):
        prepared([], by, owner=None)
    monkeypatch.setattr(asking, "MOST_MEASURES", 1)
    with pytest.raises(Refused) as caught:
        prepared(make_measures(in_alpha, 2), by, owner=None)
    assert caught.value.code == "too_many_measures"


def test_an_end_before_the_start_of_one_measure_is_its_own_refusal(in_alpha: House) -> None:
    late = make_measure(in_alpha, "Late", planned_start=date(2027, 6, 1))
    edit = prepared([late], in_alpha.actor("pmo"), planned_end=date(2027, 1, 1))
    assert states(edit) == [("refused", "end_before_start")]


def test_what_somebody_changed_since_is_refused_at_writing(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    first, second, gone = make_measures(in_alpha, 3)
    edit = prepared([first, second, gone], by, planned_end=date(2027, 1, 1))
    measure_change(measure=first, seen_version=1, fields={"name": "Renamed"}, by=by)
    measure_delete(measure=gone, seen_version=1, by=by)
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert states(edit) == [
        ("refused", "changed_since"),
        ("written", ""),
        ("refused", "not_found"),
    ]


def test_an_open_request_is_voided_only_where_that_was_asked_for(in_alpha: House) -> None:
    by, receiver = in_alpha.actor("pmo"), in_alpha.people["executive"]
    short_model(in_alpha)
    measure = staffed(in_alpha)
    request = asked(in_alpha, measure)
    edit = prepared([measure], by, receiver=receiver)
    assert states(edit) == [("refused", "voids_request")]
    with pytest.raises(Refused) as caught:
        bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert caught.value.code == "bulk_changes_nothing"
    edit = bulk_edit_check(edit=edit, seen_version=edit.version, voids_requests=True, by=by)
    assert (states(edit), rows(edit)[0].voids_request) == ([("ready", "")], True)
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert states(edit) == [("written", "")]
    now = reloaded(in_alpha, measure)
    assert rows(edit)[0].written_version == now.version
    voided = ApprovalRequest.objects.get(pk=request.pk)
    assert voided.state in {RequestState.VOIDED, RequestState.OPEN}


def test_an_undo_writes_back_and_keeps_what_changed_since(in_alpha: House) -> None:
    by, owner, sponsor = in_alpha.actor("pmo"), *(in_alpha.people[n] for n in ("owner", "sponsor"))
    bare = make_measure(in_alpha, "Bare", planned_end=date(2027, 3, 1))
    owned = make_measure(in_alpha, "Owned", owner=sponsor)
    third = make_measure(in_alpha, "Third")
    edit = prepared(
        [bare, owned, third], by, owner=owner, planned_end=date(2027, 5, 1), applies=True
    )
    measure_change(measure=third, seen_version=2, fields={"name": "Since"}, by=by)
    edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    assert edit.state == "undone"
    assert states(edit) == [("undone", ""), ("undone", ""), ("kept", "changed_since")]
    bare, owned, third = (reloaded(in_alpha, one) for one in (bare, owned, third))
    assert (bare.owner, bare.planned_end) == (None, date(2027, 3, 1))
    assert (owned.owner_id, owned.planned_end) == (sponsor.pk, None)
    assert third.owner_id == owner.pk
    bodies = AuditEvent.objects.values_list("body", flat=True)
    assert [json.loads(body)["action"] for body in bodies].count("bulk_edit.undone") == 1


def test_states_and_versions_are_guarded(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    edit = prepared(make_measures(in_alpha, 1), by, planned_end=date(2027, 1, 1))
    with pytest.raises(Conflict) as caught:
        bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    assert caught.value.code == "bulk_not_applied"
    with pytest.raises(Stale):
        bulk_edit_apply(edit=edit, seen_version=edit.version - 1, by=by)
    with pytest.raises(NotVisible):
        bulk_edit_apply(edit=edit, seen_version=edit.version, by=in_alpha.actor("owner"))
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    with pytest.raises(Conflict) as caught:
        bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert caught.value.code == "bulk_not_checked"
    edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    with pytest.raises(Conflict):
        bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)


def test_a_worker_takes_what_is_long_batch_by_batch(
    in_alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    monkeypatch.setattr(working, "BATCH", 2)
    by = in_alpha.actor("pmo")
    measures = make_measures(in_alpha, 5)
    edit = prepared(measures, by, planned_end=date(2027, 1, 1))
    assert (edit.state, edit.total, edit.done) == ("checking", 5, 0)
    assert OutboxEvent.objects.filter(topic=asking.TOPIC, key=str(edit.public_id)).exists()
    assert working.bulk_edit_step(edit_id=edit.pk, by=by)
    assert edit_by_id(edit.public_id, by=by).done == 2
    bulk_edit_work(in_alpha.tenant.pk, str(edit.public_id))
    edit = edit_by_id(edit.public_id, by=by)
    assert (edit.state, states(edit)) == ("checked", [("ready", "")] * 5)
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert edit.state == "applying"
    for _twice in range(2):
        bulk_edit_work(in_alpha.tenant.pk, str(edit.public_id))
    edit = edit_by_id(edit.public_id, by=by)
    assert (edit.state, states(edit)) == ("applied", [("written", "")] * 5)
    assert {reloaded(in_alpha, one).version for one in measures} == {2}


def test_who_has_left_writes_nothing_more(in_alpha: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    by = in_alpha.actor("pmo")
    edit = prepared(make_measures(in_alpha, 2), by, planned_end=date(2027, 1, 1), applies=True)
    assert edit.state == "checking"
    assert not working.bulk_edit_step(edit_id=edit.pk, by=None)
    edit = edit_by_id(edit.public_id, by=by)
    assert (edit.state, states(edit)) == ("checked", [("refused", "membership_ended")] * 2)


def test_a_person_who_left_since_is_no_value_any_more(
    in_alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = in_alpha.actor("pmo")
    edit = prepared(make_measures(in_alpha, 1), by, owner=in_alpha.people["owner"])
    BulkEdit.objects.filter(pk=edit.pk).update(fields={"owner": "nobody@alpha.example"})
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    assert states(edit) == [("refused", "value_gone")]


def test_old_ones_are_forgotten_with_the_next(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    measures = make_measures(in_alpha, 1)
    old = prepared(measures, by, planned_end=date(2027, 1, 1))
    BulkEdit.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    new = prepared(measures, by, planned_end=date(2027, 1, 2))
    assert list(BulkEdit.objects.values_list("pk", flat=True)) == [new.pk]
    assert BulkEditRow.objects.filter(edit=old.pk).count() == 0


def test_a_batch_costs_the_same_however_many(in_alpha: House) -> None:
    by, owner = in_alpha.actor("pmo"), in_alpha.people["owner"]

    def cost(number: int) -> int:
        measures = make_measures(in_alpha, number)
        with CaptureQueriesContext(connection) as queries:
            edit = prepared(measures, by, owner=owner, forum=in_alpha.forum, applies=True)
        assert states(edit) == [("written", "")] * number
        return len(queries)

    assert cost(2) == cost(30)
    assert rules.BATCH >= 30
