"""What the scheduler sends and how often; due times of single things live in tables instead."""

from typing import Any

# A message nobody took within this many periods is stale: the next ones carry the same order.
PERIODS_BEFORE_STALE = 2


def every(seconds: float, task: str, *, queue: str = "interactive") -> dict[str, Any]:
    """One entry: a task's name each so many seconds, dropped when two periods late."""
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expires": seconds * PERIODS_BEFORE_STALE},
    }


SCHEDULE: dict[str, dict[str, Any]] = {
    "drain-outbox": every(1, "governance.drain_outbox"),
    "seal-audit": every(1, "governance.seal_audit"),
    "heartbeat": every(5, "governance.heartbeat"),
    "resume-exports": every(30, "exchange.resume_exports"),
    "forget-exports": every(3600, "exchange.forget_exports"),
}
