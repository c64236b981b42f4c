"""The text that Prometheus reads: what the processes counted, and how things stand right now."""

import logging
import os
from collections.abc import Iterable, Iterator

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from governance.operations.meters import REGISTRY
from governance.operations.registry import broker_reader
from governance.operations.selectors import QueueSeen, queues_seen, workers_seen
from governance.version import version

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The client library reads the same variable when it is imported; the settings set it before.
DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def process_metrics() -> bytes:
    """What all processes that share this one's folder have counted."""
    return generate_latest(_counted())


def all_metrics() -> bytes:
    """The same, and the state of database, queues, workers and broker; two queries."""
    registry = _counted()
    registry.register(_State())
    return generate_latest(registry)


def _counted() -> CollectorRegistry:
    registry = CollectorRegistry()
    if DIRECTORY_VARIABLE in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
    else:
        registry.register(REGISTRY)
    return registry


class _State:
    """Read when it is asked for, so that a dead worker cannot keep an old value alive."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("tollgate_build_info", "The running version.", ["version"], [(version(), 1)])
        yield from _of_database()
        yield from _of_broker()


def _of_database() -> Iterator[Metric]:
    try:
        queues, workers = queues_seen(), workers_seen()
    except DatabaseError as error:
        log.warning("the metrics could not be read from the database: %s", error)
        yield _gauge("tollgate_database_up", "Whether the database answers.", [], [("", 0)])
        return
    yield _gauge("tollgate_database_up", "Whether the database answers.", [], [("", 1)])
    yield from _of_queues(queues)
    yield _gauge(
        "tollgate_workers_alive", "Machines whose workers beat lately.", [], [("", workers.alive)]
    )
    if workers.youngest_age is not None:
        yield _gauge(
            "tollgate_worker_heartbeat_age_seconds",
            "Time since any worker beat.",
            [],
            [("", workers.youngest_age.total_seconds())],
        )


def _of_queues(queues: list[QueueSeen]) -> Iterator[Metric]:
    names = ["queue"]
    yield _gauge(
        "tollgate_queue_waiting",
        "Entries that wait in a queue of the database, over all tenants.",
        names,
        [(queue.name, queue.waiting) for queue in queues],
    )
    yield _gauge(
        "tollgate_queue_tenants",
        "Tenants with something in this queue.",
        names,
        [(queue.name, queue.tenants) for queue in queues],
    )
    yield _gauge(
        "tollgate_queue_oldest_age_seconds",
        "Age of the oldest entry that waited at the last look; 0 when none did.",
        names,
        [(q.name, q.oldest_age.total_seconds() if q.oldest_age else 0) for q in queues],
    )
    yield _gauge(
        "tollgate_queue_look_age_seconds",
        "Time since a worker last looked at this queue.",
        names,
        [(queue.name, queue.look_age.total_seconds()) for queue in queues],
    )


def _of_broker() -> Iterator[Metric]:
    read = broker_reader()
    if read is None:
        return
    try:
        lengths = read()
    except Exception as error:  # noqa: BLE001  # whatever ails the broker, the rest is still worth reading
        log.warning("the lengths of the broker's queues could not be read: %s", error)
        yield _gauge("tollgate_broker_up", "Whether the broker answers.", [], [("", 0)])
        return
    yield _gauge("tollgate_broker_up", "Whether the broker answers.", [], [("", 1)])
    yield _gauge(
        "tollgate_broker_waiting",
        "Messages in a queue of the broker that no worker has taken.",
        ["queue"],
        list(lengths.items()),
    )


def _gauge(
    name: str, text: str, labels: list[str], values: Iterable[tuple[str, float]]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, text, labels=labels)
    for label, value in values:
        gauge.add_metric([label] if labels else [], value)
    return gauge
