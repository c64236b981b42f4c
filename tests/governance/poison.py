"""Tasks that go wrong, for the product's own worker: `--include` loads them."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from config.celery import app
from governance.errors import Refused

NAMES = {name: f"tests.{name}" for name in ("faulty", "refused", "away", "deadly", "slow", "fine")}


def mark(key: str) -> int:
    """Leave one more file of this name; how many there are."""
    folder = Path(os.environ["MARK_FOLDER"])
    count = len(list(folder.glob(f"{key}.*"))) + 1
    (folder / f"{key}.{count}").touch()
    return count


@app.task(name=NAMES["fine"])
def fine(*, key: str, **_event: Any) -> None:
    mark(key)


@app.task(name=NAMES["faulty"])
def faulty(*, key: str, **_event: Any) -> None:
    mark(key)
    raise ValueError("no good, token=hunter2")


@app.task(name=NAMES["refused"])
def refused(*, key: str, **_event: Any) -> None:
    mark(key)
    raise Refused("not_ready")


@app.task(name=NAMES["away"])
def away(*, key: str, **_event: Any) -> None:
    """Something is away the first two times."""
    if mark(key) <= 2:
        raise ConnectionRefusedError("the mail server is away")


@app.task(name=NAMES["deadly"])
def deadly(*, key: str, **_event: Any) -> None:
    mark(key)
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name=NAMES["slow"])
def slow(*, key: str, payload: dict[str, Any], **_event: Any) -> None:
    mark(f"begun-{key}")
    time.sleep(float(payload["seconds"]))
    mark(key)
