"""The embedded broker's transport: kombu's `pgmq`, listening only where messages are read."""

from kombu.transport import pgmq


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


class Transport(pgmq.Transport):
    """Kombu's transport with the channel above."""

    Channel = Channel
