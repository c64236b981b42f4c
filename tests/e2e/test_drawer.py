"""Filters in a drawer: reached by a button, left by Escape, and open to who has no scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import DESKTOP, PHONE, TABLET

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
INSIDE = "document.activeElement.closest('.tg-drawer') !== null"
PLACES = [("measures/", "filters"), ("portfolio/", "whose")]
LOOKS = [(PHONE, "light"), (PHONE, "dark"), (TABLET, "light"), (TABLET, "dark")]


@pytest.mark.parametrize("look", LOOKS, ids=["phone", "phone-dark", "tablet", "tablet-dark"])
@pytest.mark.parametrize(("path", "drawer"), PLACES)
def test_the_focus_stays_inside_until_it_is_closed(sign_in, house, live_server, path, drawer, look):
    viewport, scheme = look
    visit = sign_in("executive", viewport=viewport, color_scheme=scheme)
    page = visit.open(f"{live_server.url}{house.page(path)}")
    part, opener = page.locator(f"#{drawer}"), page.locator(f"#{drawer}-opener")
    expect(part).to_be_hidden()
    opener.focus()
    page.keyboard.press("Enter")
    expect(part).to_be_visible()
    assert part.get_attribute("role") == "dialog"
    page.wait_for_timeout(250)  # until it has slid in
    assert visit.violations() == []
    assert not visit.scrolls_sideways()
    for key in ("Tab", "Shift+Tab"):
        for _press in range(25):
            page.keyboard.press(key)
            assert page.evaluate(INSIDE)
    page.keyboard.press("Escape")
    expect(part).to_be_hidden()
    expect(opener).to_be_focused()
    assert page.locator("[inert]").count() == 0
    # A click beside it closes it as well.
    opener.click()
    page.mouse.click(5, 400)
    expect(part).to_be_hidden()
    assert visit.complaints == []


def test_what_is_chosen_is_shown_behind_it(sign_in, house, live_server):
    visit = sign_in("executive", viewport=PHONE)
    page = visit.open(f"{live_server.url}{house.page('measures/')}")
    page.click("#filters-opener")
    page.select_option("#filters select[name=stage]", "closed")
    page.click("#filters button[type=submit]")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#list")).to_contain_text("No measure matches")
    assert "stage=closed" in page.url
    assert visit.complaints == []


def test_where_there_is_room_the_filters_stand_in_their_place(sign_in, house, live_server):
    page = sign_in("executive", viewport=DESKTOP).open(
        f"{live_server.url}{house.page('measures/')}"
    )
    expect(page.locator("#filters-opener")).to_be_hidden()
    expect(page.locator("#filters select[name=stage]")).to_be_visible()


@pytest.mark.parametrize(("path", "drawer"), PLACES)
def test_without_scripts_it_opens_and_closes(sign_in, house, live_server, path, drawer):
    visit = sign_in("executive", viewport=PHONE, java_script_enabled=False)
    page = visit.open(f"{live_server.url}{house.page(path)}")
    part = page.locator(f"#{drawer}")
    expect(part).to_be_hidden()
    page.click(f"#{drawer}-opener")
    expect(part).to_be_visible()
    page.click(f"#{drawer} [data-drawer-close]")
    expect(part).to_be_hidden()
    page.click(f"#{drawer}-opener")
    page.click(f"#{drawer} button[type=submit]")
    assert "business_unit=" in page.url
