"""What every task of the product is: returned when lost, tried again, and given up in the end."""

import logging
import random
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from celery import Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from config.schedule import PERIODS
from governance.background.choices import FailureKind
from governance.background.rules import Delivery, Failure, last_lines
from governance.background.services import delivery_begin, delivery_fail, delivery_finish
from governance.errors import DomainError

log = logging.getLogger(__name__)
T = TypeVar("T")

# Database, broker, mail server or a file's disk: away now, perhaps back in a moment.
TRANSIENT = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    BrokerError,
    RedisAway,
    RedisSilent,
    OSError,
)
# A note that cannot be written is tried for ten minutes in all; the worker would have nothing
# better to do without a database. Afterwards the message goes back to the queue.
NOTE_WAITS = (0.5, 1, 2, 4, 8, 15, *[30] * 19)


class ProductTask(Task):  # type: ignore[type-arg]  # generic in the stubs alone
    """The base of all tasks, by `Celery(task_cls=…)`; a task needs to say nothing about it.

    A message is acknowledged once its outcome is in the database. What fails for a passing reason
    is sent again by the scheduler after a growing wait; what is refused, fails every time or ends
    its worker every time becomes a dead letter, and the queue goes on (`docs/workers.md`).
    """

    # A worker that is ended by the hard time limit counts as lost, not as done.
    acks_on_timeout = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        if request.called_directly or request.is_eager:
            return super().__call__(*args, **kwargs)
        delivery = delivery_of(self.name, request, kwargs)
        if not noted(lambda: delivery_begin(delivery)):
            reason = f"{self.name} {request.id} is given up"
            raise Reject(reason, requeue=False)
        try:
            result = self.run(*args, **kwargs)
        except (Ignore, Reject, Retry):
            raise
        except Exception as error:
            failure = failure_of(error)
            noted(lambda: delivery_fail(delivery, failure))
            raise
        noted(lambda: delivery_finish(delivery))
        return result


def delivery_of(task: str, request: Any, arguments: dict[str, Any]) -> Delivery:
    """What Celery tells of a message, in the words of the product."""
    info = request.delivery_info or {}
    tenant_id = arguments.get("tenant_id")
    period = PERIODS.get(task)
    return Delivery(
        task=task,
        task_id=str(request.id),
        queue=str(info.get("routing_key") or ""),
        arguments=arguments,
        tenant_id=int(tenant_id) if tenant_id is not None and period is None else None,
        is_redelivered=bool(info.get("redelivered")),
        is_resent=bool(request.retries),
        period=period,
    )


def failure_of(error: Exception) -> Failure:
    """Why a try failed, with the last lines of its traceback."""
    named = type(error)
    text = "".join(traceback.format_exception(error))
    return Failure(kind_of(error), f"{named.__module__}.{named.__qualname__}", last_lines(text))


def kind_of(error: Exception) -> FailureKind:
    """Whether another try makes sense, and how many."""
    if isinstance(error, DomainError):
        return FailureKind.REFUSED
    return FailureKind.TRANSIENT if isinstance(error, TRANSIENT) else FailureKind.FAULT


def noted(note: Callable[[], T]) -> T:
    """Write a note, and keep trying while the database is away.

    Raises `Reject`, which puts the message back, once that has lasted ten minutes or the time of
    the task is over.
    """
    try:
        for wait in NOTE_WAITS:
            try:
                return note()
            except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
                log.warning("the outcome of a task cannot be noted yet: %s", error)
                connection.close()
                time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  # spreads workers, guards nothing
    except SoftTimeLimitExceeded:
        log.warning("the outcome of a task could not be noted in its time")
    reason = "the database is away"
    raise Reject(reason, requeue=True)
