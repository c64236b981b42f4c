"""Lock files, image and compose file: pinned, hashed, and without a secret of their own."""

import json
import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.broker import QUEUES
from local.home import PROJECT
from local.requirements import ADDRESS

LOCKS = sorted((PROJECT / "requirements").glob("*.txt"))
PRODUCT = ("web", "worker", "figures", "mail", "bulk", "beat", "migrate", "bootstrap")
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "MIGRATOR_PASSWORD", "APP_PASSWORD", "REDIS_PASSWORD")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return loaded


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash_and_no_lock_names_an_address(lock: Path) -> None:
    text = lock.read_text()
    assert not ADDRESS.search(text)
    pins = re.split(r"\n(?=\S)", text.strip())
    assert len(pins) > 30
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_the_sets_of_requirements_contain_each_other() -> None:
    base, embedded, operations, dev = (
        set(
            re.findall(
                r"^([\w.-]+)==",
                (PROJECT / "requirements" / f"{name}.txt").read_text(),
                re.MULTILINE,
            )
        )
        for name in ("base", "embedded", "operations", "dev")
    )
    assert base < embedded < dev
    assert base < operations < dev


def test_every_direct_dependency_says_why_it_is_there() -> None:
    text = (PROJECT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    lines = {line.strip() for line in text.splitlines()}
    for name in wanted:
        assert any(re.match(rf'"{re.escape(name)}",\s+# \w', line) for line in lines), name


def test_the_npm_lock_names_no_registry() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    assert "omit-lockfile-registry-resolved=true" in (PROJECT / ".npmrc").read_text()
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert packages
    assert [name for name, facts in packages.items() if "resolved" in facts] == []
    assert [name for name, facts in packages.items() if "integrity" not in facts] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_has_a_default(secret: str) -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    uses = re.findall(rf"\$\{{{secret}([^}}]*)\}}", text)
    assert uses
    assert set(uses) == {":?"}
    assert re.search(rf"^{secret}=$", (PROJECT / ".env.example").read_text(), re.MULTILINE)


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^#?(\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert used <= offered


def test_every_variable_the_settings_read_is_in_the_example() -> None:
    read = set(
        re.findall(r'reader\.\w+\(\s*"([A-Z_]+)"', (PROJECT / "config" / "env.py").read_text())
    )
    offered = set(re.findall(r"^#?(\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert len(read) > 10
    assert read - {"TOLLGATE_DEMO"} <= offered


def test_running_services_never_learn_the_owners_password(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "figures", "mail", "bulk", "beat"):
        text = json.dumps(compose["services"][name]["environment"])
        assert "MIGRATOR" not in text
        assert "ADMIN" not in text
        assert "POSTGRES_PASSWORD" not in text


def test_services_start_in_order_and_are_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", *PRODUCT}
    assert services["bootstrap"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    done = "service_completed_successfully"
    assert services["migrate"]["depends_on"]["bootstrap"]["condition"] == done
    for name in ("web", "worker", "figures", "mail", "bulk", "beat"):
        assert services[name]["depends_on"]["migrate"]["condition"] == done
        assert services[name]["depends_on"]["redis"]["condition"] == "service_healthy"
    for name in ("postgres", "redis", "web", "worker", "figures", "mail", "bulk", "beat"):
        assert services[name]["healthcheck"]["test"]
    assert {services[name]["image"] for name in PRODUCT} == {"${TOLLGATE_IMAGE:-tollgate:latest}"}


def test_every_queue_has_a_worker_and_long_work_one_of_its_own(compose: dict[str, Any]) -> None:
    taken = {
        name: re.search(r"--queues=(?:\$\{WORKER_QUEUES:-)?([a-z,]+)", " ".join(service["command"]))
        for name, service in compose["services"].items()
        if name in {"worker", "figures", "mail", "bulk"}
    }
    queues = {name: set(match.group(1).split(",")) for name, match in taken.items() if match}
    alone = {name: {name} for name in ("figures", "mail", "bulk")}
    assert queues == {"worker": {"interactive", "upkeep"}, **alone}
    assert set().union(*queues.values()) == set(QUEUES)
    assert "--concurrency=1" in compose["services"]["bulk"]["command"]


def test_databases_are_reached_from_inside_only(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert "ports" not in compose["services"][name]
        assert compose["services"][name]["networks"] == ["inside"]
        assert compose["services"][name]["volumes"]


def test_the_image_runs_as_an_ordinary_user_with_hashed_packages() -> None:
    text = (PROJECT / "Dockerfile").read_text()
    last_stage = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER tollgate$", last_stage, re.MULTILINE)
    assert "--require-hashes" in text
    assert "npm ci" in text
