"""The version: the newest heading of the changelog."""

import re
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
HEADING = re.compile(r"^## \[?(\d+\.\d+\.\d+)", re.MULTILINE)


def version() -> str:
    """`0.1.0`, read from the changelog; «unreleased» where there is none."""
    if not CHANGELOG.exists():
        return "unreleased"
    match = HEADING.search(CHANGELOG.read_text(encoding="utf-8"))
    return match.group(1) if match else "unreleased"
