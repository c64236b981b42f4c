"""Several processes count together; a worker serves what its processes counted."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.celery import app
from config.env import BrokenEnvironment, read_env
from config.metrics import VARIABLE, counters_folder, share_counters
from local.home import PROJECT, Home
from tests.config.test_env import SOUND
from tests.local.homes import eventually

TOKEN = "a-token-for-the-scraper-of-tests"
COUNTING = """
import os, django
django.setup()
from governance.operations.meters import request_done
for _ in range(2):
    if os.fork() == 0:
        request_done(route="r", method="GET", status=200, seconds=0.01)
        os._exit(0)
    os.wait()
request_done(route="r", method="GET", status=200, seconds=0.01)
from governance.operations.exposition import process_metrics
print(process_metrics().decode())
"""
WORKER = (
    *("-W", "ignore", "-m", "celery", "--quiet", "-A", "config.celery", "worker"),
    *("--loglevel", "info", "--concurrency", "1", "--queues", "mail"),
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scrape(port: int, path: str = "/metrics", token: str = TOKEN) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


# --- the folder -------------------------------------------------------------------------------


def test_nobody_shares_anything_without_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    share_counters(read_env({**SOUND, "TOLLGATE_HOME": str(tmp_path)}))
    assert VARIABLE not in os.environ
    assert list(tmp_path.iterdir()) == []


def test_each_machine_has_a_folder_of_its_own_that_nobody_else_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    env = read_env({**SOUND, "TOLLGATE_HOME": str(tmp_path), "METRICS_TOKEN": TOKEN})
    share_counters(env)
    folder = counters_folder(env)
    assert folder == tmp_path.resolve() / "metrics" / socket.gethostname()
    assert folder.parent == Home(tmp_path.resolve()).counters
    assert os.environ[VARIABLE] == str(folder)
    assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wanted = {"METRICS_TOKEN": TOKEN, "METRICS_DIR": str(tmp_path / "file" / "folder")}
    with pytest.raises(BrokenEnvironment, match="METRICS_DIR"):
        share_counters(read_env({**SOUND, **wanted}))


def test_processes_count_together(tmp_path: Path) -> None:
    environment = {**os.environ, "METRICS_TOKEN": TOKEN, "METRICS_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", COUNTING],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    labels = '{method="GET",route="r",status="2xx"}'
    assert f"tollgate_request_seconds_count{labels} 3.0" in done.stdout
    assert len(list(tmp_path.glob("histogram_*.db"))) == 3


# --- a worker ---------------------------------------------------------------------------------


@pytest.fixture
def worker(tmp_path: Path, port: int) -> Iterator[Path]:
    """A real worker that serves its metrics and logs JSON; gives the file of its output."""
    output = tmp_path / "output"
    environment = {
        **os.environ,
        "METRICS_TOKEN": TOKEN,
        "METRICS_PORT": str(port),
        "METRICS_DIR": str(tmp_path / "counters"),
        "LOG_FORMAT": "json",
    }
    with output.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, *WORKER],
            cwd=PROJECT,
            env=environment,
            stdout=target,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    yield output
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def lines(output: Path) -> list[dict[str, Any]]:
    text = output.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in text if line.startswith("{")]


@pytest.mark.slow
@pytest.mark.processes
def test_a_worker_serves_what_its_processes_counted_and_says_what_they_did(
    worker: Path, port: int, transactional_db: None
) -> None:
    task_id = uuid.uuid4().hex
    app.send_task("governance.heartbeat", task_id=task_id, queue="mail", retry=False)
    wanted = 'tollgate_task_seconds_count{outcome="succeeded",task="governance.heartbeat"} 1.0'
    assert eventually(lambda: wanted in scrape(port)[1]), worker.read_text()
    assert scrape(port, token="wrong") == (401, "Send METRICS_TOKEN as a bearer token.\n")
    assert scrape(port, path="/")[0] == 404
    told = [line for line in lines(worker) if line.get("task_id") == task_id]
    assert [line["logger"] for line in told] == ["tollgate.task"]
    assert told[0]["task"] == "governance.heartbeat"
    assert (told[0]["level"], told[0]["outcome"]) == ("INFO", "succeeded")
    assert told[0]["duration_ms"] >= 0
