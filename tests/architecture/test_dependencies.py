"""Every dependency has a reason, every lock file is free of the place it was made at."""

import re
import tomllib

import pytest

from tests.architecture.source import PROJECT

PYPROJECT = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
LOCKS = [*sorted((PROJECT / "requirements").glob("*.txt")), PROJECT / "package-lock.json"]
ADDRESS = re.compile(r"https?://|file:|git\+|(?:^|[\s\"'=])/(?:[a-z]+/)+|--(?:extra-)?index-url")
NPM_FUNDING = re.compile(r'"(?:url|funding)": "https?://[^"]*"')


def _dependencies() -> dict[str, list[str]]:
    project = tomllib.loads(PYPROJECT)["project"]
    return {"dependencies": project["dependencies"], **project["optional-dependencies"]}


@pytest.mark.parametrize("group", _dependencies())
def test_every_direct_dependency_says_why_it_is_there(group: str) -> None:
    for dependency in _dependencies()[group]:
        line = next(line for line in PYPROJECT.splitlines() if f'"{dependency}"' in line)
        _, _, reason = line.partition("# ")
        assert len(reason.split()) >= 2, f"{dependency} gives no reason"


def test_every_npm_package_is_pinned() -> None:
    text = (PROJECT / "package.json").read_text(encoding="utf-8")
    versions = re.findall(r'"[@a-z0-9/-]+": "([~^]?)\d+\.\d+', text)
    assert versions
    assert set(versions) == {""}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_file_names_a_registry_or_a_local_path(lock: object) -> None:
    text = NPM_FUNDING.sub("", lock.read_text(encoding="utf-8"))  # type: ignore[attr-defined]  # a Path
    found = [line for line in text.splitlines() if ADDRESS.search(line)]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS[:-1], ids=lambda path: path.name)
def test_every_requirement_is_pinned_by_hash(lock: object) -> None:
    text = lock.read_text(encoding="utf-8")  # type: ignore[attr-defined]  # a Path
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    pinned = [block for block in blocks if "==" in block.split("\n")[0]]
    assert pinned
    assert all("--hash=sha256:" in block for block in pinned)


def test_at_most_19_packages_are_needed_to_run() -> None:
    assert len(_dependencies()["dependencies"]) <= 19
