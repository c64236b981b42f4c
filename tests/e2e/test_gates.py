"""From Identified to Closed in a real browser, as four people: owner, controller, sponsor, member.

Plan and reference come through the API; every gate, milestone, claim and signature is clicked.
"""

from typing import Any

import pytest
from django.utils import timezone

from tests.e2e.browsing import DESKTOP, PHONE, Visit, shoot
from tests.e2e.conftest import PASSWORD
from tests.ladder import PDF, Ladder, last_months

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PEOPLE = ("owner", "controller", "sponsor", "forum_member")


class Walk:
    """Four open browsers around one measure."""

    def __init__(self, ladder: Ladder, visits: dict[str, Visit], root: str) -> None:
        self.ladder, self.visits, self.root = ladder, visits, root

    def open(self, name: str, path: str) -> Any:
        return self.visits[name].open(f"{self.root}{self.ladder.house.page(path)}")

    def measure(self, name: str, tail: str = "") -> Any:
        return self.open(name, f"measures/{self.ladder.code}/{tail}")

    def submit(self, page: Any, label: str) -> None:
        page.get_by_role("button", name=label, exact=True).last.click()
        page.wait_for_load_state("networkidle")

    def ask(self) -> None:
        page = self.measure("owner", "gate/")
        page.fill("textarea[name=comment]", "Everything is in place.")
        self.submit(page, "Send the request")

    def vote(self, name: str, **fields: str) -> None:
        """From the inbox to the card, as somebody would."""
        page = self.open(name, "decisions/")
        page.locator("main a[href*='/gate-requests/']").first.click()
        page.wait_for_load_state("networkidle")
        page.check("input[name=outcome][value=go]")
        page.fill("textarea[name=rationale]", "Read and agreed.")
        for field, value in fields.items():
            page.fill(f"[name={field}]", value)
        self.submit(page, "Vote")

    def stage(self) -> str:
        return str(self.ladder.measure["stage"])


@pytest.fixture
def walk(sign_in: Any, house: Any, live_server: Any) -> Walk:
    for name in PEOPLE:
        user = house.people[name].user
        user.set_password(PASSWORD)
        user.save()
    ladder = Ladder(house, receiver="forum_member").begin().plan(timezone.localdate())
    sizes = {name: PHONE if name == "sponsor" else DESKTOP for name in PEOPLE}
    visits = {name: sign_in(name, viewport=sizes[name]) for name in PEOPLE}
    return Walk(ladder, visits, live_server.url)


def test_four_people_carry_a_measure_from_identified_to_closed(walk: Walk) -> None:
    walk.ask()
    walk.vote("controller")
    walk.vote("sponsor")
    assert walk.stage() == "detailed"

    plan_milestone(walk)
    attest(walk)
    walk.ask()
    for name in ("sponsor", "controller", "forum_member"):
        walk.vote(name)
    assert walk.stage() == "decided"

    deliver_milestone(walk)
    walk.ask()
    walk.vote("sponsor")
    walk.vote("forum_member")
    assert walk.stage() == "implemented"

    prove_value(walk)
    walk.ask()
    walk.vote("controller", confirmed_amount="12000")
    assert walk.stage() == "closed"
    page = walk.measure("owner")
    assert page.get_by_text("no gate lies ahead").is_visible()
    for name, visit in walk.visits.items():
        assert visit.complaints == [], name


def plan_milestone(walk: Walk) -> None:
    page = walk.measure("owner", "plan/new/")
    page.fill("[name=title]", "Contract signed")
    page.fill("[name=weight]", "10")
    page.select_option("[name=is_critical]", label="Yes")
    page.fill("[name=plan_on]", timezone.localdate().isoformat())
    choose(page, "acceptor", walk.ladder.email("forum_member"))
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("Contract signed").first.is_visible()


def choose(page: Any, name: str, value: str) -> None:
    field = page.locator(f"[name={name}]")
    if field.evaluate("node => node.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def attest(walk: Walk) -> None:
    page = walk.measure("controller", "criteria/counted_once/attest/")
    walk.submit(page, "Attest")


def upload(walk: Walk, kind: str, title: str, query: str = "") -> None:
    page = walk.measure("owner", f"documents/new/{query}")
    page.fill("[name=title]", title)
    choose(page, "kind", kind)
    page.set_input_files(
        "[name=file]", {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")


def deliver_milestone(walk: Walk) -> None:
    found = walk.ladder.ok(walk.ladder["owner"].get(f"measures/{walk.ladder.code}/milestones/"))
    milestone = found["results"][0]["id"]
    upload(walk, "milestone", "Signed contract", f"?milestone={milestone}")
    page = walk.open("owner", f"milestones/{milestone}/done/")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")
    page = walk.open("forum_member", f"milestones/{milestone}/accept/")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")


def prove_value(walk: Walk) -> None:
    """The owner claims three months on the page, the controller validates them on the worklist."""
    months = last_months(3, timezone.localdate())
    effect = walk.ladder.effects["value"]
    page = walk.open("owner", f"effects/{effect}/actuals/")
    for month in months:
        page.locator(f"input[name$='{month}']").first.fill("1000")
    walk.submit(page, "Save the claims")
    # The oldest month in which something waits is shown, one after the other.
    for _month in months:
        page = walk.open("controller", "controlling/")
        for box in page.locator("main form input[type=checkbox]").all():
            box.check()
        walk.submit(page, "Validate the chosen as claimed")
    upload(walk, "ledger", "Ledger extract")


PAGES = (
    "measures/{code}/",
    "measures/{code}/gate/",
    "measures/{code}/hold/",
    "measures/{code}/decisions/",
    "measures/{code}/plan/",
    "measures/{code}/documents/",
    "decisions/",
    "delegations/",
    "stage-models/",
    "stage-models/standard/1/",
    "calendar/",
    "gate-requests/{request}/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_of_gates_are_accessible_and_quiet(
    sign_in: Any, house: Any, live_server: Any, viewport: Any, scheme: str
) -> None:
    user = house.people["owner"].user
    user.set_password(PASSWORD)
    user.save()
    ladder = Ladder(house).begin().plan(timezone.localdate())
    request = ladder.ask("detailed")
    visit = sign_in("owner", viewport=viewport, color_scheme=scheme)
    faults = {}
    for page in PAGES:
        path = page.format(code=ladder.code, request=request["id"])
        answer = visit.page.goto(f"{live_server.url}{house.page(path)}")
        visit.page.wait_for_load_state("networkidle")
        name = path.strip("/").replace("/", "_")[:60]
        shoot(visit.page, f"{viewport['width']}-{scheme}-{name}")
        found = [answer.status] if answer.status != 200 else []
        found += visit.violations() + (["sideways"] if visit.scrolls_sideways() else [])
        if found:
            faults[path] = found
    assert faults == {}
    assert visit.complaints == []
