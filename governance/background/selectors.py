"""Reading failed tasks and the last runs of scheduled ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from governance.background.choices import SETTLED, UNDER_WAY, TaskState
from governance.background.labels import task_label
from governance.background.models import FailedTask, ScheduledRun, SystemFailedTask
from governance.background.rules import lateness
from governance.errors import NotVisible


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks are dead letters, are tried again by themselves, and are settled."""

    dead: int
    under_way: int
    settled: int


@dataclass(frozen=True, slots=True)
class Run:
    """A scheduled task: its period in seconds, its last success, and how it goes since."""

    task: str
    period: float
    succeeded_at: datetime | None
    failures: int
    is_late: bool

    @property
    def label(self) -> str:
        return str(task_label(self.task))


def failed_tasks() -> QuerySet[FailedTask]:
    """All failed tasks of the tenant that are kept, with who settled them."""
    rows: QuerySet[FailedTask] = FailedTask.objects.select_related("settled_by__user")
    return rows


def failed_tasks_in(states: Iterable[TaskState]) -> QuerySet[FailedTask]:
    """Failed tasks of the tenant in these states."""
    return failed_tasks().filter(state__in=list(states))


def failed_task(public_id: UUID) -> FailedTask:
    """One failed task, whatever became of it; raises `NotVisible`."""
    row = failed_tasks().filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def failed_counts() -> Counts:
    """One query."""
    found = FailedTask.objects.aggregate(
        dead=Count("pk", filter=Q(state=TaskState.DEAD)),
        under_way=Count("pk", filter=Q(state__in=UNDER_WAY)),
        settled=Count("pk", filter=Q(state__in=SETTLED)),
    )
    return Counts(**found)


def system_dead_letters() -> QuerySet[SystemFailedTask]:
    """Dead letters of no tenant, oldest first."""
    return SystemFailedTask.objects.filter(state=TaskState.DEAD).order_by("first_failed_at", "pk")


def scheduled_runs() -> Sequence[Run]:
    """Every scheduled task by name, with whether it is late. One query."""
    now = timezone.now()
    runs = []
    for row in ScheduledRun.objects.order_by("task"):
        since = (now - row.succeeded_at).total_seconds() if row.succeeded_at else None
        is_late = lateness(since, row.period)
        runs.append(Run(row.task, row.period, row.succeeded_at, row.failures, is_late))
    return runs
