"""`failed-tasks/` and `scheduled-tasks/`: background work that failed, and what may be done."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.background.choices import FailureKind, TaskState
from governance.background.models import FailedTask
from governance.background.rules import REASON_LENGTH
from governance.background.selectors import Run, failed_task, failed_tasks_in, scheduled_runs
from governance.background.services import failed_task_discard, failed_task_retry
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)

TAGS = ["background work"]
NEWEST_FIRST = Order("failed", "last_failed_at", is_descending=True)


class FailedTaskSerializer(serializers.Serializer[Any]):
    """A background task that failed; `dead` is a dead letter and waits for a person."""

    id = serializers.UUIDField()
    task = serializers.CharField(help_text="Name of the task.")
    task_id = serializers.CharField(help_text="Id of its message, the same at every try.")
    state = serializers.ChoiceField(TaskState.choices)
    kind = serializers.ChoiceField(FailureKind.choices)
    arguments = serializers.DictField()
    exception = serializers.CharField(help_text="Class of the last error.")
    lines = serializers.CharField(help_text="Last lines of its traceback, without secrets.")
    tries = serializers.IntegerField(min_value=0)
    first_failed_at = InstantField()
    last_failed_at = InstantField()
    due_at = InstantField(allow_null=True, help_text="Next try.")
    dead_at = InstantField(allow_null=True)
    settled_at = InstantField(allow_null=True)
    settled_by = PersonSerializer(allow_null=True)
    reason = serializers.CharField(help_text="Why it was discarded.")
    version = serializers.IntegerField(min_value=1)


class FailedTaskFilters(ListFilters):
    """What the list is narrowed by; without `state` the dead letters."""

    state = serializers.ChoiceField(TaskState.choices, required=False)


class RetrySerializer(StrictSerializer):
    """Nothing: the address says which task, If-Match which state of it."""


class DiscardSerializer(StrictSerializer):
    """Why nobody needs the task any more."""

    reason = TextField(max_length=REASON_LENGTH)


class ScheduledTaskSerializer(serializers.Serializer[Any]):
    """A scheduled task and when it last succeeded."""

    task = serializers.CharField()
    period = serializers.FloatField(help_text="Seconds.")
    succeeded_at = InstantField(allow_null=True)
    failures = serializers.IntegerField(min_value=0, help_text="In a row since.")
    is_late = serializers.BooleanField()


class ScheduledTasksSerializer(serializers.Serializer[Any]):
    """All scheduled tasks, by name."""

    results = ScheduledTaskSerializer(many=True)


def task_bodies(rows: Iterable[FailedTask]) -> list[dict[str, Any]]:
    """Representations of `FailedTaskSerializer`."""
    return [
        {
            "id": row.public_id,
            "task": row.task,
            "task_id": row.task_id,
            "state": row.state,
            "kind": row.kind,
            "arguments": row.shown_arguments,
            "exception": row.exception,
            "lines": row.lines,
            "tries": row.tries,
            "first_failed_at": row.first_failed_at,
            "last_failed_at": row.last_failed_at,
            "due_at": row.due_at,
            "dead_at": row.dead_at,
            "settled_at": row.settled_at,
            "settled_by": person_body(row.settled_by) if row.settled_by else None,
            "reason": row.reason,
            "version": row.version,
        }
        for row in rows
    ]


def run_body(run: Run) -> dict[str, Any]:
    """Representation of `ScheduledTaskSerializer`."""
    return {
        "task": run.task,
        "period": run.period,
        "succeeded_at": run.succeeded_at,
        "failures": run.failures,
        "is_late": run.is_late,
    }


class FailedTaskListView(ApiView):
    """Background tasks that failed."""

    @extend_schema(
        operation_id="failed_tasks_list",
        tags=TAGS,
        parameters=[FailedTaskFilters],
        responses=page_of(FailedTaskSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of dead letters, or of tasks in another state; the last failure first."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        given = self.filters(FailedTaskFilters)
        rows = failed_tasks_in([TaskState(given.get("state", TaskState.DEAD))])
        return self.page_of(rows, Listing(NEWEST_FIRST, given, task_bodies))


class FailedTaskView(ApiView):
    """One failed task."""

    @extend_schema(
        operation_id="failed_tasks_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=FailedTaskSerializer,
    )
    def get(self, request: Request, tenant_slug: str, failed_id: UUID) -> Response:
        """One failed task, whatever became of it."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        return self.answer(*task_bodies([failed_task(failed_id)]))


class FailedTaskRetryView(ApiView):
    """Having a dead letter tried again."""

    @extend_schema(
        operation_id="failed_tasks_retry",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=RetrySerializer,
        responses=FailedTaskSerializer,
    )
    def post(self, request: Request, tenant_slug: str, failed_id: UUID) -> Response:
        """Try again under the same id and with the same arguments; 409 `task_not_dead`."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        failed_task(failed_id)
        seen = self.seen_version()
        self.parsed(RetrySerializer)
        failed_task_retry(failed_id=failed_id, seen_version=seen, by=self.actor)
        return self.answer(*task_bodies([failed_task(failed_id)]))


class FailedTaskDiscardView(ApiView):
    """Giving a dead letter up for good."""

    @extend_schema(
        operation_id="failed_tasks_discard",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=DiscardSerializer,
        responses=FailedTaskSerializer,
    )
    def post(self, request: Request, tenant_slug: str, failed_id: UUID) -> Response:
        """Discard with a reason; it stays readable. 409 `task_not_dead`."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        failed_task(failed_id)
        seen = self.seen_version()
        given = self.parsed(DiscardSerializer)
        failed_task_discard(
            failed_id=failed_id, reason=given["reason"], seen_version=seen, by=self.actor
        )
        return self.answer(*task_bodies([failed_task(failed_id)]))


class ScheduledTaskListView(ApiView):
    """What the scheduler has done."""

    @extend_schema(
        operation_id="scheduled_tasks_retrieve", tags=TAGS, responses=ScheduledTasksSerializer
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Every scheduled task with its last success, and whether it is late."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        return self.answer({"results": [run_body(run) for run in scheduled_runs()]})
