"""Tasks that failed, of a tenant and of the system, and when scheduled tasks last ran."""

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now

from governance.background.choices import OPEN, SETTLED, UNDER_WAY, FailureKind, TaskState
from governance.background.labels import task_label
from governance.background.rules import CLASS_LENGTH, REASON_LENGTH, TASK_ID_LENGTH
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned


def facts(prefix: str) -> list[models.BaseConstraint]:
    """What holds for a failed task of either kind, by names of its own."""
    is_tried = models.Q(state__in=UNDER_WAY)
    is_settled = models.Q(state__in=SETTLED)
    has_due, has_end = models.Q(due_at__isnull=False), models.Q(settled_at__isnull=False)
    was_dead = models.Q(dead_at__isnull=False)
    said = {
        "state": models.Q(state__in=TaskState.values),
        "kind": models.Q(kind__in=FailureKind.values),
        "due_while_tried": (is_tried & has_due) | (~is_tried & ~has_due),
        "kept_once_dead": is_tried | was_dead,
        "settled_at_the_end": (is_settled & has_end) | (~is_settled & ~has_end),
    }
    return [
        models.CheckConstraint(condition=condition, name=f"{prefix}_{name}")
        for name, condition in said.items()
    ]


class FailedTaskFields(models.Model):
    """One task that failed, from its first failure until it is done or discarded.

    The database guards it: a trigger (`governance_failed_task_is_kept`) lets nobody delete a row
    that was a dead letter once, change what it was about, or touch it once it is settled.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    task = models.CharField(max_length=120)
    task_id = models.CharField(max_length=TASK_ID_LENGTH)
    queue = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.WAITING)
    kind = models.CharField(max_length=10, choices=FailureKind.choices)
    exception = models.CharField(max_length=CLASS_LENGTH)
    lines = models.TextField(blank=True)
    tries = models.PositiveIntegerField(default=0)
    round_tries = models.PositiveIntegerField(default=0)
    first_failed_at = models.DateTimeField(db_default=Now())
    last_failed_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.task} {self.task_id}"

    @property
    def is_dead(self) -> bool:
        return self.state == TaskState.DEAD

    @property
    def known_kind(self) -> FailureKind:
        return FailureKind(self.kind)

    @property
    def known_state(self) -> TaskState:
        return TaskState(self.state)

    @property
    def shown_arguments(self) -> dict[str, Any]:
        """What it was called with, without the number of the tenant, which is nobody's business."""
        return {name: value for name, value in self.arguments.items() if name != "tenant_id"}

    @property
    def label(self) -> str:
        """What the task does, in words."""
        return str(task_label(self.task))


class FailedTask(FailedTaskFields, TenantOwned):
    """A failed task of one tenant."""

    settled_by = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="governance_failed_task_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "task_id"],
                condition=models.Q(state__in=OPEN),
                name="governance_failed_task_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=TaskState.DISCARDED)
                | models.Q(~models.Q(reason=""), settled_by__isnull=False),
                name="governance_failed_task_discarded_by_somebody",
            ),
            *facts("governance_failed_task"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="governance_failed_task_due",
            ),
            models.Index(
                fields=["tenant", "state", "-last_failed_at", "-id"],
                name="governance_failed_task_newest",
            ),
        ]


class SystemFailedTask(FailedTaskFields):
    """A failed task that belongs to no tenant; operators see to it by `manage.py dead_letters`."""

    settled_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="governance_system_failed_task_id"),
            models.UniqueConstraint(
                fields=["task_id"],
                condition=models.Q(state__in=OPEN),
                name="governance_system_failed_task_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=TaskState.DISCARDED)
                | models.Q(~models.Q(reason=""), ~models.Q(settled_by="")),
                name="governance_system_failed_task_discarded_by_somebody",
            ),
            *facts("governance_system_failed_task"),
        ]


class ScheduledRun(models.Model):
    """When each scheduled task last succeeded; bookkeeping without a tenant."""

    task = models.CharField(max_length=120, primary_key=True)
    period = models.FloatField()
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.task
