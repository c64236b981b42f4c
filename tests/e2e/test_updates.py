"""All updates of an owner in a real browser: ten measures by keyboard, also at 390 px (R2)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from governance.calendars.selectors import today_of
from initiatives.milestones.models import Milestone
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from initiatives.services_reports import ReportDraft, status_report_add
from tests.e2e.browsing import DESKTOP, PHONE, shoot
from tests.houses import House
from tests.initiatives.making import make_measures
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.staging import moved, stages_open
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TEN = 10


@pytest.fixture
def open_stages(servers: Servers, house: House) -> Iterator[None]:
    with stages_open(servers.migrator_url):
        yield


def owing(house: House) -> list[Measure]:
    """Ten decided measures of the owner, reported ten days ago, the first with a late milestone."""
    made = make_measures(house, TEN, owner=house.people["owner"])
    rows = [moved(house, row, "decided") for row in made]
    with house.active():
        today, owner = today_of(house.tenant), house.actor("owner")
        for row in rows:
            draft = ReportDraft(today - timedelta(days=10), "green", next_steps="Sign the contract")
            status_report_add(measure=row, draft=draft, by=owner)
        in_rhythm(house, RhythmTerms(starts_on=today - timedelta(days=70)))
        Milestone.objects.create(
            measure=rows[0],
            title="Contract signed",
            weight=10,
            plan_on=today - timedelta(days=4),
            acceptor=house.people["sponsor"],
        )
    return rows


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_ten_measures_by_keyboard_alone(
    sign_in: Any, house: House, open_stages: None, live_server: Any, viewport: Any
) -> None:
    rows = owing(house)
    visit = sign_in("owner", viewport=viewport)
    page = visit.open(f"{live_server.url}{house.page('my-updates/')}")
    keys = page.keyboard

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)

    assert page.locator("[data-update]").count() == TEN
    press("?")
    page.locator("#shortcuts").get_by_text("nothing changed, and on").wait_for()
    press("Escape", "j", "a")
    keys.type("The supplier asks for two weeks more")
    press("Tab", "Escape", "j", "r", "Tab", "Tab")
    keys.type("A budget for tools")
    press("Escape", "j", *["n"] * (TEN - 2))
    assert f"{TEN} / {TEN}" in page.locator("[data-updates-status]").inner_text()
    press("Control+Enter")
    page.get_by_text(f"{TEN} updates were saved.").wait_for()
    assert page.get_by_text(f"{TEN} of {TEN} reported").is_visible()
    with house.active():
        found = {
            row.measure_id: row for row in StatusReport.objects.filter(answers_on__isnull=False)
        }
    said = [found[row.pk] for row in rows]
    assert [row.light for row in said] == ["amber", "red", *["green"] * (TEN - 2)]
    assert said[0].achieved == "The supplier asks for two weeks more"
    assert said[1].decision_needed == "A budget for tools"
    assert {row.next_steps for row in said} == {"Sign the contract"}
    assert visit.complaints == []
    assert not visit.scrolls_sideways()


def test_updates_without_scripts(
    sign_in: Any, house: House, open_stages: None, live_server: Any
) -> None:
    owing(house)
    visit = sign_in("owner", viewport=PHONE, java_script_enabled=False)
    page = visit.page
    page.goto(f"{live_server.url}{house.page('my-updates/')}")
    page.get_by_label("Nothing changed").first.check()
    page.get_by_role("button", name="Save the updates").click()
    assert page.get_by_text("1 update was saved.").is_visible()
    assert page.get_by_text(f"1 of {TEN} reported").is_visible()


def test_leaving_with_something_typed_warns(
    sign_in: Any, house: House, open_stages: None, live_server: Any
) -> None:
    owing(house)
    visit = sign_in("owner", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('my-updates/')}")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.goto(f"{live_server.url}{house.page('measures/')}")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_accessible_and_quiet(
    sign_in: Any, house: House, open_stages: None, live_server: Any, viewport: Any, scheme: str
) -> None:
    owing(house)
    visit = sign_in("owner", viewport=viewport, color_scheme=scheme)
    page = visit.open(f"{live_server.url}{house.page('my-updates/')}")

    def look(step: str) -> None:
        shoot(page, f"updates-{viewport['width']}-{scheme}-{step}")
        assert visit.violations() == []
        assert not visit.scrolls_sideways()

    look("opened")
    page.get_by_label("Nothing changed").first.check()
    page.locator("input[type=date]").first.fill("1980-01-01")
    page.get_by_role("button", name="Save the updates").click()
    page.wait_for_load_state("networkidle")
    look("refused")
    assert all("422" in text for text in visit.complaints)
