"""Makes the virtual environment and compiles the translations; needs nothing installed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from local.catalogue import compile_all
from local.home import PROJECT

OLDEST_PYTHON = (3, 11)
# From the smallest set to the largest; each contains the ones before it.
SETS = ("base", "embedded", "dev")


def main() -> int:
    """`python3 -m local.environment [embedded|dev]`; quick when nothing has changed."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "dev"
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit("Tollgate needs Python 3.11 or newer; this is " + sys.version.split()[0])
    compile_all()
    folder = Path(os.environ.get("TOLLGATE_VENV", PROJECT / ".venv"))
    if is_current(folder, wanted):
        return 0
    print("Installing the requirements; the first time takes a minute or two.", flush=True)
    if not (folder / "bin" / "python").exists():
        make(folder)
    install(folder, PROJECT / "requirements" / f"{wanted}.txt")
    stamp(folder, wanted).write_text(fingerprint(wanted), encoding="utf-8")
    return 0


def fingerprint(name: str) -> str:
    """What the installed set depends on: the lock file and this Python."""
    text = (PROJECT / "requirements" / f"{name}.txt").read_bytes()
    return hashlib.sha256(text + sys.version.encode()).hexdigest()


def stamp(folder: Path, name: str) -> Path:
    return folder / f".installed-{name}"


def is_current(folder: Path, wanted: str) -> bool:
    """Whether this set, or one that contains it, is installed as its lock file says."""
    for name in SETS[SETS.index(wanted) :]:
        found = stamp(folder, name)
        if found.exists() and found.read_text(encoding="utf-8") == fingerprint(name):
            return True
    return False


def make(folder: Path) -> None:
    """A fresh environment; where the system's Python cannot give it a pip, ours fills it."""
    complete = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], check=False, capture_output=True, text=True
    )
    if complete.returncode == 0:
        return
    bare = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)]
    if subprocess.run(bare, check=False, capture_output=True).returncode != 0:
        raise SystemExit(f"This Python cannot make a virtual environment:\n{complete.stdout}")


def install(folder: Path, requirements: Path) -> None:
    """Install exactly what the lock file names, each file checked against its hash."""
    python = str(folder / "bin" / "python")
    own_pip = subprocess.run([python, "-m", "pip", "--version"], check=False, capture_output=True)
    pip = [python, "-m", "pip"]
    if own_pip.returncode != 0:
        pip = [sys.executable, "-m", "pip", "--python", python]
    # The lock file names everything. With its own search pip would try a newer release for a name
    # with extras, find no hash for it and give up, the day that release appears.
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    options = [*quiet, "--require-hashes", "--no-deps"]
    outcome = subprocess.run([*pip, "install", *options, "-r", str(requirements)], check=False)
    if outcome.returncode != 0:
        raise SystemExit(f"pip could not install {requirements}; its message stands above.")


if __name__ == "__main__":
    raise SystemExit(main())
