"""The portfolio page in a browser: charts, a bridge that comes on scrolling, and no script."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_charts_are_drawn_and_the_bridge_comes_when_it_is_reached(sign_in, house, live_server):
    visit = sign_in("executive", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('portfolio/')}")
    expect(page.locator("#curve canvas")).to_be_visible()
    assert page.locator("#bridge canvas").count() == 0
    page.locator("#bridge-steps").scroll_into_view_if_needed()
    expect(page.locator("#bridge canvas")).to_be_visible()
    assert visit.complaints == []
    page.click("text=Identified >> nth=0")
    assert "figure=identified" in page.url


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_without_scripts_tables_open_and_filters_narrow(sign_in, house, live_server, viewport):
    visit = sign_in("executive", viewport=viewport, java_script_enabled=False)
    page = visit.open(f"{live_server.url}{house.page('portfolio/')}")
    page.click("#curve summary")
    expect(page.locator("#curve table")).to_contain_text("1,234,567.89")
    page.click("#whose-opener")
    page.select_option("select[name=function]", "F1")
    page.click(".tg-whose button[type=submit]")
    assert "function=F1" in page.url
    expect(page.locator("main")).to_contain_text("No measure matches")
    expect(page.locator(".tg-chips")).to_contain_text("Procurement")
