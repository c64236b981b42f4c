"""The scheduler that shares: of several running at once, one sends and the others stand by."""

import logging
from typing import Any

import psycopg
from celery.beat import PersistentScheduler
from django.conf import settings

from config.liveness import touch

logger = logging.getLogger(__name__)

SCHEDULER_LOCK = 7_204_115
STANDBY_SECONDS = 1.0
CONNECT_SECONDS = 3


class Turn:
    """The right to send: an advisory lock that the database drops with its connection."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: psycopg.Connection | None = None

    def is_ours(self) -> bool:
        """Whether this process may send now; asks the database each time, never remembers."""
        try:
            return self._holds_lock()
        except psycopg.OperationalError as error:
            logger.warning("The scheduler cannot reach the database: %s", error)
            self.give_up()
            return False

    def _holds_lock(self) -> bool:
        if self._connection is not None:
            # The lock lives as long as this connection answers.
            self._connection.execute("SELECT 1")
            return True
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="tollgate-scheduler",
        )
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [SCHEDULER_LOCK]).fetchone()
        if row is None or not row[0]:
            connection.close()
            return False
        self._connection = connection
        logger.info("This scheduler has the turn.")
        return True

    def give_up(self) -> None:
        """Close the connection, and with it the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class OneScheduler(PersistentScheduler):
    """Celery's scheduler, sending only while it has the turn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.turn = Turn(settings.ENV.database_url)
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        touch()
        if not self.turn.is_ours():
            return STANDBY_SECONDS
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        super().close()
        self.turn.give_up()
