"""The measure list in a real browser: columns, views, many measures at once, cells in place."""

from typing import Any

import pytest

from initiatives.models import Measure
from tests.e2e.browsing import AXE, DESKTOP, PHONE, shoot
from tests.houses import House
from tests.initiatives.making import make_measures, reloaded

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def listed(house: House) -> list[Measure]:
    return make_measures(house, 12)


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_many_measures_are_changed_seen_and_undone(
    sign_in: Any, house: House, listed: list[Measure], live_server: Any, scripts: str
) -> None:
    """What changes is seen before it is written, and one click takes it back."""
    visit = sign_in("pmo", viewport=DESKTOP, java_script_enabled=scripts == "on")
    page = visit.page
    page.goto(f"{live_server.url}{house.page('measures/?q=measure&ordering=name')}")
    if scripts == "on":
        page.get_by_label("All on this page").check()
        page.get_by_role("checkbox", name=listed[0].name).uncheck()
    else:
        for measure in listed[1:]:
            page.get_by_role("checkbox", name=measure.name).check()
    page.get_by_role("button", name="Change the chosen").click()
    assert page.get_by_text("11 measures; what you leave empty").is_visible()
    page.get_by_label("Owner", exact=True).select_option(house.people["owner"].email)
    page.get_by_label("Planned end", exact=True).fill("2027-06-30")
    shoot(page, "bulk-new")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("button", name="Change 11 measures").wait_for()
    shoot(page, "bulk-preview")
    assert reloaded(house, listed[1]).owner is None
    page.get_by_role("button", name="Change 11 measures").click()
    page.get_by_role("button", name="Undo").wait_for()
    shoot(page, "bulk-written")
    assert {reloaded(house, one).owner_id for one in listed[1:]} == {house.people["owner"].pk}
    assert reloaded(house, listed[0]).owner is None
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Undone").wait_for()
    assert {reloaded(house, one).owner_id for one in listed} == {None}
    assert visit.complaints == []


def test_a_cell_is_edited_in_place_and_undone(
    sign_in: Any, house: House, listed: list[Measure], live_server: Any
) -> None:
    visit = sign_in("pmo", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('measures/?q=measure&ordering=name')}")
    row = page.locator(f"#row-{listed[0].code}")
    row.get_by_label("Edit Name").focus()
    page.keyboard.press("Enter")
    field = row.get_by_label("Name", exact=True)
    field.wait_for()
    assert field.evaluate("node => node === document.activeElement")
    field.fill("")
    page.keyboard.press("Enter")
    row.get_by_role("alert").wait_for()
    shoot(page, "cell-refused")
    page.keyboard.press("Escape")
    row.get_by_role("link", name=listed[0].name).wait_for()
    row.get_by_label("Edit Name").click()
    field.fill("Renamed in place")
    page.keyboard.press("Enter")
    page.get_by_text(f"{listed[0].code}: «Measure» was saved.").wait_for()
    shoot(page, "cell-saved")
    assert row.get_by_role("link", name="Renamed in place").is_visible()
    assert row.get_by_label("Edit Name").evaluate("node => node === document.activeElement")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    row.get_by_role("link", name=listed[0].name).wait_for()
    assert reloaded(house, listed[0]).name == listed[0].name
    assert all("422" in text for text in visit.complaints)


def test_columns_and_views(
    sign_in: Any, house: House, listed: list[Measure], live_server: Any
) -> None:
    visit = sign_in("pmo", viewport=DESKTOP)
    page = visit.open(f"{live_server.url}{house.page('measures/?q=measure')}")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Sponsor", exact=True).check()
    page.get_by_role("checkbox", name="Status").uncheck()
    shoot(page, "columns")
    page.get_by_role("button", name="Show these").click()
    page.get_by_role("columnheader", name="Sponsor").wait_for()
    assert page.get_by_role("columnheader", name="Status").count() == 0
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Save filters, order and columns as").fill("Who sponsors")
    shoot(page, "views")
    page.get_by_role("button", name="Save the view").click()
    page.get_by_text("The view «Who sponsors» is saved.").wait_for()
    page.locator("summary", has_text="Who sponsors").click()
    page.get_by_role("link", name="All saved views").click()
    page.get_by_role("button", name="Open first").click()
    page.get_by_text("«Measures» now opens with «Who sponsors».").wait_for()
    shoot(page, "views-all")
    page.get_by_role("link", name="Measures", exact=True).first.click()
    page.get_by_role("columnheader", name="Sponsor").wait_for()
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_accessible(
    sign_in: Any,
    house: House,
    listed: list[Measure],
    live_server: Any,
    viewport: Any,
    scheme: str,
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci`")
    visit = sign_in("pmo", viewport=viewport, color_scheme=scheme)
    page = visit.page

    def look(step: str) -> None:
        shoot(page, f"list-{viewport['width']}-{scheme}-{step}")
        assert visit.violations() == []
        assert not visit.scrolls_sideways()

    visit.open(f"{live_server.url}{house.page('measures/?columns=code,owner,sponsor,value')}")
    look("list")
    page.locator("summary", has_text="Columns").click()
    look("columns")
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Views").click()
    look("views")
    page.keyboard.press("Escape")
    page.locator(f"#row-{listed[0].code}").get_by_label("Edit Owner").click()
    page.locator("[data-cell-form]").wait_for()
    look("cell")
    page.get_by_role("button", name="Change all that match").click()
    look("new")
    page.get_by_label("Owner", exact=True).select_option(house.people["owner"].email)
    page.get_by_role("button", name="Show what changes").click()
    page.wait_for_load_state("networkidle")
    look("preview")
    visit.open(f"{live_server.url}{house.page('saved-views/')}")
    look("saved")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_groups_fit_every_window(
    sign_in: Any, house: House, listed: list[Measure], live_server: Any, viewport: Any
) -> None:
    """Closed and open; there is nothing to tick before a group is open."""
    visit = sign_in("pmo", viewport=viewport)
    page = visit.open(f"{live_server.url}{house.page('measures/?group=program')}")
    assert page.get_by_label("All on this page").is_hidden()
    assert not visit.scrolls_sideways()
    page.locator(".tg-group").first.click()
    page.locator(".tg-group-rows[data-loaded]").wait_for()
    shoot(page, f"group-{viewport['width']}")
    assert page.get_by_label("All on this page").is_visible()
    assert not visit.scrolls_sideways()
    assert visit.violations() == []
    assert visit.complaints == []
