"""The launcher on the real product: clean stops, and nothing lost or left by a kill."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.children import read_note
from local.home import PROJECT, Home
from local.launcher import (
    forget_counters,
    read_options,
    refuse_busy_port,
    refuse_half_external,
)
from tests.local.homes import embedded_environment, eventually, new_home, remove

START_SECONDS = 90.0
LAUNCHER = [sys.executable, "-m", "local.launcher", "serve"]
PARTS = {
    "postgres": "bin/postgres\0-D",
    "keeper": "local.keeper",
    "web": "granian",
    "worker": "\0interactive,upkeep\0",
    "figures": "\0figures\0",
    "mail": "\0mail\0",
    "bulk": "\0bulk\0",
    "scheduler": "\0beat\0",
}


@pytest.fixture(scope="module")
def migrated() -> Iterator[Home]:
    """One home for all starts of this module: only the first has to migrate."""
    made = new_home()
    yield made
    remove(made)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Home, port: int) -> "subprocess.Popen[str]":
    launcher = subprocess.Popen(
        LAUNCHER,
        cwd=PROJECT,
        env=embedded_environment(home, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert launcher.stdout is not None
    told = []
    for line in launcher.stdout:
        told.append(line)
        if "Ctrl-C stops everything" in line:
            return launcher
    raise AssertionError("".join(told))


def finish(launcher: "subprocess.Popen[str]") -> int:
    launcher.communicate(timeout=START_SECONDS)
    return launcher.returncode


def status(port: int, path: str = "/health") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse().status
    connection.close()
    return answer


def processes_of(home: Home) -> dict[int, str]:
    """Every process that has this home in its environment or command line."""
    mark = os.fsencode(home.root)
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
            is_ours = mark in line or mark in (entry / "environ").read_bytes()
        except OSError:
            continue
        if is_ours and line:
            found[int(entry.name)] = line.decode(errors="replace")
    return found


def leader(home: Home, part: str) -> int:
    """The first process of a part: the one started directly, not its own children."""
    return min(number for number, line in processes_of(home).items() if PARTS[part] in line)


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_cleanly(
    migrated: Home, port: int, number: signal.Signals
) -> None:
    launcher = start(migrated, port)
    assert status(port) == 200
    launcher.send_signal(number)
    assert finish(launcher) == 0
    assert processes_of(migrated) == {}
    assert read_note(migrated) == {}


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_takes_all_down_and_the_next_start_heals(
    migrated: Home, port: int, part: str
) -> None:
    launcher = start(migrated, port)
    os.kill(leader(migrated, part), signal.SIGKILL)
    assert finish(launcher) == 1
    assert processes_of(migrated) == {}
    again = start(migrated, port)
    assert status(port) == 200
    again.send_signal(signal.SIGINT)
    assert finish(again) == 0


@pytest.mark.slow
@pytest.mark.processes
def test_after_a_killed_launcher_the_next_start_heals_at_once(migrated: Home, port: int) -> None:
    launcher = start(migrated, port)
    orphans = set(processes_of(migrated)) - {launcher.pid}
    launcher.kill()
    launcher.communicate()
    again = start(migrated, port)
    assert status(port) == 200
    assert not orphans & set(processes_of(migrated))
    again.send_signal(signal.SIGINT)
    assert finish(again) == 0
    assert processes_of(migrated) == {}


@pytest.mark.slow
@pytest.mark.processes
def test_a_running_copy_is_whole_and_keeps_its_secrets_apart(migrated: Home, port: int) -> None:
    launcher = start(migrated, port)
    assert eventually(lambda: status(port, "/ready") == 200)
    for part in ("web", "worker", "figures", "mail", "bulk", "scheduler"):
        environment = Path(f"/proc/{leader(migrated, part)}/environ").read_bytes()
        assert b"MIGRATOR_DATABASE_URL" not in environment
        assert b"DEBUG=0" in environment
    with pytest.raises(SystemExit, match="taken by another program"):
        refuse_busy_port(port)
    second = subprocess.run(
        LAUNCHER,
        cwd=PROJECT,
        env=embedded_environment(migrated, PORT=str(port + 1)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"already runs from this folder: http://localhost:{port}" in second.stderr
    launcher.send_signal(signal.SIGINT)
    assert finish(launcher) == 0


@pytest.mark.parametrize("port", ["0", "65536", "http", "80a"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match=f"not '{port}'"):
        read_options(["demo"])


def test_servers_named_by_half_are_refused_with_what_is_missing() -> None:
    with pytest.raises(SystemExit, match="missing: MIGRATOR_DATABASE_URL, REDIS_URL"):
        refuse_half_external({"DATABASE_URL": "postgresql://app@db/tollgate"})
    refuse_half_external({})


def test_a_start_counts_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    machine = home.counters / "machine"
    machine.mkdir(parents=True)
    (machine / "histogram_7.db").touch()
    forget_counters(home)
    assert not home.counters.exists()
    forget_counters(home)
