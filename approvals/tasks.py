"""What is overdue is escalated, and exceptions are watched, in every tenant."""

from celery import shared_task

from approvals.escalations.services.running import escalations_run
from approvals.exceptions.services.watching import (
    causes_ease,
    exceptions_climb,
    lapsed_clocks_open,
)
from governance.events.services import tenants_with_work
from governance.people.actor import Actor
from governance.permissions.rounds import each_tenant


@shared_task(name="approvals.run_escalations")
def run_escalations() -> int:
    """Open, climb and end escalations of tenants that have any work; how many climbed (T17).

    Safe to run twice and side by side.
    """
    failing = "the escalations of tenant %s could not be run"
    return each_tenant(
        tenants_with_work("escalations"), lambda by: escalations_run(by=by).climbed, failing=failing
    )


@shared_task(name="approvals.watch_exceptions")
def watch_exceptions() -> int:
    """Climb, open and ease tenant by tenant; how many exceptions changed; safe to run twice."""
    failing = "the exceptions of tenant %s could not be watched"
    return each_tenant(tenants_with_work("exceptions"), _watched, failing=failing)


def _watched(by: Actor) -> int:
    return exceptions_climb(by=by) + lapsed_clocks_open(by=by) + causes_ease(by=by)
