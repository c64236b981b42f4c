"""Plain words to the terminal, the wish to stop, and set-up steps that can be interrupted."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from local.home import PROJECT, RuntimeProblem
from local.processes import end_group

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.05
STEP_PATIENCE = 5.0
_terminal = threading.Lock()


class Interrupted(Exception):
    """The wish to stop came during set-up."""


class StopWish:
    """Set by Ctrl-C or a signal; a second one means at once."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.is_urgent = False

    def listen(self) -> None:
        for number in STOP_SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN or number != signal.SIGHUP:
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.is_urgent = self._asked.is_set()
        self._asked.set()

    def is_set(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        return self._asked.wait(seconds)


def say(text: str) -> None:
    """Print a line; a terminal that has gone away is no reason to stop halfway."""
    with _terminal, contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def guarded(command: Sequence[str]) -> list[str]:
    """The command under a guard that ends it when we die."""
    return [sys.executable, "-m", "local.guard", f"--parent={os.getpid()}", "--", *command]


def run_step(
    title: str, command: Sequence[str], environment: Mapping[str, str], wish: StopWish
) -> None:
    """Run one set-up command; its output is shown if it fails. Raises `Interrupted` on a stop."""
    if wish.is_set():
        raise Interrupted
    say(f"  {title}")
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            guarded(command),
            cwd=PROJECT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        while process.poll() is None:
            if wish.wait(POLL_SECONDS):
                end_group(process.pid, patience=STEP_PATIENCE)
                process.wait()
                raise Interrupted
        if process.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace").rstrip()
            raise RuntimeProblem(f"{text}\n\nThis step failed: {title}")
    seconds = time.monotonic() - started
    if seconds > 1:
        say(f"    {seconds:.1f} s")
