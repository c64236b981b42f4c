"""Asking for a bulk edit: checked first, then written, then undone, each when asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.bulk.choices import BulkRowState, BulkState
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import AT_ONCE, MOST_MEASURES, offered_fields
from initiatives.bulk.selectors import counts_of, edit_by_id, silent_edits
from initiatives.bulk.services.working import bulk_edit_step
from initiatives.bulk.values import spelled
from initiatives.models import Measure
from initiatives.rules import dates_refusal
from initiatives.selectors import visible_measures

TOPIC = "bulk_edit.requested"
KEPT = timedelta(days=30)
MOST_KEPT = 50
# One comes, so that three that go are enough, and a request deletes no more than that.
MOST_FORGOTTEN = 3

COPY = f"""
INSERT INTO {BulkEditRow._meta.db_table} (tenant_id, edit_id, position, measure_id, code, name,
  seen_version, written_version, state, refusal, voids_request, changes, before)
SELECT m.tenant_id, %s, chosen.place, m.id, m.code, m.name, m.version, 0, %s, '', false, '{{}}',
  '{{}}'
FROM unnest(%s::bigint[]) WITH ORDINALITY AS chosen (id, place)
JOIN {Measure._meta.db_table} m ON m.tenant_id = current_tenant() AND m.id = chosen.id
"""  # noqa: S608  # our own table names


@dataclass(frozen=True, slots=True)
class BulkDraft:
    """Which measures, in their order, and the new values as rows.

    `query` names the list where all that match were meant. With `voids_requests` measures are
    changed, too, on which a request is open; it becomes void by that (G3). With `applies` what was
    found to change is written without asking again.
    """

    measure_ids: Sequence[int]
    fields: Mapping[str, Any]
    query: str = ""
    voids_requests: bool = False
    applies: bool = False


def offered_to(by: Actor) -> tuple[str, ...]:
    """Fields that a person may set on some measure; empty where they change none."""
    return offered_fields(p for p in Permission if by.may_anywhere(p))


def require_bulk(by: Actor) -> None:
    """Raise `NotVisible` for who sees no measure, `Forbidden` for who changes none."""
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    if by.membership_id is None or not offered_to(by):
        raise Forbidden


@transaction.atomic
def bulk_edit_prepare(*, draft: BulkDraft, by: Actor) -> BulkEdit:
    """Say what an edit would do to each measure, and write nothing unless the draft says so.

    Up to two hundred measures are checked at once, more by a worker. Raises `Invalid` at `fields`,
    at a field by name, and at `measures` where none is chosen; `Refused("too_many_measures")`.
    """
    require_bulk(by)
    by.require_writing()
    _require_sense(draft, by)
    edit: BulkEdit = BulkEdit.objects.create(
        created_by_id=by.membership_id,
        fields=spelled(draft.fields),
        query=draft.query,
        voids_requests=draft.voids_requests,
        applies=draft.applies,
        language=(get_language() or "en")[:5],
    )
    edit.total = _note_measures(edit, draft.measure_ids, by)
    _forget_old(by)
    return _go(edit, BulkState.CHECKING, by)


@transaction.atomic
def bulk_edit_check(
    *, edit: BulkEdit, seen_version: int, voids_requests: bool, by: Actor
) -> BulkEdit:
    """Check again, from the measures as they are now; raises `Stale`, `Conflict`."""
    row = _locked(edit, seen_version, BulkState.CHECKED, by)
    row.voids_requests = voids_requests
    BulkEditRow.objects.filter(edit=row).update(
        state=BulkRowState.WAITING, refusal="", voids_request=False
    )
    return _go(row, BulkState.CHECKING, by)


@transaction.atomic
def bulk_edit_apply(*, edit: BulkEdit, seen_version: int, by: Actor) -> BulkEdit:
    """Write what was shown, each measure for itself: what changed since is refused.

    Raises `Stale`, `Conflict("bulk_not_checked")`, `Refused("bulk_changes_nothing")`.
    """
    row = _locked(edit, seen_version, BulkState.CHECKED, by)
    if not counts_of(row).of(BulkRowState.READY):
        raise Refused("bulk_changes_nothing")
    return _go(row, BulkState.APPLYING, by)


@transaction.atomic
def bulk_edit_undo(*, edit: BulkEdit, seen_version: int, by: Actor) -> BulkEdit:
    """Write back what stood before, as an edit of its own; what changed since stays.

    Raises `Stale`, `Conflict("bulk_not_applied")`.
    """
    row = _locked(edit, seen_version, BulkState.APPLIED, by)
    return _go(row, BulkState.UNDOING, by)


def bulk_edits_resume() -> int:
    """Call a worker for edits whose worker has been silent; how many there were.

    In the caller's transaction. One that only waits for its turn is called for as well: whoever
    comes second finds nothing.
    """
    found = list(silent_edits().select_for_update(skip_locked=True, no_key=True))
    for edit in found:
        edit.updated_at = Now()
        edit.save(update_fields=["updated_at"])
        publish(TOPIC, key=str(edit.public_id))
    return len(found)


# --- shared -------------------------------------------------------------------------------------

NOT_YET = {BulkState.CHECKED: "bulk_not_checked", BulkState.APPLIED: "bulk_not_applied"}


def _locked(edit: BulkEdit, seen_version: int, state: BulkState, by: Actor) -> BulkEdit:
    require_bulk(by)
    by.require_writing()
    row: BulkEdit | None = (
        BulkEdit.objects.lock().filter(pk=edit.pk, created_by=by.membership_id or 0).first()
    )
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if row.known_state is not state:
        raise Conflict(NOT_YET[state])
    return row


def _go(edit: BulkEdit, state: BulkState, by: Actor) -> BulkEdit:
    """Begin a step: at once where it is short, else by a worker."""
    edit.state, edit.done = state, 0
    edit.touched().save()
    if edit.total > AT_ONCE:
        publish(TOPIC, key=str(edit.public_id))
    else:
        while bulk_edit_step(edit_id=edit.pk, by=by):
            pass
    return edit_by_id(edit.public_id, by=by)


def _require_sense(draft: BulkDraft, by: Actor) -> None:
    offered = offered_to(by)
    foreign = [name for name in draft.fields if name not in offered]
    if foreign:
        text = _("Your roles do not let you change this field, or not on many measures at once.")
        raise Invalid({name: [text] for name in foreign})
    if not draft.fields:
        raise Invalid({"fields": [_("Choose at least one field to change.")]})
    if dates_refusal(draft.fields):
        raise Invalid({"planned_end": [_("The end cannot come before the start.")]})
    if not draft.measure_ids:
        raise Invalid({"measures": [_("Choose at least one measure.")]})
    if len(draft.measure_ids) > MOST_MEASURES:
        raise Refused("too_many_measures")


def _note_measures(edit: BulkEdit, measure_ids: Sequence[int], by: Actor) -> int:
    """A row for each measure that may be seen, in the order given; how many.

    The database copies them from the measures: ten thousand objects would keep the person waiting.
    """
    found = visible_measures(by).filter(pk__in=list(measure_ids))
    seen = set(found.order_by().values_list("pk", flat=True))
    chosen = [pk for pk in dict.fromkeys(measure_ids) if pk in seen]
    with connection.cursor() as cursor:
        cursor.execute(COPY, [edit.pk, BulkRowState.WAITING, chosen])
        return int(cursor.rowcount)


def _forget_old(by: Actor) -> None:
    """Whoever asks for a new one takes old ones of theirs away, so that none are swept for."""
    mine = BulkEdit.objects.filter(created_by=by.membership_id or 0)
    recent = list(mine.order_by("-id").values_list("pk", flat=True)[:MOST_KEPT])
    old = mine.exclude(pk__in=recent) | mine.filter(created_at__lt=timezone.now() - KEPT)
    gone = list(old.order_by("id").values_list("pk", flat=True)[:MOST_FORGOTTEN])
    BulkEditRow.objects.filter(edit__in=gone).delete()
    BulkEdit.objects.filter(pk__in=gone).delete()
