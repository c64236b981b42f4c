"""How several processes count together: each into a file of its own, in one folder a machine."""

import os
import socket
from pathlib import Path

from config.env import BrokenEnvironment, Env

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def counters_folder(env: Env) -> Path:
    """`METRICS_DIR`, or a folder below `TOLLGATE_HOME` for this machine alone.

    Files are named after process numbers, which repeat on another machine.
    """
    return env.metrics_folder or env.home / "metrics" / socket.gethostname()


def share_counters(env: Env) -> None:
    """Make the folder and tell the client library of it; nothing where nobody may read it.

    The library decides when it is imported, hence before any app is. Raises `BrokenEnvironment`
    where the folder cannot be made.
    """
    if not env.metrics_token:
        return
    folder = counters_folder(env)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BrokenEnvironment([f"METRICS_DIR cannot be used: {error}"]) from error
    os.environ[VARIABLE] = str(folder)
