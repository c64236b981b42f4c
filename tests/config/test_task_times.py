"""Tasks are timed, counted by outcome, and named in every line that they write."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Task, signals
from django.db import DatabaseError, connection, transaction

from config import task_times
from config.celery import app
from governance.operations import meters
from governance.web.logs import ContextFilter, facts_of

log = logging.getLogger("tests.work")


@pytest.fixture
def heard() -> Iterator[None]:
    """Listens as a worker does; other tests call their tasks in silence."""
    task_times.connect()
    yield
    for signal in (signals.task_prerun, signals.task_postrun, signals.task_revoked):
        for name in ("begin", "end", "drop"):
            signal.disconnect(dispatch_uid=f"tollgate.{name}")


@pytest.fixture
def work() -> Iterator[Task]:
    """A task that does what it is told."""

    def run(self: Task, *, tenant_id: int = 0, does: str = "well") -> None:
        log.warning("at work")
        if does == "badly":
            raise LookupError
        if does == "again" and not self.request.retries:
            self.retry(countdown=0, max_retries=1)
        if does == "in vain":
            with transaction.atomic():
                connection.cursor().execute("SELECT nothing_of_the_kind")

    name = "tests.timed_work"
    yield app.task(run, name=name, bind=True)
    app.tasks.pop(name)


def counted(metric: str, **labels: str) -> float:
    return meters.REGISTRY.get_sample_value(metric, labels) or 0


def outcomes() -> dict[str, float]:
    return {
        outcome: counted("tollgate_task_seconds_count", task="tests.timed_work", outcome=outcome)
        for outcome in ("succeeded", "failed", "retried")
    }


@pytest.mark.parametrize(
    ("does", "counts"),
    [
        ("well", {"succeeded": 1, "failed": 0, "retried": 0}),
        ("badly", {"succeeded": 0, "failed": 1, "retried": 0}),
        ("again", {"succeeded": 1, "failed": 0, "retried": 1}),
    ],
)
def test_a_task_is_counted_under_its_outcome(
    heard: None, work: Task, does: str, counts: dict[str, int]
) -> None:
    before = outcomes()
    work.apply(kwargs={"does": does})
    after = outcomes()
    assert {name: after[name] - before[name] for name in after} == counts
    assert task_times._running == {}
    assert meters.count_database_errors not in connection.execute_wrappers


def test_every_line_names_task_and_tenant_and_the_last_one_says_how_long(
    heard: None, work: Task, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(task_filter := ContextFilter())
    with caplog.at_level(logging.INFO):
        work.apply(kwargs={"tenant_id": 7}, task_id="e:tests.timed_work")
        log.warning("after work")
    caplog.handler.removeFilter(task_filter)
    inside, end, after = (facts_of(record) for record in ours(caplog))
    task = {"task": "tests.timed_work", "task_id": "e:tests.timed_work", "tenant_id": 7}
    assert inside == task
    assert end.pop("duration_ms") >= 0
    assert end == {**task, "outcome": "succeeded"}
    assert after == {}


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name in {"tests.work", "tollgate.task"}]


def test_upkeep_that_went_well_is_no_line_but_what_failed_is(
    heard: None, work: Task, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="tollgate.task"):
        work.apply(routing_key="upkeep")
        assert [record.name for record in ours(caplog)] == ["tests.work"]
        work.apply(kwargs={"does": "badly"}, routing_key="upkeep")
    assert ours(caplog)[-1].levelname == "WARNING"


def test_errors_of_the_database_in_a_task_are_counted(heard: None, work: Task, db: None) -> None:
    before = counted("tollgate_database_errors_total", kind="ProgrammingError")
    with pytest.raises(DatabaseError):
        work.apply(kwargs={"does": "in vain"}, throw=True)
    assert counted("tollgate_database_errors_total", kind="ProgrammingError") == before + 1
    assert meters.count_database_errors not in connection.execute_wrappers


def test_a_task_that_came_too_late_is_counted(heard: None, work: Task) -> None:
    request = SimpleNamespace(task_name=work.name)
    for expired in (True, False):
        signals.task_revoked.send(sender=work, request=request, expired=expired)
    assert counted("tollgate_tasks_expired_total", task=work.name) == 1


def test_an_end_without_a_beginning_is_no_error() -> None:
    task: Any = SimpleNamespace(name="x")
    task_times.end("never begun", task, "SUCCESS")
