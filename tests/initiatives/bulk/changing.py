"""Bulk edits for tests, made through the services."""

from collections.abc import Sequence
from typing import Any

from governance.people.actor import Actor
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.services.asking import BulkDraft, bulk_edit_prepare
from initiatives.models import Measure


def prepared(measures: Sequence[Measure], by: Actor, **more: Any) -> BulkEdit:
    """Checked and not written; `applies=True` writes it. What is left over are the new values."""
    own = {name: more.pop(name) for name in ("voids_requests", "applies", "query") if name in more}
    draft = BulkDraft([measure.pk for measure in measures], more, **own)
    return bulk_edit_prepare(draft=draft, by=by)


def rows(edit: BulkEdit) -> list[BulkEditRow]:
    return list(BulkEditRow.objects.filter(edit=edit).order_by("position"))


def states(edit: BulkEdit) -> list[tuple[str, str]]:
    """What became of each measure, in its order, and why not."""
    return [(row.state, row.refusal) for row in rows(edit)]
