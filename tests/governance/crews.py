"""Workers of the product as processes of their own, started and killed by tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.celery import app
from local.databases import return_unfinished
from local.home import PROJECT
from tests.plugins.servers import Servers

WORKER = (
    *("-W", "ignore", "-m", "celery", "--quiet", "--skip-checks", "-A", "config.celery", "worker"),
    *("--loglevel", "warning", "--concurrency", "1"),
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
)
Process = subprocess.Popen[bytes]


@dataclass
class Crew:
    """Starts workers of a queue that know the tasks of one more module."""

    folder: Path
    include: str
    queue: str = "bulk"
    started: list[Process] = field(default_factory=list)

    def start(self, **environment: str) -> Process:
        command = [sys.executable, *WORKER, "--include", self.include, "--queues", self.queue]
        variables = {**os.environ, "MARK_FOLDER": str(self.folder), **environment}
        worker = subprocess.Popen(command, cwd=PROJECT, env=variables, process_group=0)
        self.started.append(worker)
        return worker

    def marks(self, key: str) -> int:
        """How many files tasks have left under this name."""
        return len(list(self.folder.glob(f"{key}.*")))


@contextmanager
def crew(folder: Path, include: str, queue: str = "bulk") -> Iterator[Crew]:
    """A crew whose workers end with the test."""
    made = Crew(folder, include, queue)
    try:
        yield made
    finally:
        for worker in made.started:
            if worker.poll() is None:
                kill(worker)


def kill(worker: Process) -> None:
    """Kill -9 a worker and its hands."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def stop(worker: Process, seconds: float = 25) -> int:
    """Ask a worker to stop, as its supervisor does; its exit status."""
    worker.send_signal(signal.SIGTERM)
    return worker.wait(timeout=seconds)


def give_back(servers: Servers) -> None:
    """Let the messages of a killed worker be seen again without waiting half an hour."""
    if servers.session is not None:
        return_unfinished(servers.broker_url.replace("pgmq:", "postgresql:", 1))
    else:
        forget_takers()


def forget_takers() -> None:
    """The same where the broker is Redis: age what was taken."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        for taken in channel.client.zrange(channel.unacked_index_key, 0, -1):
            channel.client.zadd(channel.unacked_index_key, {taken: 0})
