"""What every process counts by itself: requests, tasks, errors of the database.

Every label comes from a closed list (names of routes and tasks, classes of status): an address as
it was typed would make a new series for each measure.
"""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

_requests = Histogram(
    "tollgate_request_seconds",
    "Time from the first middleware to the finished answer.",
    ["route", "method", "status"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_tasks = Histogram(
    "tollgate_task_seconds",
    "Time that a worker spent on a task.",
    ["task", "outcome"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 300, 1200),
    registry=REGISTRY,
)
_expired = Counter(
    "tollgate_tasks_expired",
    "Tasks that were dropped because nobody took them in time.",
    ["task"],
    registry=REGISTRY,
)
_database_errors = Counter(
    "tollgate_database_errors",
    "Statements that the database refused or did not answer, by kind of error.",
    ["kind"],
    registry=REGISTRY,
)


def request_done(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request under its route's name and its class of status (`2xx`)."""
    known = method if method in METHODS else OTHER
    _requests.labels(route, known, f"{status // 100}xx").observe(seconds)


def task_done(*, task: str, outcome: str, seconds: float) -> None:
    """Count one task that a worker has let go of."""
    _tasks.labels(task, outcome).observe(seconds)


def task_expired(*, task: str) -> None:
    """Count one task that came too late."""
    _expired.labels(task).inc()


def count_database_errors(execute: Callable[..., Any], sql: str, params: Any, *how: Any) -> Any:
    """Wrapper of statements (Django's `execute_wrapper`): counts those that fail, changes none."""
    try:
        return execute(sql, params, *how)
    except DatabaseError as error:
        _database_errors.labels(type(error).__name__).inc()
        raise
