"""The embedded broker's transport: kombu's `pgmq`, listening only where messages are read."""

import logging
from typing import Any

import psycopg
from kombu.transport import pgmq

log = logging.getLogger(__name__)


class Channel(pgmq.Channel):
    """A channel that merely sends does not listen.

    Kombu listens wherever a queue is declared, thus also in the web process, which never reads what
    arrives. After some thousand notices the socket is full and the database's process hangs in its
    write: it then holds up every DROP DATABASE and the like, and no vacuum of notices gets past it.
    """

    def _maybe_enable_notify(self, queue: str, queue_name: str | None = None) -> None:
        # Only a declaration names the queue's table; a consumer comes without.
        if queue_name is None:
            super()._maybe_enable_notify(queue)  # type: ignore[no-untyped-call]  # kombu is untyped

    def _pgmq_message_to_python(self, pgmq_message: Any, queue: str) -> Any:
        """Say of a message that was read before that it was, as Redis does: its worker is gone."""
        payload = super()._pgmq_message_to_python(pgmq_message, queue)
        if pgmq_message.read_ct > 1:
            payload["properties"]["delivery_info"]["redelivered"] = True
        return payload

    def close(self) -> None:
        """Give back what was taken and not done, so that another worker need not wait for it."""
        try:
            if not self.closed and self._qos is not None and self.connection is not None:
                self._give_back()
        except psycopg.Error:
            log.warning("messages could not be given back; they are seen again in half an hour")
        finally:
            super().close()

    def _give_back(self) -> None:
        qos: Any = self.qos
        for tag, message in list(qos._delivered.items()):
            info = message.delivery_info
            if tag not in qos._dirty and "pgmq_msg_id" in info:
                self.pgmq.set_vt(info["pgmq_queue"], info["pgmq_msg_id"], 0)


class Transport(pgmq.Transport):
    """Kombu's transport with the channel above."""

    Channel = Channel
