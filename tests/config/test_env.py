"""A broken environment stops the start and names every fault at once."""

import os
import subprocess
import sys

import pytest

from config.database import parse_database_url
from config.env import BrokenEnvironment, read_env

SOUND = {
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgresql://app:pw@db:5432/tollgate",
    "REDIS_URL": "redis://cache:6379/0",
}


def test_a_sound_environment_is_read():
    env = read_env(SOUND)
    assert (env.broker_url, env.database_role, env.debug) == ("redis://cache:6379/0", "app", False)


def test_every_missing_variable_is_named_at_once():
    with pytest.raises(BrokenEnvironment) as caught:
        read_env({})
    text = str(caught.value)
    assert all(name in text for name in ("SECRET_KEY", "DATABASE_URL", "BROKER_URL"))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://db/tollgate"),
        ("REDIS_URL", "http://cache"),
        ("TOLLGATE_DATABASE_ROLE", "root"),
        ("LOG_LEVEL", "LOUD"),
        ("PUBLIC_URL", "tollgate.example"),
        ("EMAIL_URL", "pigeon://post"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_PORT", "0"),
        ("METRICS_PORT", "many"),
        ("SENTRY_DSN", "sentry"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name, value):
    with pytest.raises(BrokenEnvironment) as caught:
        read_env(SOUND | {name: value})
    assert [problem.split()[0] for problem in caught.value.problems] == [name]


def test_nothing_watches_unless_it_is_asked_to():
    env = read_env(SOUND)
    assert (env.metrics_token, env.metrics_port, env.metrics_folder) == ("", None, None)
    assert (env.sentry_dsn, env.otel_endpoint, env.log_format) == (None, None, "text")


def test_the_migrator_needs_an_address_of_its_own():
    with pytest.raises(BrokenEnvironment, match="MIGRATOR_DATABASE_URL"):
        read_env(SOUND | {"TOLLGATE_DATABASE_ROLE": "migrator"})


def test_an_address_may_name_a_socket_folder_and_a_quoted_password():
    url = "postgresql://app:p%40w@/tollgate?host=/run/pg&port=5433"
    parsed = parse_database_url(url, pooled=False)
    assert (parsed["HOST"], parsed["PORT"], parsed["PASSWORD"]) == ("/run/pg", "5433", "p@w")


def test_the_process_itself_stops_with_the_list_and_no_traceback():
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env=keep | {"DEBUG": "perhaps"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name in ("SECRET_KEY", "DEBUG", "DATABASE_URL", "BROKER_URL"):
        assert name in done.stderr
