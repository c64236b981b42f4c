"""The controller's cockpit in a real browser: 200 lines by keyboard, and without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest

from kpis.actuals.models import Validation
from tests.e2e.browsing import DESKTOP, PHONE, shoot
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.actual_making import claim, named
from tests.kpis.making import add_effect, plan
from tests.kpis.staging import moved, stages_open
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MONTH = "2020-01"
LINES = 200


@pytest.fixture
def open_stages(servers: Servers, house: House) -> Iterator[None]:
    with stages_open(servers.migrator_url):
        yield


def claimed(house: House, count: int) -> str:
    """A measure past T3 with so many effects, each planned and claimed in one month."""
    measure = named(
        house,
        make_measure(house, "Bundle castings", owner=house.people["owner"]),
        controller="controller",
    )
    effects = [add_effect(house, measure, name=f"Line {number}") for number in range(count)]
    for effect in effects:
        plan(house, effect, {MONTH: "1000"})
    moved(house, measure, "decided")
    for effect in effects:
        claim(house, effect, {MONTH: "900"})
    return measure.code


def test_a_month_of_200_lines_by_keyboard_alone(
    sign_in: Any, house: House, open_stages: None, live_server: Any
) -> None:
    claimed(house, LINES)
    visit = sign_in("controller", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('controlling/')}")
    keys = page.keyboard
    assert page.locator("tr[data-line]").count() == LINES
    for key in ("j", "a", "8", "0", "0", "Enter"):
        keys.press(key)
    keys.type("One invoice less")
    for key in ("Enter", "r"):
        keys.press(key)
    keys.type("No evidence")
    # The third line is taken back, and validated with the rest.
    for key in ("Enter", "r", "Escape", "u", *["v"] * (LINES - 2)):
        keys.press(key)
    assert f"{LINES}" in page.locator("[data-queue-status]").inner_text()
    for key in ("k", "ArrowDown", "x"):
        keys.press(key)
    assert page.locator("tr[data-line] input[name=tick]").last.is_checked()
    keys.press("x")
    keys.press("Control+Enter")
    page.get_by_text(f"{LINES} claims were judged.").wait_for()
    with house.active():
        found = [row.outcome for row in Validation.objects.order_by("id")]
    assert found == ["adjusted", "rejected", *["validated"] * (LINES - 2)]
    assert page.get_by_text("Nothing waits for you").is_visible()
    assert visit.complaints == []


def test_refused_lines_come_back_and_leaving_warns(
    sign_in: Any, house: House, open_stages: None, live_server: Any
) -> None:
    claimed(house, 3)
    visit = sign_in("controller", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('controlling/')}")
    keys = page.keyboard
    keys.press("j")
    keys.press("v")
    keys.press("a")
    keys.type("much")
    keys.press("Control+Enter")
    page.get_by_text("1 claim was judged.").wait_for()
    wrong = page.locator("tr.tg-queue-wrong")
    assert wrong.count() == 1
    assert wrong.locator("input[data-amount]").input_value() == "much"
    # The keys go on at the line that is wrong.
    assert page.evaluate("document.activeElement.classList.contains('tg-queue-wrong')")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    keys.press("v")
    page.goto(f"{live_server.url}{house.page('measures/')}")
    assert asked == ["beforeunload"]


def test_verdicts_without_scripts(
    sign_in: Any, house: House, open_stages: None, live_server: Any
) -> None:
    claimed(house, 2)
    visit = sign_in("controller", viewport=PHONE, java_script_enabled=False)
    page = visit.page
    page.goto(f"{live_server.url}{house.page('controlling/')}")
    page.locator("select[data-verdict]").first.select_option("validated")
    page.get_by_role("button", name="Save the verdicts").click()
    assert page.get_by_text("1 claim was judged.").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_cockpit_is_accessible_and_quiet(
    sign_in: Any, house: House, open_stages: None, live_server: Any, viewport: Any, scheme: str
) -> None:
    claimed(house, 5)
    visit = sign_in("controller", viewport=viewport, color_scheme=scheme)
    page = visit.open(f"{live_server.url}{house.page('controlling/')}")

    def look(step: str) -> None:
        shoot(page, f"controlling-{viewport['width']}-{scheme}-{step}")
        assert visit.violations() == []
        assert not visit.scrolls_sideways()

    look("opened")
    for verdict in page.locator("select[data-verdict]").all()[:2]:
        verdict.select_option("adjusted")
    page.get_by_role("button", name="Save the verdicts").click()
    page.wait_for_load_state("networkidle")
    look("refused")
    assert all("422" in text for text in visit.complaints)
