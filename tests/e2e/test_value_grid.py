"""The value grid in a real browser: by keyboard alone, without scripts, on a phone."""

from typing import Any

import pytest
from django.utils import timezone

from tests.e2e.browsing import AXE, DESKTOP, PHONE, Visit, shoot
from tests.e2e.conftest import PASSWORD
from tests.ladder import Ladder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
CLIPBOARD = ["clipboard-read", "clipboard-write"]
ACTIVE = "() => document.activeElement.name || document.activeElement.value || ''"
MOST_TABS = 120


@pytest.fixture
def ladder(house: Any) -> Ladder:
    """A measure of the owner that has passed T3: 1,000 a month over two years."""
    user = house.people["owner"].user
    user.set_password(PASSWORD)
    user.save()
    return Ladder(house).climb("decided", timezone.localdate())


class Keys:
    """One open grid and a keyboard."""

    def __init__(self, visit: Visit, address: str) -> None:
        self.page = visit.open(address)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, found: str) -> None:
        """Press Tab until the focus stands where the script says."""
        for _press in range(MOST_TABS):
            if self.page.evaluate(f"() => {found}"):
                return
            self.press("Tab")
        raise AssertionError(found)

    def paste(self, text: str) -> None:
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.press("Control+v")

    def row(self, number: int = 0) -> list[str]:
        """What the inputs of a row say."""
        boxes = self.page.locator("tr[data-grid-row]").nth(number).locator("input[data-cell]")
        return [box.input_value() for box in boxes.all()]

    @property
    def active(self) -> str:
        return str(self.page.evaluate(ACTIVE))

    @property
    def status(self) -> str:
        return str(self.page.locator("[data-grid-status]").inner_text())


CELL = "document.activeElement.matches('tr[data-grid-row] input[data-cell]')"


def address(ladder: Ladder, live_server: Any) -> str:
    return f"{live_server.url}{ladder.house.page(f'measures/{ladder.code}/values/grid/')}"


@pytest.fixture
def visit(sign_in: Any, ladder: Ladder) -> Visit:
    """A window of the owner of that measure."""
    found: Visit = sign_in("owner", viewport=DESKTOP, permissions=CLIPBOARD)
    return found


@pytest.fixture
def keys(visit: Visit, ladder: Ladder, live_server: Any) -> Keys:
    """The grid with the focus in its first cell."""
    found = Keys(visit, address(ladder, live_server))
    found.tab_to(CELL)
    return found


def test_a_pasted_block_is_read_in_both_spellings_and_taken_back(keys: Keys) -> None:
    before, other = keys.row(), keys.row(1)
    keys.paste("1.234,56\t2,500.00\tabc\t1,234\n(5)\t\t7-")
    assert keys.row()[:5] == ["1234.56", "2500.00", "abc", "1234", before[4]]
    assert keys.row(1)[:4] == ["-5", "", "-7", other[3]]
    marked = keys.page.locator("input[data-cell][aria-invalid=true]")
    assert [box.input_value() for box in marked.all()] == ["abc"]
    assert "1,234 → 1234" in keys.status
    keys.press("Control+z")
    assert (keys.row(), keys.row(1)) == (before, other)
    assert marked.count() == 0
    keys.paste("1\t" * 12 + "99")
    assert "did not fit" in keys.status
    assert "99" in keys.status


def test_keys_move_between_cells(keys: Keys, ladder: Ladder) -> None:
    first = keys.active
    keys.press("ArrowRight")
    second = keys.active
    keys.press("ArrowDown", "ArrowUp", "ArrowLeft")
    assert keys.active == first != second
    keys.press("Enter")
    assert keys.active.split(".")[1] == ladder.effects["cost"]
    keys.press("Shift+Enter")
    assert keys.active == first


def test_a_row_is_pasted_filled_undone_and_saved_by_keyboard(
    visit: Visit, keys: Keys, ladder: Ladder
) -> None:
    before = keys.row()
    keys.paste("1,010\t1,020")
    keys.press("Control+r")
    assert keys.row() == ["1010"] * 12
    keys.press("Control+z")
    assert keys.row() == ["1010", "1020", *before[2:]]
    keys.press("Control+r")
    assert keys.row() == ["1010"] * 12
    keys.tab_to("document.activeElement.name === 'cause'")
    keys.page.keyboard.type("Timing")
    keys.tab_to("document.activeElement.value === 'save'")
    keys.press("Enter")
    dialog = keys.page.locator("#dialog[open]")
    dialog.wait_for()
    assert "12,120" in dialog.inner_text()
    if AXE.exists():
        assert visit.violations() == []
    keys.press("Enter")
    keys.page.get_by_text("1 effect was saved.").wait_for()
    cells = ladder["owner"].get(f"effects/{ladder.effects['value']}/").json()["cells"]
    year = str(timezone.localdate().year)
    assert {a for month, a in cells["forecast"].items() if month[:4] == year} == {"1010.00"}
    assert visit.complaints == []


def test_what_is_wrong_comes_back_at_its_cell_instead_of_a_dialog(visit: Visit, keys: Keys) -> None:
    keys.paste("much\t900")
    keys.tab_to("document.activeElement.value === 'save'")
    keys.press("Enter")
    keys.page.locator(".tg-value-grid .tg-field-errors").first.wait_for()
    assert keys.row()[:2] == ["much", "900"]
    assert keys.page.locator("#dialog[open]").count() == 0
    # The console tells of the check that was refused, and of nothing else.
    assert all("422" in text for text in visit.complaints)


def test_the_grid_is_checked_and_saved_without_scripts(
    sign_in: Any, ladder: Ladder, live_server: Any
) -> None:
    visit = sign_in("owner", viewport=PHONE, java_script_enabled=False)
    page = visit.page
    page.goto(address(ladder, live_server))
    page.locator("tr[data-grid-row] input[data-cell]").first.fill("1,500")
    page.select_option("[name=cause]", "value")
    page.get_by_role("button", name="Check", exact=True).click()
    assert page.get_by_role("heading", name="What a save would change").is_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.get_by_text("1 effect was saved.").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_grid_is_accessible_and_quiet(
    sign_in: Any, ladder: Ladder, live_server: Any, viewport: Any, scheme: str
) -> None:
    visit = sign_in("owner", viewport=viewport, color_scheme=scheme)
    page = visit.open(address(ladder, live_server))
    boxes = page.locator("tr[data-grid-row] input[data-cell]")

    def look(step: str) -> None:
        shoot(page, f"grid-{viewport['width']}-{scheme}-{step}")
        assert visit.violations() == []
        assert not visit.scrolls_sideways()

    def check() -> None:
        page.locator("button[value=check]").click()
        page.wait_for_load_state("networkidle")

    look("opened")
    boxes.first.fill("-90,000")
    boxes.nth(1).fill("nothing")
    check()
    look("wrong")
    boxes.nth(1).fill("1,000")
    page.select_option("[name=cause]", "value")
    check()
    assert page.get_by_text("A reason is owed").first.is_visible()
    look("reason")
    assert all("422" in text for text in visit.complaints)
