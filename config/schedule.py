"""What the scheduler sends and how often; due times of single things live in tables instead."""

from typing import Any

from config.routes import ROUTES, UPKEEP

# A message nobody took within this many periods is stale: the next ones carry the same order.
PERIODS_BEFORE_STALE = 2


def every(seconds: float, task: str, *, queue: str = "") -> dict[str, Any]:
    """One entry: a task's name each so many seconds, dropped when two periods late.

    It goes to the queue of its task unless another one is named.
    """
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue or ROUTES[task], "expires": seconds * PERIODS_BEFORE_STALE},
    }


SCHEDULE: dict[str, dict[str, Any]] = {
    "drain-outbox": every(1, "governance.drain_outbox", queue=UPKEEP),
    "seal-audit": every(1, "governance.seal_audit"),
    "resend-tasks": every(2, "governance.resend_tasks"),
    "resume-imports": every(15, "exchange.resume_imports"),
    "resume-bulk-edits": every(15, "initiatives.resume_bulk_edits"),
    "heartbeat": every(5, "governance.heartbeat"),
    "send-mails": every(5, "governance.send_mails"),
    "gather-digests": every(300, "governance.gather_digests"),
    "forget-texts": every(86_400, "governance.forget_texts"),
    "watch-queues": every(10, "governance.watch_queues"),
    "resume-exports": every(30, "exchange.resume_exports"),
    "run-clocks": every(60, "initiatives.run_clocks"),
    "run-escalations": every(60, "approvals.run_escalations"),
    "watch-exceptions": every(60, "approvals.watch_exceptions"),
    "review-holds": every(300, "initiatives.review_holds"),
    "watch-sustain": every(3600, "kpis.watch_sustain"),
    "forget-exports": every(3600, "exchange.forget_exports"),
    "settle-periods": every(300, "kpis.settle_periods"),
    # Each goes on for longer than a period: another one always waits where a worker comes anew.
    "keep-roll-ups": every(10, "reporting.keep_roll_ups"),
    "drain-roll-ups": every(2, "reporting.drain_roll_ups"),
    "refresh-roll-ups": every(60, "reporting.refresh_roll_ups"),
    "verify-roll-ups": every(86_400, "reporting.verify_roll_ups"),
    "verify-reports": every(86_400, "reporting.verify_reports"),
    "verify-values": every(86_400, "reporting.verify_values"),
}
PERIODS: dict[str, float] = {entry["task"]: entry["schedule"] for entry in SCHEDULE.values()}
