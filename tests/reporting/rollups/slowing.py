"""Makes a worker slow between taking markers away and computing: `--include` loads it."""

import os
import time
from pathlib import Path
from typing import Any

from reporting.rollups import services

compute = services.compute


def slowly(*given: Any, **named: Any) -> None:
    """A file says that the markers are taken; what is computed then is what is always computed."""
    folder, seconds = Path(os.environ["MARK_FOLDER"]), float(os.environ.get("SLOW_SECONDS", "0"))
    (folder / f"computing.{len(list(folder.iterdir()))}").touch()
    time.sleep(seconds / 2)
    compute(*given, **named)
    time.sleep(seconds / 2)


services.compute = slowly
