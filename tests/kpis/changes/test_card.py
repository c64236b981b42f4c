"""The decision card of a change of the plan: months, years, and what it does to V (T15)."""

import pytest

from approvals.models import ApprovalRequest
from kpis.models import Effect
from tests.houses import House
from tests.kpis.changes.making import ask_months, make_frozen

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_frozen(alpha)[0]


def card(house: House, request: ApprovalRequest, who: str = "controller") -> str:
    answer = house.client(who).get(house.page(f"gate-requests/{request.public_id}/"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_card_shows_months_years_and_size(alpha: House, effect: Effect) -> None:
    request = ask_months(alpha, effect, {"2026-03": "8000", "2027-01": "-5"}, "2026-02")
    page = card(alpha, request)
    start = page.index("What changes in the plan")
    panel = page[start : page.index("</section>", start)]
    for text in (
        "Mar 2026",
        "10,000",
        "8,000",
        "\u22122,000",
        "\u22125",
        "118,000",
        "Run-rate start",
    ):
        assert text in panel, text
    # V before and after, and the size: twelve months from February on lack 12 000.
    assert "120,000" in panel
    assert panel.count("tg-row-total") == 2


def test_a_change_of_fields_has_no_such_panel(alpha: House, effect: Effect) -> None:
    caller = alpha.caller("owner")
    body = {"reason_code": "timing", "reason": "Later.", "changes": {"planned_end": "2027-01-31"}}
    made = caller.post(f"measures/{effect.measure.code}/change-requests/", body).json()
    with alpha.active():
        request = ApprovalRequest.objects.get(public_id=made["id"])
    assert "What changes in the plan" not in card(alpha, request)
