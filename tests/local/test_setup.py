"""Set-up on a bare machine: the virtual environment and the front-end's tools."""

import os
import subprocess
from pathlib import Path

import pytest

from local import environment
from local.assets import find_node, is_usable
from local.home import typed_password


@pytest.mark.parametrize(
    ("installed", "wanted", "is_enough"),
    [
        ("dev", "dev", True),
        ("dev", "embedded", True),
        ("embedded", "embedded", True),
        ("embedded", "dev", False),
    ],
)
def test_a_larger_set_of_packages_is_enough_for_a_smaller(
    tmp_path: Path, installed: str, wanted: str, *, is_enough: bool
) -> None:
    environment.stamp(tmp_path, installed).write_text(environment.fingerprint(installed))
    assert environment.is_current(tmp_path, wanted) is is_enough


def test_a_changed_lock_file_is_installed_again(tmp_path: Path) -> None:
    environment.stamp(tmp_path, "dev").write_text("what it was before")
    assert not environment.is_current(tmp_path, "dev")


def test_an_old_python_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 9))
    monkeypatch.setattr(environment.sys, "argv", ["environment"])
    with pytest.raises(SystemExit, match=r"3\.11 or newer"):
        environment.main()


@pytest.mark.processes
def test_without_a_node_of_its_own_the_machine_gets_the_one_from_the_package() -> None:
    bare = {**os.environ, "PATH": ""}
    assert not is_usable("")
    node = find_node(bare)
    answer = subprocess.run(
        [*node.npm, "--version"], env=node.environment, capture_output=True, text=True, check=True
    )
    assert int(answer.stdout.partition(".")[0]) >= 10
    assert is_usable(node.environment["PATH"])


def test_the_demo_password_can_be_typed_and_is_long_enough() -> None:
    made = {typed_password() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        assert len(password) >= 12
        assert not set(password) & set("0O1lI")
        assert password[0].isalnum()
