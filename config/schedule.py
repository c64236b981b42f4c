"""What the scheduler sends and how often; due times of single things live in tables instead."""

from typing import Any

# A message nobody took within this many periods is stale: the next ones carry the same order.
PERIODS_BEFORE_STALE = 2


def every(seconds: float, task: str, *, queue: str = "upkeep") -> dict[str, Any]:
    """One entry: a task's name each so many seconds, dropped when two periods late.

    Not in a queue that people's work fills: behind more of it than two seconds' worth every one
    of these would be stale when its turn comes, and nothing sealed for as long as that lasts.
    """
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expires": seconds * PERIODS_BEFORE_STALE},
    }


SCHEDULE: dict[str, dict[str, Any]] = {
    "drain-outbox": every(1, "governance.drain_outbox"),
    "seal-audit": every(1, "governance.seal_audit"),
    "resume-imports": every(15, "exchange.resume_imports"),
    "heartbeat": every(5, "governance.heartbeat"),
    "resume-exports": every(30, "exchange.resume_exports"),
    "run-clocks": every(60, "initiatives.run_clocks"),
    "forget-exports": every(3600, "exchange.forget_exports"),
    "drain-roll-ups": every(1, "reporting.drain_roll_ups"),
    "refresh-roll-ups": every(60, "reporting.refresh_roll_ups"),
    "verify-roll-ups": every(86_400, "reporting.verify_roll_ups"),
    "verify-values": every(86_400, "reporting.verify_values"),
}
