"""The pages of targets: proposing, deciding, gaps of a node, of its children and of a person."""

from typing import Any

import pytest
from django.test import Client

from kpis.models import Target
from tests.houses import House
from tests.kpis.targeting import propose, set_target
from tests.reporting.test_targets import funded, house

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
__all__ = ["funded", "house"]


def given(house: House, **more: str) -> dict[str, str]:
    return {
        "metric": "EBITDA",
        "kind": "recurring",
        "fiscal_year": "2027",
        "amount": "2,000.50",
        "gap_owner": house.people["owner"].email,
        "reason": "Agreed with the board.",
    } | more


def propose_url(house: House) -> str:
    return house.page(f"totals/{house.program.code}/targets/propose/")


def target_url(house: House, target: Target) -> str:
    return house.page(f"targets/{target.public_id}/")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_target_goes_from_the_form_into_force(funded: House) -> None:
    pmo, other = funded.client("pmo"), funded.client("head_of_controlling")
    opened = pmo.get(propose_url(funded))
    assert opened.context["form"].initial["metric"] == "EBITDA"
    answer = pmo.post(propose_url(funded), given(funded))
    node_url = funded.page(f"totals/{funded.program.code}/targets/")
    assert (answer.status_code, answer["Location"]) == (302, node_url)
    with funded.active():
        made = Target.objects.get()
    [waiting] = pmo.get(node_url).context["waiting"]
    assert (waiting["target"].pk, waiting["is_own"]) == (made.pk, True)
    own = pmo.get(target_url(funded, made))
    assert "Somebody other than who proposed" in text_of(own)
    assert pmo.post(target_url(funded, made), {"action": "approve"}).status_code == 403
    done = other.post(target_url(funded, made), {"action": "approve", "remark": "Fine."})
    assert (done.status_code, done["Location"]) == (302, node_url)
    page = other.get(node_url)
    [row] = page.context["rows"]
    own_target, gap = row["own"].target, row["own"].gap
    assert (own_target.number, gap.missing) == (1, own_target.amount - 1800)
    assert page.context["waiting"] == []
    [chart] = page.context["charts"]
    assert chart.series[0].values[2:] == [1800, None, own_target.amount]
    assert "Target 2027" in text_of(page)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "abc"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.2345"}, "amount"),
        ({"fiscal_year": "1"}, "fiscal_year"),
        ({"metric": "NO"}, "metric"),
        ({"kind": "running_cost"}, "kind"),
        ({"gap_owner": "stranger@example.com"}, "gap_owner"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_wrong_field_is_told_in_its_place(house: House, more: dict[str, str], field: str) -> None:
    answer = house.client("pmo").post(propose_url(house), given(house, **more))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    with house.active():
        assert not Target.objects.exists()


def test_a_second_proposal_of_the_same_is_told(house: House) -> None:
    client = house.client("pmo")
    assert client.post(propose_url(house), given(house)).status_code == 302
    again = client.post(propose_url(house), given(house))
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["fiscal_year"])


def decide(client: Client, house: House, target: Target, **word: str) -> Any:
    return client.post(target_url(house, target), word)


def test_a_refusal_says_why(house: House) -> None:
    made, other = propose(house, house.program), house.client("head_of_controlling")
    wrong = decide(other, house, made, action="refuse")
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["remark"])
    assert decide(other, house, made, action="no").status_code == 422
    assert decide(other, house, made, action="refuse", remark="Too much.").status_code == 302
    late = decide(other, house, made, action="approve")
    assert late.status_code == 422
    assert "does not wait" in text_of(late)
    assert "Too much." in text_of(other.get(target_url(house, made)))


def test_a_withdrawal_is_its_makers(house: House) -> None:
    made = propose(house, house.program)
    other = house.client("head_of_controlling")
    assert decide(other, house, made, action="withdraw").status_code == 403
    assert decide(house.client("pmo"), house, made, action="withdraw").status_code == 302
    assert decide(house.client("executive"), house, made, action="withdraw").status_code == 403


def test_the_page_of_a_node_tells_the_children(funded: House) -> None:
    set_target(funded, funded.portfolio, "3000")
    set_target(funded, funded.program, "2000")
    set_target(funded, funded.other_program, "500")
    client = funded.client("executive")
    page = client.get(funded.page(f"totals/{funded.portfolio.code}/targets/"))
    [row] = page.context["rows"]
    assert (row["spread"].below, row["spread"].difference) == (2500, 500)
    gaps = {one["node"].code: one["gap"].missing for one in page.context["children"]}
    assert gaps == {funded.program.code: 200, funded.other_program.code: 260}
    assert "Targets are proposed by the transformation office" in text_of(page)
    root = client.get(funded.page(f"totals/{funded.slug}/targets/"))
    assert "no target of its own" in text_of(root)


def test_an_empty_node_says_what_to_do(house: House) -> None:
    page = house.client("pmo").get(house.page(f"totals/{house.program.code}/targets/"))
    assert "No target in force" in text_of(page)


def test_the_list_shows_what_waits_and_whose_gap_it_is(funded: House) -> None:
    set_target(funded, funded.program, "2000")
    propose(funded, funded.other_program, "5")
    url = funded.page("targets/")
    waiting = funded.client("executive").get(url)
    assert [row["target"].amount for row in waiting.context["rows"]] == [5]
    own = funded.client("owner").get(url, {"show": "gaps"})
    assert [row["gap"].missing for row in own.context["rows"]] == [200]
    assert "No gap is yours" in text_of(funded.client("pmo").get(url, {"show": "gaps"}))
    assert funded.client("pmo").get(url, {"show": "x"}).status_code == 400
    assert funded.client("narrow").get(url).context["rows"]


def test_an_empty_list_says_where_to_propose(house: House) -> None:
    assert "Nothing waits" in text_of(house.client("pmo").get(house.page("targets/")))


def test_the_totals_lead_to_targets_where_there_is_one_place(funded: House) -> None:
    totals = funded.client("executive").get(funded.page(f"totals/{funded.program.code}/"))
    assert f"totals/{funded.program.code}/targets/" in text_of(totals)
    whole = funded.client("executive").get(funded.page("portfolio/"))
    assert f"totals/{funded.slug}/targets/" in text_of(whole)
    part = funded.client("narrow").get(funded.page("portfolio/"))
    assert f"totals/{funded.slug}/targets/" not in text_of(part)
