"""Folders, waits and processes for the runtime's tests."""

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from local.binaries import server_user, storage
from local.home import DEFAULT_HOME, PROJECT, Home
from local.postgres import Server

GIVEN_BY_THE_SUITE = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "BROKER_URL", "REDIS_URL")
WAIT_SECONDS = 30.0


def eventually(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def embedded_environment(home: Home, **extra: str) -> dict[str, str]:
    """The environment of somebody who has set nothing but the folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in GIVEN_BY_THE_SUITE and not name.startswith(("TOLLGATE_", "PYTEST_"))
    }
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DEBUG"):
        kept.pop(name, None)
    return {**kept, "TOLLGATE_HOME": str(home.root), **extra}


def start_python(code: str, home: Home) -> "subprocess.Popen[str]":
    """A Python of the project running some lines, its output readable."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=embedded_environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def new_home() -> Home:
    """A fresh folder that the server's user can reach."""
    made = Home(DEFAULT_HOME / "test" / "homes" / uuid.uuid4().hex[:8])
    made.create()
    return made


def remove(made: Home) -> None:
    """Wait for the last process of a home, then forget its files."""
    server = Server(made)
    assert eventually(lambda: not server.is_kept()), "the server outlived its users"
    place = storage(made, server_user())
    for path in {made.root, place}:
        shutil.rmtree(path)


def folder_of(server: Server) -> Path:
    found = server.pid_file()
    assert found is not None
    return found.socket_folder
