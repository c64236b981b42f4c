"""Processes are known by number and start, and end with their whole group or their parent."""

import os
import signal
import subprocess
import sys

import pytest

from local.home import PROJECT
from local.processes import (
    RUN_VARIABLE,
    Recorded,
    carries,
    end_group,
    group_members,
    is_alive,
    is_same,
    record,
    was_started_with,
)
from tests.local.homes import eventually

pytestmark = pytest.mark.processes
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAMILY = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
)
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
time.sleep(60)
"""
PARENT = """
import os, subprocess, sys, time
command = [sys.executable, "-m", "local.guard", f"--parent={os.getpid()}", "--", "sleep", "60"]
print(subprocess.Popen(command).pid, flush=True)
time.sleep(60)
"""


def test_a_process_is_the_recorded_one_only_with_its_own_start() -> None:
    ours = record(os.getpid())
    assert is_same(ours)
    assert not is_same(Recorded(os.getpid(), f"{ours.started}0"))


def test_an_ended_child_that_nobody_waited_for_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert eventually(lambda: not is_alive(child.pid))
    assert child.wait() == 0


def test_a_command_line_is_matched_by_whole_arguments() -> None:
    child = subprocess.Popen([*SLEEP, "/some/folder"])
    assert eventually(lambda: was_started_with(child.pid, "/some/folder"))
    assert not was_started_with(child.pid, "/some/fold")
    child.kill()
    child.wait()


def test_a_group_ends_with_its_children() -> None:
    leader = subprocess.Popen([sys.executable, "-c", FAMILY], process_group=0)
    assert eventually(lambda: len(list(group_members(leader.pid))) == 2)
    end_group(leader.pid, patience=5)
    assert not list(group_members(leader.pid))
    assert leader.wait() == -signal.SIGTERM


def test_who_ignores_the_wish_to_stop_is_killed() -> None:
    deaf = subprocess.Popen([sys.executable, "-c", DEAF], process_group=0, stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    deaf.stdout.readline()
    end_group(deaf.pid, patience=0.2)
    assert deaf.wait() == -signal.SIGKILL
    deaf.stdout.close()


def test_a_process_carries_the_mark_of_its_run() -> None:
    child = subprocess.Popen(SLEEP, env={**os.environ, RUN_VARIABLE: "this-run"})
    assert eventually(lambda: carries(child.pid, "this-run"))
    assert not carries(child.pid, "another-run")
    child.kill()
    child.wait()


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's death"
)
def test_a_guarded_process_dies_with_its_killed_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert eventually(lambda: was_started_with(child, "sleep"))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not is_alive(child))
