"""Bulk edits that workers take: side by side, after rights are gone, when something breaks."""

import json
from datetime import date
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.errors import Forbidden, NotVisible
from governance.masterdata.services import master_data_delete_unused, master_data_set_active
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.permissions.services import member_leave, role_grant, role_revoke
from initiatives.bulk.models import BulkEdit
from initiatives.bulk.selectors import edit_by_id
from initiatives.bulk.services import asking, working
from initiatives.bulk.services.asking import bulk_edit_apply, bulk_edit_undo
from initiatives.bulk.services.working import bulk_edit_work
from initiatives.models import Measure
from tests.houses import House, World
from tests.initiatives.bulk.changing import prepared, states
from tests.initiatives.making import make_measures, reloaded
from tests.racing import errors_in, race

END, LATER = date(2027, 1, 1), date(2028, 1, 1)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is a worker's, two measures at a time."""
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    monkeypatch.setattr(working, "BATCH", 2)


def worked(house: House, edit: BulkEdit) -> BulkEdit:
    bulk_edit_work(house.tenant.pk, str(edit.public_id))
    return BulkEdit.objects.get(pk=edit.pk)


def events(action: str) -> list[dict[str, Any]]:
    bodies = [json.loads(body) for body in AuditEvent.objects.values_list("body", flat=True)]
    return [body for body in bodies if body["action"] == action]


def revoke(house: House, who: str) -> None:
    for grant in NodeGrant.objects.filter(membership=house.people[who]):
        role_revoke(grant_id=str(grant.public_id), by=house.system(*Role))


def leave(house: House, who: str) -> None:
    member = Membership.objects.get(pk=house.people[who].pk)
    member_leave(membership=member, seen_version=member.version, by=house.system(*Role))


def test_who_lost_the_role_since_the_preview_writes_nothing(in_alpha: House, long: None) -> None:
    measures = make_measures(in_alpha, 3)
    edit = worked(in_alpha, prepared(measures, in_alpha.actor("pmo"), planned_end=END))
    applying = bulk_edit_apply(edit=edit, seen_version=edit.version, by=in_alpha.actor("pmo"))
    revoke(in_alpha, "pmo")
    with pytest.raises((Forbidden, NotVisible)):
        bulk_edit_apply(edit=applying, seen_version=applying.version, by=in_alpha.actor("pmo"))
    edit = worked(in_alpha, applying)
    assert (edit.state, states(edit)) == ("applied", [("refused", "not_found")] * 3)
    assert {reloaded(in_alpha, one).version for one in measures} == {1}


def test_who_leaves_in_the_middle_is_told_of_in_the_trail(in_alpha: House, long: None) -> None:
    by = in_alpha.actor("pmo")
    edit = worked(in_alpha, prepared(make_measures(in_alpha, 4), by, planned_end=END))
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    working.bulk_edit_step(edit_id=edit.pk, by=by)
    leave(in_alpha, "pmo")
    edit = worked(in_alpha, edit)
    assert states(edit) == [("written", "")] * 2 + [("refused", "membership_ended")] * 2
    (whole,) = events("bulk_edit.applied")
    assert whole["changes"] == {"fields": "planned_end", "changed": 2, "refused": 2}
    assert whole["actor"]["email"] == ""


def test_a_batch_that_breaks_is_refused_and_the_rest_goes_on(
    in_alpha: House, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = in_alpha.actor("pmo")
    measures = make_measures(in_alpha, 5)
    edit = worked(in_alpha, prepared(measures, by, planned_end=END))
    edit = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
    real = working.measures_change

    def breaks(*, changes: Any, by: Any) -> list[Measure]:
        written = real(changes=changes, by=by)
        if any(change.measure_id == measures[2].pk for change in changes):
            raise RuntimeError
        return written

    monkeypatch.setattr(working, "measures_change", breaks)
    edit = worked(in_alpha, edit)
    assert edit.state == "applied"
    assert [why for _state, why in states(edit)] == ["", "", "bulk_failed", "bulk_failed", ""]
    assert [reloaded(in_alpha, one).version for one in measures] == [2, 2, 1, 1, 2]
    assert len(events("measure.changed")) == 3
    edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    edit = worked(in_alpha, edit)
    assert [state for state, _why in states(edit)] == [
        *["undone"] * 2,
        *["refused"] * 2,
        "undone",
    ]


def test_what_stood_before_and_is_gone_is_not_written_back(in_alpha: House) -> None:
    by, every = in_alpha.actor("pmo"), in_alpha.system(*Role)
    owner, sponsor = in_alpha.people["owner"], in_alpha.people["sponsor"]
    old, deleted, still = make_measures(in_alpha, 3)
    for measure, values in ((old, {"owner": owner}), (deleted, {"function": in_alpha.function})):
        prepared([measure], by, applies=True, **values)
    edit = prepared([old, deleted, still], by, applies=True, owner=sponsor, function=None)
    assert [state for state, _why in states(edit)] == ["written"] * 3
    leave(in_alpha, "owner")
    master_data_delete_unused(row=in_alpha.function, by=every)
    edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    assert states(edit) == [("kept", "value_gone"), ("kept", "value_gone"), ("undone", "")]
    assert reloaded(in_alpha, old).owner_id == sponsor.pk


def test_an_entry_that_was_switched_off_is_not_written_back(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    (measure,) = make_measures(in_alpha, 1, function=in_alpha.function)
    edit = prepared([measure], by, applies=True, function=None)
    master_data_set_active(
        row=in_alpha.function, is_active=False, seen_version=1, by=in_alpha.system(*Role)
    )
    edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
    assert states(edit) == [("kept", "value_gone")]


def test_two_who_change_the_same_measures_at_once_change_each_once(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opposite orders and shared batches: neither waits for the other for good."""
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    monkeypatch.setattr(working, "BATCH", 5)
    house = lasting_world.alpha
    with house.active():
        role_grant(
            membership=house.people["guest"],
            role=Role.PMO,
            node=house.root,
            by=house.system(*Role),
        )
        measures = make_measures(house, 40)
        people = {"pmo": END, "guest": LATER}
        made = {}
        for who, end in people.items():
            chosen = measures[:30] if who == "pmo" else measures[:9:-1]
            made[who] = prepared(chosen, house.actor(who), planned_end=end)
    for edit in made.values():
        bulk_edit_work(house.tenant.pk, str(edit.public_id))
    with house.active():
        for who, edit in made.items():
            shown = edit_by_id(edit.public_id, by=house.actor(who))
            bulk_edit_apply(edit=edit, seen_version=shown.version, by=house.actor(who))
    # Two workers for each of the two.
    runs = [str(edit.public_id) for edit in made.values()] * 2
    results = race(*(lambda key=key: bulk_edit_work(house.tenant.pk, key) for key in runs))
    assert errors_in(results) == []
    with house.active():
        found = [state for edit in made.values() for state in states(edit)]
        assert found.count(("written", "")) == 40
        assert found.count(("refused", "changed_since")) == 20
        assert set(Measure.objects.values_list("version", flat=True)) == {2}
        keys = [body["subject"]["key"] for body in events("measure.changed")]
        assert sorted(keys) == sorted(measure.code for measure in measures)
