"""Two people sign in with a browser and see their tenant; nobody sees another's."""

import pytest

from tests.e2e.browsing import DESKTOP, PHONE

pytestmark = pytest.mark.e2e


def test_an_executive_signs_in_and_reads_the_portfolio(sign_in, house):
    visit = sign_in("executive", viewport=DESKTOP)
    assert visit.page.url.endswith(house.page("portfolio/"))
    visit.page.wait_for_selector("#plan-by-class canvas")
    assert "1,234,567.89" in visit.page.content()
    assert visit.page.locator("text=New measure").count() == 0
    assert visit.violations() == []
    assert visit.complaints == []


def test_a_pmo_signs_in_on_a_phone_and_opens_a_measure(sign_in, house, live_server):
    visit = sign_in("pmo", viewport=PHONE, color_scheme="dark")
    page = visit.open(f"{live_server.url}{house.page('measures/')}")
    page.click("text=Bundle steel")
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text() == "Bundle steel"
    assert not visit.scrolls_sideways()
    assert visit.violations() == []
    assert visit.complaints == []


def test_the_pages_work_without_javascript(sign_in, house, live_server):
    visit = sign_in("executive", viewport=DESKTOP, java_script_enabled=False)
    assert "1,234,567.89" in visit.page.content()
    page = visit.open(f"{live_server.url}{house.page('measures/')}?q=steel")
    assert page.locator("text=Bundle steel").count() == 1


def test_another_tenant_does_not_exist_for_the_signed_in(sign_in, lasting_world, live_server):
    visit = sign_in("executive", viewport=DESKTOP)
    answer = visit.page.goto(f"{live_server.url}{lasting_world.beta.page('portfolio/')}")
    assert answer.status == 404
    assert lasting_world.beta.tenant.name not in visit.page.locator("main").inner_text()
