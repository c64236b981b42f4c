"""Working a bulk edit off, batch by batch, each in one transaction; safe side by side and twice."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils import timezone, translation

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Invalid
from governance.events.services import publish_many
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.permissions.selectors import actor_for, system_actor
from governance.tenancy.context import tenant_transaction
from initiatives.bulk.choices import BulkRowState, BulkState
from initiatives.bulk.judging import Verdict, judged
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import BATCH
from initiatives.bulk.selectors import counts_of
from initiatives.bulk.values import as_rows, known_rows, taken_back
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS, visible_measures
from initiatives.services_bulk import MeasureChange, locked_measures, measures_change

log = logging.getLogger(__name__)

GONE, CHANGED, LEFT = "not_found", "changed_since", "membership_ended"
VALUE_GONE, FAILED = "value_gone", "bulk_failed"
COLUMNS = (
    "state",
    "refusal",
    "voids_request",
    "seen_version",
    "written_version",
    "changes",
    "before",
)
Fields = Mapping[int, Mapping[str, Any]]


def bulk_edit_work(tenant_id: int, public_id: str) -> None:
    """Do what a bulk edit waits for, with the rights its person has at each batch.

    A worker that is killed loses its batch alone: the next one goes on where it began. A batch in
    which something breaks is refused as a whole, so that no edit stays under way for good; a lost
    database is left to the next worker.
    """
    is_working, reason = True, ""
    while is_working:
        try:
            is_working = _worked(tenant_id, public_id, reason)
            reason = ""
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            if reason:
                raise
            log.exception("a batch of bulk edit %s failed and is refused", public_id)
            reason = FAILED


def _worked(tenant_id: int, public_id: str, refused_for: str) -> bool:
    """The next batch in a transaction of its own; whether there is more to do."""
    with tenant_transaction(tenant_id):
        edit: BulkEdit | None = BulkEdit.objects.filter(public_id=public_id).first()
        if edit is None or not edit.known_state.is_working:
            return False
        with translation.override(edit.language):
            return bulk_edit_step(edit_id=edit.pk, by=_actor(edit), refused_for=refused_for)


def _actor(edit: BulkEdit) -> Actor | None:
    """Who asked, with the rights of this moment; None once they have left."""
    member = Membership.objects.select_related("user").filter(pk=edit.created_by_id).first()
    return actor_for(member, via="worker") if member is not None and member.is_live else None


@transaction.atomic
def bulk_edit_step(*, edit_id: int, by: Actor | None, refused_for: str = "") -> bool:
    """Work the next batch off; whether there is more to do. `by` is None once they have left.

    With `refused_for`, the code of a refusal, the batch is left as it is and refused.
    """
    edit: BulkEdit | None = BulkEdit.objects.lock().filter(pk=edit_id).first()
    if edit is None or not edit.known_state.is_working:
        return False
    rows = list(
        BulkEditRow.objects.filter(edit=edit, position__gt=edit.done).order_by("position")[:BATCH]
    )
    touched = _turn(edit, rows, by, refused_for)
    BulkEditRow.objects.update_records(
        COLUMNS, [[row.pk, *(getattr(row, name) for name in COLUMNS)] for row in touched]
    )
    edit.done = rows[-1].position if rows else edit.total
    if edit.done >= edit.total:
        _finish(edit, by)
    edit.updated_at = Now()  # by this the next worker sees that this one is alive
    edit.save()
    return edit.known_state.is_working


def _turn(
    edit: BulkEdit, rows: Sequence[BulkEditRow], by: Actor | None, refused_for: str
) -> list[BulkEditRow]:
    """One batch of the step that is under way; the rows that it touched."""
    wants, does, refused = STEPS[edit.known_state]
    mine = [row for row in rows if row.state == wants]
    if by is None or refused_for:
        for row in mine:
            row.state, row.refusal = refused, refused_for or LEFT
    elif mine:
        does(edit, mine, by)
    return mine


def _check(edit: BulkEdit, rows: Sequence[BulkEditRow], by: Actor) -> None:
    """Say what would become of each measure."""
    ids = [row.measure_id for row in rows]
    found = visible_measures(by).select_related(*MEASURE_RELATIONS).filter(pk__in=ids)
    measures = {measure.pk: measure for measure in found}
    try:
        values = as_rows(edit.fields)
    except Invalid:
        values = {}
    fields = dict.fromkeys(ids, values)
    verdicts = judged(list(measures.values()), fields, may_void=edit.voids_requests, by=by)
    for row in rows:
        measure = measures.get(row.measure_id)
        if measure is None:
            row.state, row.refusal = BulkRowState.REFUSED, GONE
        elif not values:
            row.state, row.refusal = BulkRowState.REFUSED, VALUE_GONE
        else:
            row.seen_version = measure.version
            _note(row, verdicts[measure.pk])


def _apply(edit: BulkEdit, rows: Sequence[BulkEditRow], by: Actor) -> None:
    try:
        values = as_rows(edit.fields)
    except Invalid:
        for row in rows:
            row.state, row.refusal = BulkRowState.REFUSED, VALUE_GONE
        return
    fields = {row.measure_id: values for row in rows}
    seen = {row.measure_id: row.seen_version for row in rows}
    verdicts = _write(fields, seen, may_void=edit.voids_requests, by=by)
    for row in rows:
        _note(row, verdicts[row.measure_id])
        if row.state == BulkRowState.READY:
            row.state = BulkRowState.WRITTEN
    _note_versions([row for row in rows if row.state == BulkRowState.WRITTEN])


def _undo(_edit: BulkEdit, rows: Sequence[BulkEditRow], by: Actor) -> None:
    """Write back what stood before, as an edit of its own; whatever changed since is kept."""
    known = known_rows(row.before for row in rows)
    taken = {row.measure_id: taken_back(row.before, known) for row in rows}
    fields = {pk: values for pk, values in taken.items() if values is not None}
    seen = {row.measure_id: row.written_version for row in rows}
    verdicts = _write(fields, seen, may_void=False, by=by)
    gone = Verdict(BulkRowState.REFUSED, VALUE_GONE)
    for row in rows:
        verdict = verdicts.get(row.measure_id, gone)
        is_refused = verdict.state is BulkRowState.REFUSED
        row.state = BulkRowState.KEPT if is_refused else BulkRowState.UNDONE
        row.refusal = verdict.refusal


def _write(
    fields: Fields, seen: Mapping[int, int], *, may_void: bool, by: Actor
) -> dict[int, Verdict]:
    """Change what may be changed under the lock; a verdict for every measure asked for."""
    locked = locked_measures(fields)
    verdicts: dict[int, Verdict] = {}
    sound: list[Measure] = []
    for pk in fields:
        measure = locked.get(pk)
        if measure is None or not by.sees(measure.path):
            verdicts[pk] = Verdict(BulkRowState.REFUSED, GONE)
        elif measure.version != seen[pk]:
            verdicts[pk] = Verdict(BulkRowState.REFUSED, CHANGED)
        else:
            sound.append(measure)
    verdicts |= judged(sound, fields, may_void=may_void, by=by)
    ready = [pk for pk, verdict in verdicts.items() if verdict.state is BulkRowState.READY]
    changes = [MeasureChange(pk, seen[pk], fields[pk]) for pk in ready]
    written = measures_change(changes=changes, by=by) if changes else []
    messages = [
        (row.code, {"code": row.code, "fields": list(verdicts[row.pk].changes)}) for row in written
    ]
    if messages:
        publish_many("measure.changed", messages)
    return verdicts


def _note(row: BulkEditRow, verdict: Verdict) -> None:
    row.state, row.refusal = verdict.state, verdict.refusal
    row.voids_request = verdict.voids_request
    row.changes, row.before = verdict.changes, verdict.before


def _note_versions(rows: Sequence[BulkEditRow]) -> None:
    """The versions as they are after the writing: a request that became void adds one more."""
    ids = [row.measure_id for row in rows]
    versions = dict(Measure.objects.filter(pk__in=ids).values_list("pk", "version"))
    for row in rows:
        row.written_version = versions[row.measure_id]


def _finish(edit: BulkEdit, by: Actor | None) -> None:
    """The step is done: say so, and record what was written as a whole."""
    done = edit.known_state
    edit.state = done.next
    edit.touched()
    if done is BulkState.CHECKING and edit.applies and by is not None:
        edit.applies = False  # once: what is checked again is asked for again
        if counts_of(edit).of(BulkRowState.READY):
            edit.state, edit.done = BulkState.APPLYING, 0
        return
    action = {
        BulkState.APPLYING: AuditAction.BULK_EDIT_APPLIED,
        BulkState.UNDOING: AuditAction.BULK_EDIT_UNDONE,
    }.get(done)
    if done is BulkState.APPLYING:
        edit.applied_at = timezone.now()
    elif done is BulkState.UNDOING:
        edit.undone_at = timezone.now()
    if action is None:
        return
    counts = counts_of(edit)
    is_undo = done is BulkState.UNDOING
    changed = counts.of(BulkRowState.UNDONE if is_undo else BulkRowState.WRITTEN)
    refused = counts.of(BulkRowState.KEPT if is_undo else BulkRowState.REFUSED)
    facts = {"fields": " ".join(edit.fields), "changed": changed, "refused": refused}
    subject = Subject("bulk_edit", str(edit.public_id), str(edit.public_id)[:8])
    # What somebody changed before they left stays in the trail as a whole, too.
    who = by or system_actor(edit.tenant_id, via="worker")
    record(action, subject=subject, by=who, changes=facts)


Step = Callable[[BulkEdit, Sequence[BulkEditRow], Actor], None]
# Which rows a step works off, how, and what those become that nobody works off any more.
STEPS: dict[BulkState, tuple[BulkRowState, Step, BulkRowState]] = {
    BulkState.CHECKING: (BulkRowState.WAITING, _check, BulkRowState.REFUSED),
    BulkState.APPLYING: (BulkRowState.READY, _apply, BulkRowState.REFUSED),
    BulkState.UNDOING: (BulkRowState.WRITTEN, _undo, BulkRowState.KEPT),
}
