"""Runs one program with the environment of the embedded server: `python -m local.run mypy …`."""

import os
import subprocess
import sys

from local.home import PROJECT
from local.session import prepare


def main() -> int:
    """Hold the server while the program runs; returns its exit status."""
    command = sys.argv[1:]
    if not command:
        raise SystemExit("Usage: python -m local.run PROGRAM [ARGUMENTS]")
    session = prepare(["", "run"])
    try:
        return subprocess.run(command, cwd=PROJECT, env=os.environ, check=False).returncode
    finally:
        if session is not None:
            session.release()


if __name__ == "__main__":
    raise SystemExit(main())
