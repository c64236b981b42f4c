"""The launcher's children: started in groups of their own, written down, stopped in order."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO

from local.home import PROJECT, Home
from local.processes import (
    HAS_PROC,
    RUN_VARIABLE,
    Recorded,
    carries,
    end_group,
    group_members,
    is_same,
    record,
)
from local.steps import StopWish, guarded, say

POLL_SECONDS = 0.05
LEFTOVER_PATIENCE = 5.0
NAME_WIDTH = 7


@dataclass(frozen=True, slots=True)
class Program:
    """One long-running program and how long it may take to stop.

    Those of one `team` are asked to stop together, and then waited for one by one.
    """

    name: str
    command: Sequence[str]
    patience: float
    team: str = ""


class Child:
    """A running program whose output is passed on with its name in front."""

    def __init__(self, program: Program, environment: dict[str, str]) -> None:
        self.program = program
        self._is_asked = False
        self.process = subprocess.Popen(
            guarded(program.command),
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        stream: IO[bytes] | None = self.process.stdout
        if stream is not None:
            with stream:
                for line in stream:
                    text = line.decode(errors="replace").rstrip()
                    say(f"{self.program.name:>{NAME_WIDTH}} | {text}")

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def ask(self) -> None:
        """Tell the leader once that it is to stop."""
        if not self._is_asked:
            self._is_asked = True
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def stop(self, wish: StopWish) -> None:
        """Ask the leader, which tells its own children; what stays is killed."""
        deadline = time.monotonic() + self.program.patience
        self.ask()
        while not self.has_ended() and time.monotonic() < deadline and not wish.is_urgent:
            time.sleep(POLL_SECONDS)
        if not self.has_ended():
            say(f"  {self.program.name} did not stop in time and is killed.")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(timeout=1)


class Crew:
    """All children of one run, in the order they are to be stopped."""

    def __init__(self, home: Home, run: str, address: str) -> None:
        self.home, self.run, self.address = home, run, address
        self.children: list[Child] = []

    def start(self, program: Program, environment: dict[str, str]) -> None:
        child = Child(program, {**environment, RUN_VARIABLE: self.run})
        self.children.append(child)
        self.write_down()

    def ended(self) -> Child | None:
        """The first child that has ended by itself."""
        return next((child for child in self.children if child.has_ended()), None)

    def stop(self, wish: StopWish) -> None:
        """Stop in reverse order of start: the scheduler first, the web server last."""
        while self.children:
            child = self.children.pop()
            if not child.has_ended():
                say(f"  Stopping {child.program.name}")
            if child.program.team:
                for other in self.children:
                    if other.program.team == child.program.team:
                        other.ask()
            child.stop(wish)
        self.home.launcher_record.unlink(missing_ok=True)

    def write_down(self) -> None:
        """Leave a note for the next start, should this one be killed."""
        note = {
            "run": self.run,
            "address": self.address,
            "launcher": asdict(record(os.getpid())),
            "children": [asdict(record(child.process.pid)) for child in self.children],
        }
        draft = self.home.launcher_record.with_suffix(".draft")
        draft.write_text(json.dumps(note, indent=1), encoding="utf-8")
        draft.replace(self.home.launcher_record)


def read_note(home: Home) -> dict[str, object]:
    """The note of the running or killed launcher; empty when there is none."""
    try:
        note: dict[str, object] = json.loads(home.launcher_record.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return note


def end_leftovers(home: Home) -> int:
    """End what a killed launcher left running, proven to be its own; returns how many groups."""
    note = read_note(home)
    run = str(note.get("run", ""))
    count = 0
    children = note.get("children", [])
    for entry in children if isinstance(children, list) else []:
        recorded = Recorded(int(entry["process_id"]), str(entry["started"]))
        if is_ours(recorded, run):
            end_group(recorded.process_id, patience=LEFTOVER_PATIENCE)
            count += 1
    home.launcher_record.unlink(missing_ok=True)
    return count


def is_ours(recorded: Recorded, run: str) -> bool:
    """The leader itself, or orphans in its group that still carry the mark of its run."""
    if is_same(recorded):
        return True
    return HAS_PROC and any(carries(member, run) for member in group_members(recorded.process_id))
