"""Every page of the access matrix in a real browser: accessible, quiet, never wider than it."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import ViewportSize

from tests.architecture.access.samples import furnish
from tests.architecture.test_access_matrix import url_of
from tests.architecture.test_query_budgets import READABLE
from tests.e2e.browsing import DESKTOP, PHONE, TABLET, Visit, shoot
from tests.houses import House

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PAGES = {name: row for name, row in READABLE.items() if not name.startswith("api-")}
OK = 200


@dataclass(frozen=True)
class Look:
    """How wide the window is, in which theme and language."""

    viewport: ViewportSize
    scheme: str
    language: str

    def __str__(self) -> str:
        return f"{self.viewport['width']}-{self.scheme}-{self.language}"


def signed_in(house: House, who: str, root: str, new_visit: Any, look: Look) -> Visit:
    """A window with the session of somebody, without the walk through the sign-in page."""
    visit: Visit = new_visit(viewport=look.viewport, color_scheme=look.scheme, locale=look.language)
    morsel = house.client(who).cookies[settings.SESSION_COOKIE_NAME]
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": morsel.value, "url": root}
    visit.page.context.add_cookies([cookie])
    return visit


@pytest.mark.parametrize(
    "look",
    [
        Look(viewport, scheme, language)
        for viewport in (PHONE, TABLET, DESKTOP)
        for scheme in ("light", "dark")
        for language in ("en", "de")
    ],
    ids=str,
)
def test_every_page(
    plain_static: None, lasting_world: Any, live_server: Any, new_visit: Any, look: Look
) -> None:
    house = lasting_world.alpha
    samples = furnish(house)
    visits = {
        who: signed_in(house, who, live_server.url, new_visit, look)
        for who in {row.has for row in PAGES.values()}
    }
    faults: dict[str, list[object]] = {}
    for name, row in PAGES.items():
        visit = visits[row.has]
        url = f"{live_server.url}{url_of(row, samples, row.has)}"
        head = visit.page.context.request.get(url)
        is_html = head.headers.get("content-type", "").startswith("text/html")
        if not is_html or "<html" not in head.text():  # a file, or a part of a page
            continue
        visit.open(url)
        shoot(visit.page, f"{name.replace(':', '-')}-{look}")
        found: list[object] = [head.status] if head.status != OK else []
        found += visit.violations() + (["sideways"] if visit.scrolls_sideways() else [])
        found += visit.complaints
        visit.complaints.clear()
        if found:
            faults[name] = found
    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())
