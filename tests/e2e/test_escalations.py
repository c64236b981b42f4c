"""What is overdue and what waits for a second person, in a real browser, at 390 px as well."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.escalations.services.running import escalations_run
from governance.calendars.services import CalendarDraft, calendar_propose
from governance.notifications.proposals import proposal_tell
from governance.permissions.selectors import system_actor
from tests.approvals.escalations.desk import staff
from tests.e2e.browsing import AXE, DESKTOP, PHONE, SIDEWAYS, shoot
from tests.houses import House
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.initiatives.rhythm.test_silence import WEEKLY, owing
from tests.kpis.staging import stages_open
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def open_stages(servers: Servers, house: House) -> Iterator[None]:
    with stages_open(servers.migrator_url):
        yield


def overdue(house: House) -> str:
    """Silent measures that were told of twice, and a calendar that waits; a measure's code."""
    with house.active():
        staff(house)
    in_rhythm(house, WEEKLY)
    rows = [owing(house) for _number in range(4)]
    with house.active():
        by, now = system_actor(house.tenant.pk, via="worker"), timezone.now()
        for days in (0, 7):
            escalations_run(by=by, now=now + timedelta(days=days))
        row = calendar_propose(draft=CalendarDraft(), by=house.actor("pmo"))
        proposal_tell(noun="calendar", key=str(row.number), by=by)
    return rows[0].code


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(PHONE, "dark"), (DESKTOP, "light")],
    ids=["phone-dark", "desktop-light"],
)
def test_silence_and_proposals_as_people_find_them(
    sign_in: Any, house: House, open_stages: None, live_server: Any, viewport: Any, scheme: str
) -> None:
    code = overdue(house)
    visit = sign_in("administrator", viewport=viewport, color_scheme=scheme)
    pages = {
        "escalations/?source=status_update": "Status update",
        f"measures/{code}/escalations/": "Status update",
        "escalation-policies/": "Status update",
        "notifications/": "Waits for a second person: calendar 1",
    }
    for number, (path, text) in enumerate(pages.items()):
        page = visit.open(f"{live_server.url}{house.page(path)}")
        assert text in page.inner_text("main"), path
        assert page.evaluate(SIDEWAYS) == 0, path
        assert not AXE.exists() or visit.violations() == [], path
        shoot(page, f"{number}-{scheme}-{viewport['width']}")
    assert visit.complaints == []
