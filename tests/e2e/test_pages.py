"""Every main page, for who lives there: accessible, quiet, and never scrolling sideways."""

from urllib.parse import quote

import pytest

from tests.e2e.browsing import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PAGES = {
    "pmo": [
        "portfolio/",
        "tree/",
        "measures/",
        "measures/new/?under=PK-0001",
        "measures/M-000001/",
        "measures/M-000001/values/",
        "measures/M-000001/history/",
        "measures/M-000001/edit/",
        "measures/M-000001/move/",
        "measures/M-000001/delete/",
        "measures/M-000001/effects/new/",
        "kpis/",
        "kpis/new/",
        "kpis/K-0001/",
        "kpis/K-0001/edit/",
        "kpis/K-0001/periods/",
        "kpis/objectives/",
        "metrics/",
        "metrics/new/",
        "metrics/EBITDA/edit/",
        "measures/M-000001/lights/",
        "watermelons/",
        "targets/",
        "targets/?show=gaps",
        "totals/PG-001/",
        "portfolio/?year=2026",
        "portfolio/?function=F1",
        "totals/PG-001/targets/",
        "totals/PG-001/targets/propose/",
        "portfolios/PF-01/",
        "programs/PG-001/",
        "programs/PG-001/edit/",
        "projects/PJ-0001/",
        "measure-packages/PK-0001/",
        "people/",
        "people/access/",
        "people/access/?node=PK-0001",
        "people/access/?person={consultant}",
        "people/access/?node=M-000001&person={consultant}",
        "people/access/?node=PF-01&person={guest}",
        "master-data/",
        "tokens/",
    ],
    "administrator": [
        "people/",
        "people/new/",
        "master-data/",
        "settings/",
        "operations/",
        "audit/",
    ],
    "controller": ["rates/", "rates/?kind=average", "rates/propose/?kind=average"],
    "auditor": ["audit/", "people/", "portfolio/"],
}


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(PHONE, "dark"), (PHONE, "light"), (DESKTOP, "dark"), (DESKTOP, "light")],
    ids=["phone-dark", "phone-light", "desktop-dark", "desktop-light"],
)
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible_and_quiet(sign_in, house, live_server, name, viewport, scheme):
    visit = sign_in(name, viewport=viewport, color_scheme=scheme)
    faults = {}
    emails = {one: quote(member.email) for one, member in house.people.items()}
    for page in PAGES[name]:
        path = page.format(**emails)
        answer = visit.page.goto(f"{live_server.url}{house.page(path)}")
        visit.page.wait_for_load_state("networkidle")
        found = [answer.status] if answer.status != 200 else []
        found += visit.violations() + (["sideways"] if visit.scrolls_sideways() else [])
        if found:
            faults[path] = found
    assert faults == {}
    assert visit.complaints == []
