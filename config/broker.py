"""The message broker: Redis in production, a queue in PostgreSQL where none is given."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from kombu import Queue

from config.env import Env
from config.routes import INTERACTIVE, QUEUES, ROUTES
from config.schedule import SCHEDULE

SOFT_TIME_LIMIT = 20 * 60
TIME_LIMIT = 25 * 60
# Longer than any task may run: a message seen by a killed worker comes back after this, not before.
VISIBILITY_TIMEOUT = 30 * 60
CONNECT_SECONDS = 2
LOST_WAIT_SECONDS = 1
# A new message wakes the worker at once, but a free hand does not: with messages waiting it looks
# again only after this long. At 1 s two hands do 5 short tasks a second, at 0.1 s 42, and an idle
# worker and its database together stay under 3 % of one core.
POLL_SECONDS = 0.1


def broker_settings(env: Env) -> dict[str, Any]:
    """Celery's settings under Django's `CELERY_` prefix."""
    is_embedded = urlsplit(env.broker_url).scheme == "pgmq"
    redis_url, prefix = split_prefix(env.broker_url)
    address = "pgmq://localhost" if is_embedded else redis_url
    return {
        # Celery's command line takes `BROKER_URL` from the environment as it stands; only an
        # address given separately for reading and writing is safe from it.
        "CELERY_BROKER_URL": address,
        "CELERY_BROKER_READ_URL": address,
        "CELERY_BROKER_WRITE_URL": address,
        "CELERY_BROKER_TRANSPORT": "config.queue_table:Transport" if is_embedded else None,
        "CELERY_BROKER_TRANSPORT_OPTIONS": (
            queue_table_options(env.broker_url) if is_embedded else redis_options(prefix)
        ),
        "CELERY_BROKER_CONNECTION_TIMEOUT": CONNECT_SECONDS,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_TASK_QUEUES": [Queue(name, routing_key=name) for name in QUEUES],
        "CELERY_TASK_DEFAULT_QUEUE": INTERACTIVE,
        "CELERY_TASK_DEFAULT_ROUTING_KEY": INTERACTIVE,
        "CELERY_TASK_CREATE_MISSING_QUEUES": False,
        "CELERY_TASK_ROUTES": {task: {"queue": queue} for task, queue in ROUTES.items()},
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_ALWAYS_EAGER": False,
        # The outbox is what retries: a dead broker must not slow whoever publishes.
        "CELERY_TASK_PUBLISH_RETRY": False,
        "CELERY_TASK_SOFT_TIME_LIMIT": SOFT_TIME_LIMIT,
        "CELERY_TASK_TIME_LIMIT": TIME_LIMIT,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        # How long the result of a hand that ended is waited for before its message goes back.
        "CELERY_WORKER_LOST_WAIT": LOST_WAIT_SECONDS,
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": True,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_BEAT_SCHEDULE": SCHEDULE,
        "CELERY_BEAT_MAX_LOOP_INTERVAL": 1,
        "CELERY_TIMEZONE": "UTC",
    }


def queue_table_options(url: str) -> dict[str, Any]:
    """Options of kombu's `pgmq` transport.

    The address goes in whole as `conn_string`: the queue's client otherwise reads `DATABASE_URL`
    from the environment and would look for its tables in the product's own database.
    """
    return {
        "conn_string": connection_text(url),
        "init_extension": False,
        "use_notify": True,
        "notify_throttle_interval_ms": 0,
        "wait_time_seconds": 0,
        "polling_interval": POLL_SECONDS,
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "pool_size": 4,
        "pool_timeout": CONNECT_SECONDS,
    }


def connection_text(url: str) -> str:
    """`pgmq://user:password@/name?host=/folder&port=5432` in libpq's key=value words."""
    parts = urlsplit(url)
    words = dict(parse_qsl(parts.query))
    words.setdefault("host", unquote(parts.hostname or "localhost"))
    words.setdefault("port", str(parts.port or 5432))
    words["dbname"] = unquote(parts.path.lstrip("/"))
    words["user"] = unquote(parts.username or "")
    words["password"] = unquote(parts.password or "")
    return " ".join(f"{name}={value}" for name, value in words.items())


def split_prefix(url: str) -> tuple[str, str]:
    """Take `global_keyprefix` out of a Redis address: it lets several systems share one Redis."""
    parts = urlsplit(url)
    words = dict(parse_qsl(parts.query))
    prefix = words.pop("global_keyprefix", "")
    return urlunsplit(parts._replace(query=urlencode(words))), prefix


def redis_options(prefix: str) -> dict[str, Any]:
    """Options of kombu's Redis transport; it looks for a killed worker's messages each second."""
    return {
        "global_keyprefix": prefix,
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": 10,
        "socket_keepalive": True,
    }
