"""Bulk edits and the measures in them."""

from django.db import models

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from initiatives.bulk.choices import WORKING, BulkRowState, BulkState


class BulkEdit(Addressed, Versioned):
    """One change of many measures, for the person who asks for it and nobody else.

    `fields` are the new values as an API body spells them; `query` is the list it was asked from,
    empty where the measures were chosen one by one. `done` of `total` rows are worked off in the
    running step. With `applies` it is written as soon as it is checked.
    """

    created_by = TenantForeignKey(Membership)
    state = models.CharField(max_length=8, choices=BulkState.choices, default=BulkState.CHECKING)
    fields = models.JSONField(default=dict)
    query = models.CharField(max_length=4000, blank=True)
    voids_requests = models.BooleanField(default=False)
    applies = models.BooleanField(default=False)
    language = models.CharField(max_length=5, default="en")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="initiatives_bulk_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=BulkState.values), name="initiatives_bulk_state"
            ),
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("total")), name="initiatives_bulk_done"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_by", "id"], name="initiatives_bulk_of_person"),
            models.Index(
                fields=["tenant", "updated_at"],
                condition=models.Q(state__in=list(WORKING)),
                name="initiatives_bulk_under_way",
            ),
        ]

    @property
    def known_state(self) -> BulkState:
        return BulkState(self.state)


class BulkEditRow(TenantOwned):
    """One measure of a bulk edit: as it was seen, what changes, and what became of it.

    `code` and `name` stay readable where the measure is gone. `changes` maps a field to before and
    after in words; `before` holds what an undo writes back, people and entries by their numbers.
    """

    edit = TenantForeignKey(BulkEdit)
    position = models.PositiveIntegerField()
    # No reference: a measure that is deleted early must not be held by an old bulk edit.
    measure_id = models.BigIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    seen_version = models.PositiveIntegerField()
    written_version = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=8, choices=BulkRowState.choices, default=BulkRowState.WAITING
    )
    refusal = models.CharField(max_length=60, blank=True)
    voids_request = models.BooleanField(default=False)
    changes = models.JSONField(default=dict)
    before = models.JSONField(default=dict)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "edit", "position"], name="initiatives_bulk_row_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=BulkRowState.values),
                name="initiatives_bulk_row_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[BulkRowState.REFUSED, BulkRowState.KEPT])
                | ~models.Q(refusal=""),
                name="initiatives_bulk_row_says_why",
            ),
        ]

    @property
    def known_state(self) -> BulkRowState:
        return BulkRowState(self.state)
