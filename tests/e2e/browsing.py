"""Opening pages in a real browser and judging what a person would see."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PHONE, TABLET, DESKTOP = (
    {"width": 390, "height": 844},
    {"width": 768, "height": 1024},
    {"width": 1440, "height": 900},
)
# Where to leave pictures of the pages, for people to look at.
SHOTS = os.environ.get("TOLLGATE_SHOTS", "")


def picture(page: Page, path: Path) -> None:
    """The whole page, once what moves has come to rest: colours fade when the theme changes."""
    page.screenshot(path=path, full_page=True, animations="disabled")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, where somebody wants any."""
    if SHOTS:
        picture(page, Path(SHOTS) / f"{name}.png")


@dataclass
class Visit:
    """A page and what its console complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> "Visit":
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"} and "status of 404" not in message.text
                else None
            ),
        )
        return self

    def open(self, address: str) -> Page:
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def violations(self) -> list[tuple[str, list[str]]]:
        """What axe finds wrong on the page as it stands now; skips the test without axe."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: run `npm ci`")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)", RULES
        )
        return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate(SIDEWAYS))
