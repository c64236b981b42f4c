"""A report drafted, signed and read in a real browser, also at 390 px, in German and on paper."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from governance.calendars.selectors import today_of
from initiatives.milestones.models import Milestone
from tests.e2e.browsing import AXE, DESKTOP, PHONE, shoot
from tests.houses import House
from tests.initiatives.making import make_measures
from tests.kpis.making import add_effect, plan
from tests.kpis.staging import moved, stages_open
from tests.plugins.servers import Servers
from tests.reporting.period_reports.signing import led, signed, weekly

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
WORDS = ("Two suppliers signed.", "What changed since report 1")


@pytest.fixture
def open_stages(servers: Servers, house: House) -> Iterator[None]:
    with stages_open(servers.migrator_url):
        yield


def furnished(house: House) -> None:
    """A program with a signed period, then measures, a late milestone and months planned."""
    with house.active():
        weekly(house)
        signed(house, house.program)
    led(house, house.package, owner="owner")
    rows = make_measures(house, 4, owner=house.people["owner"])
    with house.active():
        today = today_of(house.tenant)
        for row in rows[:2]:
            plan(house, add_effect(house, row), {f"{today.year}-{n:02d}": "1000" for n in (1, 7)})
        Milestone.objects.create(
            measure=rows[0],
            title="Contract signed",
            weight=10,
            is_critical=True,
            plan_on=today - timedelta(days=9),
            acceptor=house.people["sponsor"],
        )
    for row in rows[:3]:
        moved(house, row, "decided")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_draft_is_signed_and_read(
    sign_in: Any, house: House, open_stages: None, live_server: Any, viewport: Any
) -> None:
    furnished(house)
    size = f"{viewport['width']}"
    visit = sign_in("pmo", viewport=viewport)
    base = f"{live_server.url}{house.page('period-reports/')}{house.program.code}/"
    page = visit.open(f"{base}sign/")
    assert "What changed since report 1" in page.inner_text("main")
    shoot(page, f"draft-{size}")
    assert not visit.scrolls_sideways()
    if AXE.exists():
        assert visit.violations() == []
    page.fill("textarea[name=achieved]", "Two suppliers signed.")
    page.click("button:has-text('Sign and freeze')")
    page.wait_for_url(f"{base}2/")
    assert all(words in page.inner_text("main") for words in WORDS)
    assert not visit.scrolls_sideways()
    if AXE.exists():
        assert visit.violations() == []
    shoot(page, f"report-{size}")
    page.emulate_media(media="print")
    assert not page.is_visible(".tg-nav")
    assert "Two suppliers signed." in page.inner_text("main")
    shoot(page, f"paper-{size}")
    page.emulate_media(media="screen", color_scheme="dark")
    shoot(page, f"dark-{size}")
    for address in (base, live_server.url + house.page("rhythm/")):
        page = visit.open(address)
        assert not visit.scrolls_sideways()
        shoot(page, f"{address.rstrip('/').rsplit('/', 1)[1]}-{size}")
        if AXE.exists():
            assert visit.violations() == []
    assert visit.complaints == []
