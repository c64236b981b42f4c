"""Web and workers refuse to serve as a role that row security does not bind."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.django_db

WEB = (sys.executable, "-W", "ignore", "-c", "import config.wsgi; print('serving')")
WORKER = (
    sys.executable,
    "-W",
    "ignore",
    "-m",
    "celery",
    "-A",
    "config.celery",
    "worker",
    "-P",
    "solo",
)


def start_as(url: str, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATABASE_URL": url}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_application_role_may_serve(servers):
    done = start_as(servers.app_url, WEB)
    assert (done.returncode, done.stdout.strip()) == (0, "serving"), done.stderr


@pytest.mark.parametrize("command", [WEB, WORKER], ids=["web", "worker"])
def test_the_owner_may_not(servers, command):
    done = start_as(servers.migrator_url, command)
    assert done.returncode == 1
    assert "does not start as" in done.stderr
    assert "Traceback" not in done.stderr
