"""What the system knows of a process: is it alive, since when, where, whose child."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = sys.platform == "linux"
STATE, GROUP, STARTED = 0, 2, 19
RUN_VARIABLE = "TOLLGATE_RUN"
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Recorded:
    """A process written down: the number alone may belong to a stranger later."""

    process_id: int
    started: str


def is_alive(process_id: int) -> bool:
    """Whether the process exists and is more than an unburied child."""
    if HAS_PROC:
        facts = _facts(process_id)
        return facts is not None and facts[STATE] not in {"Z", "X"}
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def started(process_id: int) -> str | None:
    """A mark of when the process began; with its number it names one process for good."""
    if HAS_PROC:
        facts = _facts(process_id)
        return None if facts is None else facts[STARTED]
    listing = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(process_id)], check=False, capture_output=True, text=True
    )
    return listing.stdout.strip() or None


def record(process_id: int) -> Recorded:
    return Recorded(process_id, started(process_id) or "")


def is_same(recorded: Recorded) -> bool:
    """Whether the recorded process still runs, and is not another under its number."""
    return is_alive(recorded.process_id) and started(recorded.process_id) == recorded.started


def was_started_with(process_id: int, argument: str) -> bool:
    """Whether a living process has this text on its command line."""
    if not is_alive(process_id):
        return False
    if HAS_PROC:
        with contextlib.suppress(OSError):
            line = (PROC / str(process_id) / "cmdline").read_bytes()
            return os.fsencode(argument) in line.split(b"\0")
        return False
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(process_id)], check=False, capture_output=True, text=True
    )
    return argument in listing.stdout


def group_members(group: int) -> Iterator[int]:
    """Living processes of a group (Linux; elsewhere only the group's leader is known)."""
    if not HAS_PROC:
        if is_alive(group):
            yield group
        return
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            facts = _facts(int(entry.name))
            if facts is not None and facts[GROUP] == str(group) and facts[STATE] not in {"Z", "X"}:
                yield int(entry.name)


def carries(process_id: int, run: str) -> bool:
    """Whether a process was started by the named run of the launcher."""
    try:
        variables = (PROC / str(process_id) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"{RUN_VARIABLE}={run}".encode() in variables


def end_group(group: int, *, patience: float) -> None:
    """Ask every process of a group to stop, then kill those that stay."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        if not any(group_members(group)):
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
        deadline = time.monotonic() + seconds
        while any(group_members(group)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _facts(process_id: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the name, which may itself contain blanks."""
    try:
        text = (PROC / str(process_id) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
