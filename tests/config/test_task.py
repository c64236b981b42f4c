"""The base of all tasks: what it notes of each outcome, and what it does without a database."""

import smtplib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from django.db import IntegrityError, InterfaceError, OperationalError

import config.task
from config.celery import app
from config.task import NOTE_WAITS, kind_of, noted
from governance.background.choices import FailureKind
from governance.background.rules import Delivery, Failure
from governance.errors import Refused

NAME = "tests.base"


class Notes:
    """What would be written, and whether a delivery may begin."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Delivery, Failure | None]] = []
        self.may_begin = True

    def begin(self, delivery: Delivery) -> bool:
        self.said.append(("begin", delivery, None))
        return self.may_begin

    def fail(self, delivery: Delivery, failure: Failure) -> None:
        self.said.append(("fail", delivery, failure))

    def finish(self, delivery: Delivery) -> None:
        self.said.append(("finish", delivery, None))

    @property
    def words(self) -> list[str]:
        return [word for word, _delivery, _failure in self.said]


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    made = Notes()
    for name in ("begin", "fail", "finish"):
        monkeypatch.setattr(config.task, f"delivery_{name}", getattr(made, name))
    monkeypatch.setattr(config.task.time, "sleep", lambda _seconds: None)
    return made


@pytest.fixture
def task() -> Iterator[Any]:
    """A task that raises what it is told."""

    @app.task(name=NAME)
    def work(*, tenant_id: int, raises: Exception | None = None) -> str:
        if raises is not None:
            raise raises
        return "done"

    yield work
    app.tasks.pop(NAME)


def deliver(task: Any, **kwargs: Any) -> Any:
    """Run it as a worker does."""
    request = {
        "id": "7",
        "called_directly": False,
        "is_eager": False,
        "retries": 2,
        "delivery_info": {"routing_key": "bulk", "redelivered": True},
    }
    task.push_request(**request)
    try:
        return task(tenant_id=3, **kwargs)
    finally:
        task.pop_request()


def test_called_as_a_function_it_is_one(task: Any, notes: Notes) -> None:
    assert task(tenant_id=3) == "done"
    assert notes.said == []


def test_a_success_is_noted_with_what_the_message_said(task: Any, notes: Notes) -> None:
    assert deliver(task) == "done"
    assert notes.words == ["begin", "finish"]
    delivery = notes.said[0][1]
    assert (delivery.task, delivery.task_id, delivery.queue) == (NAME, "7", "bulk")
    assert (delivery.tenant_id, delivery.is_redelivered, delivery.is_resent) == (3, True, True)


def test_a_failure_is_noted_and_still_seen(task: Any, notes: Notes) -> None:
    with pytest.raises(ValueError, match="no"):
        deliver(task, raises=ValueError("no"))
    assert notes.words == ["begin", "fail"]
    failure = notes.said[1][2]
    assert failure is not None
    assert (failure.kind, failure.exception) == (FailureKind.FAULT, "builtins.ValueError")
    assert failure.lines.endswith("ValueError: no")


@pytest.mark.parametrize("answer", [Ignore(), Reject("x", requeue=True)])
def test_an_answer_to_the_queue_is_no_failure(task: Any, notes: Notes, answer: Any) -> None:
    with pytest.raises(type(answer)):
        deliver(task, raises=answer)
    assert notes.words == ["begin"]


def test_what_is_given_up_does_not_run_and_leaves_the_queue(task: Any, notes: Notes) -> None:
    notes.may_begin = False
    with pytest.raises(Reject) as answer:
        deliver(task, raises=AssertionError("it ran"))
    assert not answer.value.requeue
    assert notes.words == ["begin"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused("no"), FailureKind.REFUSED),
        (OperationalError("away"), FailureKind.TRANSIENT),
        (InterfaceError("closed"), FailureKind.TRANSIENT),
        (psycopg.OperationalError("away"), FailureKind.TRANSIENT),
        (psycopg.errors.LockNotAvailable("busy"), FailureKind.TRANSIENT),
        (redis.ConnectionError("away"), FailureKind.TRANSIENT),
        (redis.TimeoutError("silent"), FailureKind.TRANSIENT),
        (smtplib.SMTPServerDisconnected("away"), FailureKind.TRANSIENT),
        (ConnectionRefusedError(), FailureKind.TRANSIENT),
        (TimeoutError(), FailureKind.TRANSIENT),
        (IntegrityError("twice"), FailureKind.FAULT),
        (ValueError("no"), FailureKind.FAULT),
        (MemoryError(), FailureKind.FAULT),
    ],
)
def test_what_another_try_may_mend(error: Exception, kind: FailureKind) -> None:
    assert kind_of(error) is kind


def test_a_note_waits_for_the_database(notes: Notes) -> None:
    away = [OperationalError("away")] * 3

    def note() -> str:
        if away:
            raise away.pop()
        return "noted"

    assert noted(note) == "noted"


def test_without_a_database_for_long_the_message_goes_back(notes: Notes) -> None:
    tries = []

    def note() -> None:
        tries.append(1)
        raise OperationalError("away")

    with pytest.raises(Reject) as answer:
        noted(note)
    assert answer.value.requeue
    assert len(tries) == len(NOTE_WAITS)
    assert sum(NOTE_WAITS) > 10 * 60 * 0.9


def test_out_of_time_before_the_note_is_written_the_message_goes_back(notes: Notes) -> None:
    def note() -> None:
        raise SoftTimeLimitExceeded

    with pytest.raises(Reject) as answer:
        noted(note)
    assert answer.value.requeue
