"""Compiles the hashed lock files out of `pyproject.toml`; they name no index and no local path."""

import re
import subprocess
import sys
from pathlib import Path

from local.home import PROJECT, RuntimeProblem

OUTPUTS = {
    "base": (),
    "operations": ("operations",),
    "embedded": ("embedded",),
    "dev": ("embedded", "operations", "dev"),
}
OPTIONS = (
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--python-version=3.11",
    "--quiet",
)
ADDRESS = re.compile(r"://|^--|^\s*-[ief] |^/", re.MULTILINE)


def compile_one(name: str, extras: tuple[str, ...]) -> Path:
    """Resolve one set; pins already in its file are kept where they still fit."""
    output = PROJECT / "requirements" / f"{name}.txt"
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *OPTIONS]
    command += [f"--extra={extra}" for extra in extras]
    subprocess.run(
        [*command, "-o", str(output.relative_to(PROJECT))],
        cwd=PROJECT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return output


def main() -> int:
    for name, extras in OUTPUTS.items():
        output = compile_one(name, extras)
        if ADDRESS.search(output.read_text(encoding="utf-8")):
            raise RuntimeProblem(f"{output} names an index or a path; it must not.")
        print(f"{output.relative_to(PROJECT)} is current")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
