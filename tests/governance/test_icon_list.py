"""Every icon that is asked for is in the sprite: a missing one would be an invisible blank."""

import re
from pathlib import Path

from django.conf import settings

from governance.web import navigation

ROOT = Path(settings.BASE_DIR)
LISTED = {
    line.strip()
    for line in (ROOT / "assets" / "icons.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
}
ASKED = re.compile(r"""\bicon(?:=|\s|":\s)"([a-z0-9-]+)\"""")
APPS = ["approvals", "exchange", "governance", "initiatives", "kpis", "reporting"]
SOURCES = [
    *(ROOT / "templates").rglob("*.html"),
    *(path for app in APPS for path in (ROOT / app).rglob("*.py")),
]


def test_every_icon_that_is_asked_for_is_on_the_list():
    asked = {
        name: str(path.relative_to(ROOT))
        for path in SOURCES
        for name in ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert {"search", "chevron-down", "check"} <= asked.keys()
    assert {name: path for name, path in asked.items() if name not in LISTED} == {}


def test_every_icon_of_the_navigation_is_on_the_list():
    assert {entry.icon for entry in navigation._entries.values()} <= LISTED
