"""A real Chromium, and the product served to it under its own content policy."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, sync_playwright

from governance.people.choices import Role
from initiatives.services import MeasureDraft, measure_create
from kpis.choices import EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.rates.choices import RateKind
from kpis.services import EffectDraft, effect_create, values_write
from tests.e2e.browsing import FLAGS, Visit
from tests.kpis.indicating import make_filled
from tests.kpis.rating import proposed
from tests.kpis.targeting import propose, set_target

# The browser's driver runs an event loop in this thread; Django would refuse the ORM beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PASSWORD = "a-long-enough-test-password"


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


@pytest.fixture
def house(lasting_world):
    """A tenant with one planned measure, one KPI, and people who can sign in."""
    house = lasting_world.alpha
    for name in ("executive", "pmo", "owner", "controller", "administrator", "auditor"):
        user = house.people[name].user
        user.set_password(PASSWORD)
        user.save()
    with house.active():
        by = house.system(*Role)
        metric = metric_create(draft=STARTING_METRICS[0], by=by)
        measure = measure_create(package=house.package, draft=MeasureDraft("Bundle steel"), by=by)
        effect = effect_create(
            measure=measure, draft=EffectDraft(metric, EffectKind.RECURRING), by=by
        )
        values_write(
            effect=effect,
            series=Series.PLAN,
            cells={"2026-01": "1234567.89"},
            seen_version=effect.version,
            by=by,
        )
    make_filled(house)
    set_target(house, house.program, "2500000")
    set_target(house, house.project, "1000000")
    propose(house, house.program, "3000000")
    proposed(house, {"USD": {"2026-01": "0.9251"}}, RateKind.AVERAGE, who="second_finance")
    return house


@pytest.fixture
def sign_in(plain_static, house, live_server, new_visit):
    def sign_in(name: str, **options: object):
        visit = new_visit(**options)
        page = visit.open(f"{live_server.url}{house.page('portfolio/')}")
        assert "/accounts/login/" in page.url
        page.fill("input[name=login]", house.people[name].email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_load_state("networkidle")
        return visit

    return sign_in
