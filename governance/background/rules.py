"""When a failed task is tried again, when it is given up, and what is kept of its failure; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from governance.background.choices import FailureKind

# A refusal stays one. What was away may stay away for two hours. An unexpected error may come of
# two tasks meeting, so it gets another chance, but a fault in the program stays a fault.
MOST_TRIES = {
    FailureKind.REFUSED: 1,
    FailureKind.TRANSIENT: 12,
    FailureKind.FAULT: 3,
    FailureKind.LOST: 5,
}
FIRST_WAIT = timedelta(seconds=4)
LONGEST_WAIT = timedelta(hours=1)
# Longer than the brokers hide a message from others: what was sent and not heard of is lost.
LOST_AFTER = timedelta(hours=1)
# A scheduled task is late once a second period has passed without a success, and a moment more.
PERIODS_UNTIL_LATE = 2
GRACE = timedelta(seconds=30)
LINES_KEPT, LINE_LENGTH = 12, 300
CLASS_LENGTH, TASK_ID_LENGTH, REASON_LENGTH = 200, 255, 500
HIDDEN = "***"
_NAMED_SECRET = re.compile(
    r"(?i)\b([\w-]*(?:password|passwd|secret|token|authorization|api[_-]?key))"
    r"(['\"]?\s*[=:]\s*)(?:bearer\s+)?('[^']*'|\"[^\"]*\"|[^\s,;)}\]]+)"
)
_IN_ADDRESS = re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message to a worker, as far as its failure needs to know.

    `period` is set for what the scheduler sends: such a task has one row whatever the message.
    """

    task: str
    task_id: str
    queue: str
    arguments: Mapping[str, Any]
    tenant_id: int | None = None
    is_redelivered: bool = False
    is_resent: bool = False
    period: float | None = None

    @property
    def key(self) -> str:
        """What the row of a failure is found by."""
        return f"schedule:{self.task}" if self.period is not None else self.task_id


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a try failed; `lines` are the last ones of the traceback, without secrets."""

    kind: FailureKind
    exception: str
    lines: str = ""


LOST = Failure(FailureKind.LOST, "WorkerLost", "The worker ended before the task did.")


def is_given_up(kind: FailureKind, tries: int) -> bool:
    """Whether this was the last try, counted since somebody last asked for another round."""
    return tries >= MOST_TRIES[kind]


def wait_until_next(tries: int, luck: float) -> timedelta:
    """How long to wait after so many failed tries: twice as long each time, up to an hour.

    `luck` from 0 to 1 spreads those that failed together over the second half of the wait.
    """
    full = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 20)))
    return full * (0.5 + luck / 2)


def last_lines(text: str) -> str:
    """The last lines of a traceback as they may be kept and shown: short, and without secrets."""
    clean = text.replace("\x00", "").encode(errors="replace").decode()
    lines = [without_secrets(line)[:LINE_LENGTH] for line in clean.splitlines() if line.strip()]
    return "\n".join(lines[-LINES_KEPT:])


def without_secrets(text: str) -> str:
    """Hide passwords in addresses and what stands behind a name such as `token`."""
    hidden = _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
    return _NAMED_SECRET.sub(rf"\1\2{HIDDEN}", hidden)


def lateness(seconds_since: float | None, period: float) -> bool:
    """Whether a scheduled task is late, so many seconds after its last success."""
    if seconds_since is None:
        return True
    return seconds_since > period * PERIODS_UNTIL_LATE + GRACE.total_seconds()
