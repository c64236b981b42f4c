"""Somebody brings their own spreadsheet in a real browser, with a worker at hand."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from exchange.models import Import
from exchange.services.work import import_work
from tests.e2e.browsing import DESKTOP, PHONE

pytestmark = pytest.mark.e2e

LIST = (
    "Nr;Titel;Programm;Projekt;Start;Ende;Jan 2026;Feb 2026\n"
    "A1;Gussteile bündeln;PG-001;Neues Projekt;01.02.2026;31.12.2026;1.000,50;2.000,25\n"
    "A2;Zweite;PG-001;Neues Projekt;bald;;3,5;\n"
).encode("cp1252")


@pytest.fixture
def worker(house: Any) -> Iterator[None]:
    """Does what imports wait for, as the bulk worker does."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.2):
            with house.active():
                waiting = list(Import.objects.filter(state__in=["reading", "checking"]))
                waiting += list(Import.objects.filter(state__in=["applying", "undoing"]))
            for run in waiting:
                import_work(run.tenant_id, str(run.public_id))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    done.set()
    thread.join()


def settled(page: Any) -> None:
    """Wait until no worker is at it any more."""
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#import:not([hx-get])")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_spreadsheet_comes_in_is_seen_and_is_taken_back(
    sign_in: Any, house: Any, live_server: Any, worker: None, viewport: Any
) -> None:
    visit = sign_in("pmo", viewport=viewport)
    page = visit.open(f"{live_server.url}{house.page('imports/')}")
    faults = _judged(visit)
    file = {"name": "Maßnahmen.csv", "mimeType": "text/csv", "buffer": LIST}
    page.set_input_files("input[name=file]", file)
    page.click("main form[enctype] button[type=submit]")
    settled(page)
    assert page.input_value("[name=encoding]") == "cp1252"
    assert page.input_value("[name=column-1]") == "name"
    assert page.input_value("[name=column-6]") == "months"
    faults += _judged(visit)
    page.click("main form[action$='/columns/'] button[type=submit]")
    settled(page)
    assert "«bald»" in page.locator("main").inner_text()
    faults += _judged(visit)
    page.check("[name=leaves_out_refused]")
    page.click("main form[action$='/apply/'] button[type=submit]")
    settled(page)
    assert page.locator("main a:has-text('Gussteile bündeln')").count() == 1
    page.click("main a[href$='/undo/']")
    page.wait_for_selector("#dialog[open] form")
    page.click("#dialog form button[type=submit]")
    settled(page)
    assert page.locator("main form[action$='/check/']").count() == 1
    faults += _judged(visit)
    assert faults == []
    assert visit.complaints == []


def test_a_spreadsheet_comes_in_without_scripts(
    sign_in: Any, house: Any, live_server: Any, worker: None
) -> None:
    visit = sign_in("pmo", viewport=DESKTOP, java_script_enabled=False)
    page = visit.open(f"{live_server.url}{house.page('imports/')}")
    page.set_input_files(
        "input[name=file]", {"name": "x.csv", "mimeType": "text/csv", "buffer": LIST}
    )
    page.click("main form[enctype] button[type=submit]")
    page.wait_for_selector("[name=column-0]", timeout=20_000)
    page.click("main form[action$='/columns/'] button[type=submit]")
    page.wait_for_selector("[name=leaves_out_refused]", timeout=20_000)
    assert "Gussteile bündeln" in page.locator("main").inner_text()


def _judged(visit: Any) -> list[Any]:
    return [*visit.violations(), *(["sideways"] if visit.scrolls_sideways() else [])]
