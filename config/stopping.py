"""How a worker stops: it finishes what it has begun, but does not take for ever over it."""

import logging
import os
import signal
import threading
from typing import Any

from django.conf import settings

from governance.background.stopping import ask_to_stop

log = logging.getLogger(__name__)


def begin_countdown(*, how: str = "", **_signal: Any) -> None:
    """End what still runs so many seconds after the wish to stop; its messages go back.

    SIGTERM lets tasks finish, and by itself for as long as they like; SIGQUIT ends them. A worker
    that takes longer than whoever supervises it allows is killed, and then its messages stay
    hidden for half an hour. Tasks that would go on for a while are told to come to their end.
    """
    ask_to_stop()
    if how == "Warm":
        clock = threading.Timer(settings.ENV.worker_stop_seconds, end_tasks)
        clock.daemon = True
        clock.start()


def end_tasks() -> None:
    """Go from letting tasks finish to ending them."""
    log.warning("Tasks that did not finish in time are ended; their messages go back.")
    os.kill(os.getpid(), signal.SIGQUIT)
