"""Times every task of a worker, for the metrics and as one line in the log.

Celery tells of its tasks by its own signals; they are taken here and nowhere else.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from celery import bootsteps, signals
from django.db import connection

from governance.operations.meters import count_database_errors, task_done, task_expired
from governance.web import logs

log = logging.getLogger("tollgate.task")

# The scheduler sends these every few seconds: no line for each that went well.
QUIET_QUEUES = {"upkeep", "figures"}
OUTCOMES = {
    "SUCCESS": "succeeded",
    "FAILURE": "failed",
    "RETRY": "retried",
    "REJECTED": "rejected",
    "IGNORED": "ignored",
}
LEVELS = {"failed": logging.WARNING, "rejected": logging.WARNING}


@dataclass(frozen=True, slots=True)
class _Running:
    started: float
    tokens: logs.Tokens


_running: dict[str, _Running] = {}


class TaskTimes(bootsteps.Step):
    """Listens in every process of a worker."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        connect()


def connect() -> None:
    """Listen to Celery; a second call changes nothing."""
    signals.task_prerun.connect(begin, dispatch_uid="tollgate.begin")
    signals.task_postrun.connect(end, dispatch_uid="tollgate.end")
    signals.task_revoked.connect(drop, dispatch_uid="tollgate.drop")


def begin(task_id: str, task: Any, kwargs: dict[str, Any] | None = None, **_more: Any) -> None:
    """Every line from here on names the task, and the tenant it is for."""
    tenant_id = (kwargs or {}).get("tenant_id")
    tokens = logs.bind(task=task.name, task_id=task_id, tenant_id=tenant_id)
    _running[task_id] = _Running(time.perf_counter(), tokens)
    connection.execute_wrappers.append(count_database_errors)


def end(task_id: str, task: Any, state: str | None = None, **_more: Any) -> None:
    """Count the task under its outcome and say so."""
    running = _running.pop(task_id, None)
    if running is None:
        return
    if count_database_errors in connection.execute_wrappers:
        connection.execute_wrappers.remove(count_database_errors)
    seconds = time.perf_counter() - running.started
    outcome = OUTCOMES.get(state or "", "failed")
    task_done(task=task.name, outcome=outcome, seconds=seconds)
    facts = {"outcome": outcome, "duration_ms": round(seconds * 1000, 1)}
    log.log(_level(task, outcome), "%s %s", task.name, outcome, extra=facts)
    logs.release(running.tokens)


def drop(sender: Any, expired: bool = False, **_more: Any) -> None:  # noqa: FBT001, FBT002  # Celery passes it by name
    """Count a task whose time to run had passed when a worker took it."""
    if expired:
        task_expired(task=sender.name)


def _level(task: Any, outcome: str) -> int:
    if outcome in LEVELS:
        return LEVELS[outcome]
    queue = (task.request.delivery_info or {}).get("routing_key")
    return logging.DEBUG if queue in QUIET_QUEUES else logging.INFO
