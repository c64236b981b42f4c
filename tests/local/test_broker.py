"""The broker: settings for both kinds, nothing lost by a kill, one scheduler at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from django.conf import settings

from config.beat import Turn
from config.broker import broker_settings, connection_text
from config.env import read_env
from config.routes import QUEUES
from config.schedule import SCHEDULE
from local.home import PROJECT
from tests.governance.crews import give_back
from tests.local.homes import eventually
from tests.plugins.servers import Servers

SECRET = "s" * 50
TASKS = 20
CELERY = ("-m", "celery", "--quiet", "-A", "tests.local.marking")
WORKER = ("worker", "--loglevel", "warning", "--concurrency", "2", "--queues", "bulk")
PLAIN = ("--without-mingle", "--without-gossip", "--without-heartbeat")


def settings_for(broker_url: str) -> dict[str, object]:
    address = "postgresql://app@localhost/tollgate"
    env = read_env({"SECRET_KEY": SECRET, "DATABASE_URL": address, "BROKER_URL": broker_url})
    return broker_settings(env)


def test_the_embedded_queue_is_told_its_address_whole() -> None:
    found = settings_for("pgmq://role:p%2Fw@/queue?host=%2Frun%2Fsocket&port=5432")
    options = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert isinstance(options, dict)
    words = dict(word.split("=", 1) for word in options["conn_string"].split())
    assert words == {
        "host": "/run/socket", "port": "5432", "dbname": "queue", "user": "role", "password": "p/w",
    }  # fmt: skip
    assert options["init_extension"] is False
    assert options["use_notify"] is True
    assert "role" not in str(found["CELERY_BROKER_URL"])


def test_a_redis_address_keeps_its_words_and_gives_up_its_prefix() -> None:
    found = settings_for("rediss://:pw@cache:6380/2?ssl_cert_reqs=required&global_keyprefix=ours:")
    assert found["CELERY_BROKER_URL"] == "rediss://:pw@cache:6380/2?ssl_cert_reqs=required"
    options = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert isinstance(options, dict)
    assert options["global_keyprefix"] == "ours:"
    assert options["unacked_restore_interval"] == 1


@pytest.mark.parametrize("url", ["redis://cache/0", "pgmq://role:pw@/queue?host=/run"])
def test_a_message_stays_taken_longer_than_any_task_may_run(url: str) -> None:
    found = settings_for(url)
    options = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert isinstance(options, dict)
    assert options["visibility_timeout"] > found["CELERY_TASK_TIME_LIMIT"]
    assert found["CELERY_TASK_TIME_LIMIT"] > found["CELERY_TASK_SOFT_TIME_LIMIT"]
    assert found["CELERY_TASK_ACKS_LATE"] is True
    assert found["CELERY_TASK_REJECT_ON_WORKER_LOST"] is True
    assert found["CELERY_TASK_ALWAYS_EAGER"] is False
    assert "CELERY_RESULT_BACKEND" not in found


def test_each_periodic_task_goes_stale_within_two_periods_and_to_a_known_queue() -> None:
    for name, entry in SCHEDULE.items():
        assert entry["options"]["expires"] <= 2 * entry["schedule"], name
        assert entry["options"]["queue"] in QUEUES, name


def test_no_frequent_periodic_task_waits_behind_other_work() -> None:
    """Behind a backlog each would be stale when its turn comes, and nothing would be sealed."""
    frequent = [entry for entry in SCHEDULE.values() if entry["schedule"] < 3600]
    assert {entry["options"]["queue"] for entry in frequent} == {"upkeep", "figures", "mail"}
    assert broker_settings(read_env())["CELERY_TASK_DEFAULT_QUEUE"] != "upkeep"


@pytest.mark.usefixtures("django_db_setup")
def test_of_two_schedulers_one_has_the_turn_until_its_connection_ends() -> None:
    first, second = (Turn(settings.ENV.database_url) for _ in range(2))
    assert eventually(first.is_ours)
    assert not second.is_ours()
    assert first._connection is not None
    ended = first._connection.info.backend_pid
    with psycopg.connect(settings.ENV.database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
    assert not first.is_ours()
    assert second.is_ours()
    assert not first.is_ours()
    second.give_up()


def test_a_scheduler_without_a_database_stands_by() -> None:
    turn = Turn("postgresql://nobody@127.0.0.1:1/none")
    assert not turn.is_ours()


@pytest.mark.slow
@pytest.mark.processes
def test_no_message_is_lost_when_a_worker_is_killed(
    servers: Servers, django_db_setup: None, tmp_path: Path
) -> None:
    producer = Celery("marking", set_as_current=False)
    producer.config_from_object(broker_settings(settings.ENV), namespace="CELERY")
    environment = {**os.environ, "MARK_FOLDER": str(tmp_path)}
    for number in range(TASKS):
        producer.send_task("tests.mark", [number], queue="bulk")
    first = start_worker(environment)
    assert eventually(lambda: len(list(tmp_path.iterdir())) >= 2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert len(list(tmp_path.iterdir())) < TASKS
    give_back(servers)
    second = start_worker(environment)
    assert eventually(lambda: len(list(tmp_path.iterdir())) == TASKS)
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=20) == 0
    producer.close()


def start_worker(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-W", "ignore", *CELERY, *WORKER, *PLAIN]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, process_group=0)


def test_the_address_of_a_queue_may_be_a_host_and_port() -> None:
    text = connection_text("pgmq://role:pw@db.example:6000/queue")
    assert dict(word.split("=", 1) for word in text.split())["port"] == "6000"


def test_who_only_sends_never_listens(servers: Servers, django_db_setup: None) -> None:
    if servers.session is None:
        pytest.skip("Redis has no listeners of this kind")
    producer = Celery("sender", set_as_current=False)
    producer.config_from_object(broker_settings(settings.ENV), namespace="CELERY")
    producer.send_task("tests.mark", [0], queue="mail", expires=0)
    address = servers.broker_url.replace("pgmq:", "postgresql:", 1)
    with psycopg.connect(address) as looking:
        row = looking.execute(
            "SELECT count(*) FILTER (WHERE query ^@ 'LISTEN'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    producer.close()
    assert row is not None
    assert row[0] == 0
    assert row[1] > 0
