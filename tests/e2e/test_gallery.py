"""The gallery in a real browser, under the product's own content policy.

The pages are rendered by the gallery's views and served by a small server of the test, so that no
database is involved and the policy is the one from the settings.
"""

import mimetypes
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from django.urls import resolve

from tests.e2e.browsing import DESKTOP, PHONE, Visit

pytestmark = pytest.mark.e2e

PAGES = ["/", "/page/", "/confirm/", "/error/404/"]


class Handler(BaseHTTPRequestHandler):
    """Answers with the gallery's pages and the static files."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            return self.answer(200, mimetypes.guess_type(path)[0], Path(found or "").read_bytes())
        request = RequestFactory().get(
            self.path, headers={"cookie": self.headers.get("Cookie", "")}
        )
        match = resolve(path, "governance.gallery.urls")
        page = match.func(request, *match.args, **match.kwargs)
        return self.answer(page.status_code, "text/html; charset=utf-8", page.content)

    def answer(self, status: int, content_type: str | None, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type or "application/octet-stream")
        self.send_header("Content-Security-Policy", build_policy())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Keep the output of the tests readable."""


@pytest.fixture
def address(plain_static: None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def visit(new_visit, address: str):
    def open_page(path: str, **options: object) -> Visit:
        visited = new_visit(**options)
        visited.open(address + path)
        return visited

    return open_page


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible_quiet_and_never_scroll_sideways(visit, path, scheme, viewport):
    visited = visit(path, viewport=viewport, color_scheme=scheme)
    assert not visited.scrolls_sideways()
    assert visited.violations() == []
    assert visited.complaints == []


def test_charts_are_drawn_under_the_policy(visit):
    page = visit("/page/", viewport=DESKTOP).page
    page.wait_for_selector("#by-year canvas")
    painted = """() => {
      const canvas = document.querySelector('#by-year canvas');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      return data.some(value => value !== 0);
    }"""
    page.wait_for_function(painted)
    assert page.locator("#s-curve canvas").count() == 1


def test_shortcuts_focus_the_search_and_list_themselves(visit):
    page = visit("/", viewport=DESKTOP).page
    page.keyboard.press("/")
    page.keyboard.type("?t")
    assert page.input_value("#search") == "?t"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.is_visible("#shortcuts")
    page.keyboard.press("Escape")
    assert not page.is_visible("#shortcuts")


def test_the_theme_is_kept_and_comes_with_the_page(visit):
    page = visit("/", viewport=DESKTOP, color_scheme="light").page
    page.click(".tg-topbar [data-theme-switch] >> visible=true")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.click(".tg-topbar [data-theme-switch] >> visible=true")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") is None


def test_a_confirmation_opens_as_a_dialog_that_posts_to_its_own_page(visit):
    page = visit("/", viewport=DESKTOP).page
    page.click("a[data-dialog]")
    page.wait_for_selector("#dialog[open] textarea")
    assert page.get_attribute("#dialog form", "action").endswith("/confirm/")
    page.click("#dialog [data-dialog-close]")
    assert not page.is_visible("#dialog")


def test_without_javascript_menus_navigation_and_figures_are_there(visit):
    page = visit("/page/", viewport=PHONE, java_script_enabled=False).page
    page.click(".tg-nav-open")
    assert page.is_visible(".tg-nav-link >> nth=0")
    page.click(".tg-nav-close")
    page.click(".tg-user")
    assert page.is_visible("text=Sign out")
    page.click(".tg-user")
    page.click("#by-year summary")
    assert page.is_visible("#by-year tfoot")
