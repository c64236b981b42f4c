"""Reading bulk edits: one's own and nobody else's, their measures, and how many come to what."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.web.pages import Order
from initiatives.bulk.choices import WORKING, BulkRowState
from initiatives.bulk.models import BulkEdit, BulkEditRow

NEWEST_FIRST = Order("newest", "id", is_descending=True)
BY_POSITION = Order("position", "position")
# A batch takes a second; `tenants_with_work` names the same time.
SILENT = timedelta(seconds=30)


@dataclass(slots=True)
class Counts:
    """How many measures come to what, and why those are refused that are."""

    by_state: dict[BulkRowState, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    voided: int = 0

    def of(self, state: BulkRowState) -> int:
        return self.by_state.get(state, 0)


def edits_of(by: Actor) -> QuerySet[BulkEdit]:
    """What this person asked for."""
    rows: QuerySet[BulkEdit] = BulkEdit.objects.filter(created_by=by.membership_id or 0)
    return rows


def edit_by_id(public_id: str | uuid.UUID, *, by: Actor) -> BulkEdit:
    """One of one's own bulk edits; raises `NotVisible`."""
    found = edits_of(by).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def silent_edits() -> QuerySet[BulkEdit]:
    """Those under way whose worker has not been heard of for a while."""
    rows: QuerySet[BulkEdit] = BulkEdit.objects.filter(
        state__in=list(WORKING), updated_at__lt=timezone.now() - SILENT
    )
    return rows


def rows_in(edit: BulkEdit, *, state: BulkRowState | None = None) -> QuerySet[BulkEditRow]:
    """The measures of a bulk edit, unordered, or those that came to one state."""
    rows: QuerySet[BulkEditRow] = BulkEditRow.objects.filter(edit=edit)
    return rows if state is None else rows.filter(state=state)


def counts_of(edit: BulkEdit) -> Counts:
    """How many came to what; one query."""
    return counts_of_all([edit])[edit.pk]


def counts_of_all(edits: Iterable[BulkEdit]) -> dict[int, Counts]:
    """The same for several, by their ids; one query."""
    counts = {edit.pk: Counts() for edit in edits}
    rows = BulkEditRow.objects.filter(edit__in=list(counts)).order_by()
    groups = rows.values_list("edit_id", "state", "refusal", "voids_request")
    for edit_id, state, refusal, voids, number in groups.annotate(number=Count("pk")):
        one, known = counts[edit_id], BulkRowState(state)
        one.by_state[known] = one.of(known) + number
        if refusal:
            one.refusals[refusal] = one.refusals.get(refusal, 0) + number
        if voids and known in {BulkRowState.READY, BulkRowState.WRITTEN}:
            one.voided += number
    return counts
