"""The three journeys the product is made for, in a real browser, with scripts and without.

An executive reads and drills; an owner updates and requests; a controller validates and closes.
Pictures of every step stay in `artefacts/journeys/`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.calendars.selectors import today_of
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from initiatives.services_reports import ReportDraft, status_report_add
from reporting.rollups.services import recompute_all
from tests.e2e.browsing import DESKTOP, PHONE
from tests.e2e.conftest import PASSWORD
from tests.e2e.journey import Journey
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.ladder import Ladder, last_months

pytestmark = pytest.mark.e2e
MONTHS = 3


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def journey(
    request: Any, sign_in: Any, house: Any, live_server: Any
) -> Callable[[str, str], Journey]:
    """Opens the window of somebody: at a desk with scripts, on a phone without."""
    scripts: bool = request.param

    def begin(name: str, who: str) -> Journey:
        user = house.people[who].user
        user.set_password(PASSWORD)
        user.save()
        visit = sign_in(who, viewport=DESKTOP if scripts else PHONE, java_script_enabled=scripts)
        kind = name if scripts else f"{name}-no-scripts"
        return Journey(kind, visit, live_server.url, house, scripts)

    return begin


def test_an_executive_reads_and_drills(house: Any, journey: Any) -> None:
    ladder = Ladder(house, receiver="forum_member").climb("closed", timezone.localdate())
    with house.active():
        recompute_all(house.tenant)
    walk = journey("executive", "executive")
    page = walk.open("portfolio/")
    assert page.get_by_text("12,000", exact=False).count() or page.get_by_text("12.0 k").count()
    walk.look("portfolio")
    for name in (house.program.name, house.project.name, house.package.name):
        walk.follow(name)
        assert name in walk.page.locator("h1").inner_text()
        walk.look(name.lower().replace(" ", "-"))
    walk.follow("Bundle steel orders")
    assert ladder.code in walk.page.content()
    walk.look("measure")
    walk.open("watermelons/")
    walk.look("watermelons")
    assert walk.visit.complaints == []


def owing(house: Any, ladder: Ladder) -> None:
    """The measure was reported ten days ago, in a weekly rhythm."""
    with house.active():
        today = today_of(house.tenant)
        row = Measure.objects.get(code=ladder.code)
        draft = ReportDraft(today - timedelta(days=10), "green", next_steps="Sign the contract")
        status_report_add(measure=row, draft=draft, by=house.actor("owner"))
        in_rhythm(house, RhythmTerms(starts_on=today - timedelta(days=70)))


def test_an_owner_updates_and_requests(house: Any, journey: Any) -> None:
    today = timezone.localdate()
    ladder = Ladder(house, receiver="forum_member").climb("detailed", today)
    ladder.milestone(today)
    ladder.attest()
    owing(house, ladder)
    walk = journey("owner", "owner")
    page = walk.open("my-updates/")
    walk.look("updates")
    page.get_by_label("Nothing changed").first.check()
    walk.press("Save the updates")
    assert page.get_by_text("1 update was saved.").is_visible()
    walk.look("updated")
    walk.open(f"measures/{ladder.code}/")
    walk.look("measure")
    page = walk.open(f"measures/{ladder.code}/gate/")
    page.fill("textarea[name=comment]", "Contract and plan are in place.")
    walk.look("request")
    walk.press("Send the request")
    walk.look("requested")
    with house.active():
        assert StatusReport.objects.filter(answers_on__isnull=False).count() == 1
    assert ladder.measure["open_request"] is not None
    assert walk.visit.complaints == []


def test_a_controller_validates_and_closes(house: Any, journey: Any) -> None:
    today = timezone.localdate()
    ladder = Ladder(house, receiver="forum_member").climb("implemented", today)
    months = last_months(MONTHS, today)
    ladder._cells(ladder.effects["value"], "actual_claimed", dict.fromkeys(months, "1000.00"))
    ladder.document("owner", "ledger")
    walk = journey("controller", "controller")
    for _month in months:
        page = walk.open("controlling/")
        walk.look("queue")
        for box in page.locator("main form input[type=checkbox]").all():
            box.check()
        walk.press("Validate the chosen as claimed")
    walk.look("validated")
    ladder.ask("closed")
    page = walk.open("decisions/")
    walk.look("inbox")
    page.locator("main a[href*='/gate-requests/']").first.click()
    page.wait_for_load_state("networkidle")
    page.check("input[name=outcome][value=go]")
    page.fill("textarea[name=rationale]", "The ledger shows it.")
    page.fill("[name=confirmed_amount]", "12000")
    walk.look("closure")
    walk.press("Vote")
    walk.look("closed")
    assert ladder.measure["stage"] == "closed"
    assert walk.visit.complaints == []
