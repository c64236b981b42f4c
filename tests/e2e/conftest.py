"""A real Chromium, and the product served to it under its own content policy."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import FLAGS, Visit

# The browser's driver runs an event loop in this thread; Django would refuse the ORM beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    if not program:
        pytest.skip("no Chromium: set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """A fresh window, with the context options of playwright: viewport, colour scheme, scripts."""
    contexts = []

    def make(**options: object) -> Visit:
        contexts.append(browser.new_context(**options))
        return Visit(contexts[-1].new_page()).listen()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def plain_static(settings: object) -> None:
    """Static files straight from the asset build, without collecting them first."""
    if not finders.find("css/tollgate.css"):
        pytest.skip("the assets are not built: run `make assets`")
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True
