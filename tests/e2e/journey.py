"""One person's way through the product, looked at in every width and both themes on the way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Page

from tests.e2e.browsing import AXE, DESKTOP, PHONE, TABLET, Visit, picture

# Kept after the run, for people to look at.
PICTURES = Path(settings.BASE_DIR) / "artefacts" / "journeys"
SCHEMES = ("light", "dark")


@dataclass
class Journey:
    """A window of one person. Without scripts axe, a script itself, is left out."""

    name: str
    visit: Visit
    root: str
    house: Any
    scripts: bool = True

    @property
    def page(self) -> Page:
        return self.visit.page

    def open(self, path: str) -> Page:
        return self.visit.open(f"{self.root}{self.house.page(path)}")

    def follow(self, name: str) -> Page:
        """The first link of the content with these words."""
        self.page.locator("main").get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def press(self, label: str) -> Page:
        self.page.get_by_role("button", name=label, exact=True).last.click()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def look(self, step: str) -> None:
        """A picture at each width in each theme; nothing sideways, nothing axe complains about."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        faults: dict[str, object] = {}
        # An anchor leaves links half under the bar above, where nobody can judge them.
        self.page.keyboard.press("Control+Home")
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal
            for size in (PHONE, TABLET, DESKTOP):
                self.page.set_viewport_size(size)
                shot = f"{self.name}-{step}-{size['width']}-{scheme}"
                picture(self.page, PICTURES / f"{shot}.png")
                if self.scripts and self.visit.scrolls_sideways():
                    faults[shot] = "sideways"
            found = self.visit.violations() if self.scripts and AXE.exists() else []
            if found:
                faults[f"{step}-{scheme}"] = found
        assert not faults, faults
