"""Signs of life for a supervisor: a file touched from a process's own loop."""

import os
from pathlib import Path
from typing import Any

from celery import bootsteps

VARIABLE = "ALIVE_FILE"
TOUCH_SECONDS = 10


def touch() -> None:
    """Touch the file that `ALIVE_FILE` names; nothing where no supervisor asks for it."""
    path = os.environ.get(VARIABLE)
    if path:
        Path(path).touch()


class AliveFile(bootsteps.StartStopStep):
    """Touches the file from the worker's timer for as long as that turns."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._entry: Any = None

    def start(self, parent: Any) -> None:
        touch()
        self._entry = parent.timer.call_repeatedly(TOUCH_SECONDS, touch)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # the base class's signature
        if self._entry is not None:
            self._entry.cancel()
