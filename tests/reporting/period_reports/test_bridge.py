"""The bridge that begins where the last report was signed."""

import pytest

from tests.houses import House
from tests.kpis.making import add_effect, make_planned, plan
from tests.reporting.period_reports.signing import signed, weekly


@pytest.fixture
def house(in_alpha: House, open_stages: None) -> House:
    """A plan of 100 when the report of the program was signed, and of 130 since."""
    weekly(in_alpha)
    effect = add_effect(in_alpha, make_planned(in_alpha))
    effect = plan(in_alpha, effect, {"2026-01": "100"})
    signed(in_alpha, in_alpha.program)
    plan(in_alpha, effect, {"2026-01": "130"})
    return in_alpha


def test_it_begins_at_the_moment_of_the_signature(house: House) -> None:
    caller, url = house.caller("executive"), f"roll-ups/{house.program.code}/bridge/"
    body = caller.get(url, {"since": "report"}).json()
    assert (body["start"], body["end"], body["residual"]) == ("100", "130", "0")
    assert body["report"] == 1
    [(step, amount)] = [(step, amount) for step, amount in body["steps"].items() if amount != "0"]
    events = caller.get(url, {"since": "report", "step": step}).json()["events"]
    assert [event["amount"] for event in events["results"]] == [amount] == ["30"]
    usual = caller.get(url).json()
    assert (usual["start"], usual["report"]) == ("0", None)


def test_the_page_offers_it_and_keeps_it(house: House) -> None:
    client, url = house.client("executive"), house.page(f"totals/{house.program.code}/bridge/")
    plain, since = client.get(url).context["starts"]
    assert (plain.is_current, since.is_current) == (True, False)
    page = client.get(since.url)
    assert page.context["bridge"].start == 100
    assert [tab.is_current for tab in page.context["starts"]] == [False, True]
    assert "from" not in page.context["form"].fields
    assert 'name="since" value="report"' in page.content.decode()
    for _label, _amount, link in page.context["rows"]:
        assert "since=report" in link
    drilled = client.get(page.context["rows"][0][2])
    assert drilled.context["bridge"].start == 100


def test_without_a_report_there_is_nothing_to_choose(house: House) -> None:
    code = house.other_program.code
    page = house.client("executive").get(house.page(f"totals/{code}/bridge/"))
    assert page.context["starts"] == []
    for answer in (
        house.client("executive").get(house.page(f"totals/{code}/bridge/?since=report")),
        house.caller("executive").get(f"roll-ups/{code}/bridge/", {"since": "report"}),
    ):
        assert answer.status_code == 400
    wrong = house.page(f"totals/{house.program.code}/bridge/?since=x")
    assert house.client("executive").get(wrong).status_code == 400
