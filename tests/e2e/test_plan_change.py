"""Asking to change a frozen plan, and comparing baselines, in a real browser."""

from typing import Any

import pytest
from django.utils import timezone

from tests.e2e.browsing import DESKTOP, PHONE, Visit, shoot
from tests.e2e.conftest import PASSWORD
from tests.ladder import Ladder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def ladder(house: Any) -> Ladder:
    """A measure of the owner that has passed T3: 1,000 a month over two years."""
    for name in ("owner", "controller"):
        user = house.people[name].user
        user.set_password(PASSWORD)
        user.save()
    return Ladder(house).climb("decided", timezone.localdate())


def address(ladder: Ladder, live_server: Any, tail: str) -> str:
    return f"{live_server.url}{ladder.house.page(f'measures/{ladder.code}/{tail}')}"


def press(page: Any, action: str) -> None:
    page.locator(f"button[value={action}]:not([aria-hidden])").click()
    page.wait_for_load_state("networkidle")


def judged(visit: Visit, name: str) -> None:
    shoot(visit.page, name)
    assert visit.violations() == []
    assert not visit.scrolls_sideways()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_plan_is_asked_to_change_previewed_sent_and_decided(
    sign_in: Any, ladder: Ladder, live_server: Any, viewport: Any, scheme: str
) -> None:
    ending = f"{viewport['width']}-{scheme}"
    visit = sign_in("owner", viewport=viewport, color_scheme=scheme)
    page = visit.open(address(ladder, live_server, "change/plan/"))
    boxes = page.locator("tr[data-grid-row] input[data-cell]")
    judged(visit, f"change-{ending}-opened")
    boxes.first.fill("900")
    year = timezone.localdate().year
    press(page, f"year-{year + 1}")
    boxes.first.fill("800")
    press(page, "preview")
    assert page.get_by_role("heading", name="What changes in the plan").is_visible()
    judged(visit, f"change-{ending}-preview")
    page.select_option("[name=reason_code]", "under_delivery")
    page.fill("[name=reason]", "The supplier offers less.")
    press(page, "send")
    assert page.get_by_text("The request was sent to those who decide it.").is_visible()
    request = ladder["pmo"].get("gate-requests/", {"state": "open"}).json()["results"][0]
    assert len(request["details"]["plan"][0]["after"]) == 2
    other = sign_in("controller", viewport=viewport, color_scheme=scheme)
    card = ladder.house.page(f"gate-requests/{request['id']}/")
    other.open(f"{live_server.url}{card}")
    judged(other, f"change-{ending}-card")
    for name in ("controller", "sponsor"):
        ladder.ok(ladder.vote(name, request))
    visit.open(address(ladder, live_server, "values/baselines/"))
    judged(visit, f"change-{ending}-baselines")
    assert visit.complaints == other.complaints == []


def test_a_plan_is_asked_to_change_without_scripts(
    sign_in: Any, ladder: Ladder, live_server: Any
) -> None:
    visit = sign_in("owner", viewport=PHONE, java_script_enabled=False)
    page = visit.page
    page.goto(address(ladder, live_server, "change/plan/"))
    page.locator("tr[data-grid-row] input[data-cell]").first.fill("900")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What changes in the plan").wait_for()
    page.select_option("[name=reason_code]", "timing")
    page.fill("[name=reason]", "Later.")
    page.get_by_role("button", name="Send the request").click()
    assert page.get_by_text("The request was sent to those who decide it.").is_visible()
