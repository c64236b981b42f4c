"""The inbox: what waits for whom, by delegation too, in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import ApprovalStep
from approvals.services.conditions import ConditionDraft
from approvals.services.delegations import DelegationDraft, delegation_give
from tests.approvals.climbing import asked, climber, publish_short_model, voted
from tests.houses import House

OK, BAD, MISSING = 200, 400, 404


@pytest.fixture(autouse=True)
def _short_model(alpha: House) -> None:
    publish_short_model(alpha)


def lines(house: House, who: str, tab: str = "") -> list[str]:
    url = house.page(f"decisions/{f'?tab={tab}' if tab else ''}")
    page = house.client(who).get(url)
    assert page.status_code == OK
    return [line.name for line in page.context["lines"]]


def delegate(house: House, giver: str, to: str) -> None:
    today = timezone.localdate()
    with house.active():
        draft = DelegationDraft(
            house.people[to], house.program, today, today + timedelta(days=7), ""
        )
        delegation_give(draft=draft, by=house.actor(giver))


def test_a_request_waits_for_whoever_its_turn_it_is(alpha: House) -> None:
    request = asked(alpha, climber(alpha))
    assert lines(alpha, "controller") == ["Bundle steel"]
    assert lines(alpha, "sponsor") == []
    assert lines(alpha, "owner") == []
    voted(alpha, request, "controller")
    assert lines(alpha, "controller") == []
    assert lines(alpha, "sponsor") == ["Bundle steel"]


def test_the_tabs_show_what_was_asked_what_is_open_and_what_was_decided(alpha: House) -> None:
    request = asked(alpha, climber(alpha))
    assert lines(alpha, "owner", "asked") == ["Bundle steel"]
    assert lines(alpha, "pmo", "asked") == []
    assert lines(alpha, "pmo", "open") == ["Bundle steel"]
    assert lines(alpha, "pmo", "decided") == []
    voted(alpha, voted(alpha, request, "controller"), "sponsor")
    assert lines(alpha, "pmo", "open") == []
    assert lines(alpha, "pmo", "decided") == ["Bundle steel"]


def test_the_most_urgent_stands_on_top_and_what_is_late_says_so(alpha: House) -> None:
    first, second = (asked(alpha, climber(alpha, name)) for name in ("First", "Second"))
    with alpha.active():
        late = timezone.now() - timedelta(days=1)
        ApprovalStep.objects.filter(request=second, state="open").update(due_at=late)
    assert lines(alpha, "controller") == ["Second", "First"]
    page = alpha.client("controller").get(alpha.page("decisions/"))
    assert [line.is_overdue for line in page.context["lines"]] == [True, False]
    assert first.pk != second.pk


def test_a_delegate_sees_on_whose_behalf_and_votes_with_both_names(alpha: House) -> None:
    request = voted(alpha, asked(alpha, climber(alpha)), "controller")
    delegate(alpha, "sponsor", "pmo")
    page = alpha.client("pmo").get(alpha.page("decisions/"))
    assert [(line.name, line.voice) for line in page.context["lines"]] == [
        ("Bundle steel", "Sponsor")
    ]
    url = alpha.page(f"gate-requests/{request.public_id}/")
    card = alpha.client("pmo").get(url)
    assert "You speak on behalf of Sponsor" in card.content.decode()
    data = {
        "outcome": "go",
        "rationale": "For her.",
        "snapshot_hash": request.snapshot_hash,
        "on_behalf_of": alpha.people["sponsor"].email,
    }
    assert alpha.client("pmo").post(url, data).status_code == 302
    assert "on behalf of Sponsor" in alpha.client("owner").get(url).content.decode()


def test_a_finance_step_is_not_carried_without_the_role(alpha: House) -> None:
    asked(alpha, climber(alpha))
    delegate(alpha, "controller", "pmo")
    assert lines(alpha, "pmo") == []


def test_a_forum_member_sees_what_the_forum_is_asked(alpha: House) -> None:
    request = asked(alpha, climber(alpha))
    voted(alpha, voted(alpha, request, "controller"), "sponsor")
    request = asked(alpha, climber(alpha, "Other"))
    assert lines(alpha, "forum_member") == []
    assert lines(alpha, "controller") == ["Other"]
    assert request.state == "open"


def test_conditions_wait_for_their_setter_and_their_owner(alpha: House) -> None:
    due = timezone.localdate() + timedelta(days=10)
    draft = ConditionDraft("Sign the contract", alpha.people["pmo"], due)
    request = asked(alpha, climber(alpha))
    voted(alpha, request, "controller", Outcome.CONDITIONAL_GO, conditions=[draft])
    page = alpha.client("controller").get(alpha.page("decisions/"))
    assert [line.condition.text for line in page.context["to_accept"]] == ["Sign the contract"]
    page = alpha.client("pmo").get(alpha.page("decisions/"))
    assert [line.condition.text for line in page.context["to_meet"]] == ["Sign the contract"]
    assert page.context["to_accept"] == []


def test_who_sees_nothing_has_no_inbox_and_strangers_see_nothing_of_it(
    alpha: House, beta: House
) -> None:
    asked(alpha, climber(alpha))
    assert alpha.client("guest").get(alpha.page("decisions/")).status_code == MISSING
    assert lines(beta, "controller", "open") == []


def test_a_false_cursor_and_an_unknown_tab_break_nothing(alpha: House) -> None:
    client = alpha.client("controller")
    assert client.get(alpha.page("decisions/?tab=nonsense")).status_code == OK
    assert client.get(alpha.page("decisions/?cursor=abc")).status_code == BAD


def cost(house: House, who: str, tab: str) -> int:
    client = house.client(who)
    url = house.page(f"decisions/?tab={tab}")
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == OK
    return len(queries)


@pytest.mark.parametrize("tab", ["waiting", "asked", "open", "decided"])
def test_every_tab_costs_the_same_for_one_and_for_many(alpha: House, tab: str) -> None:
    who = "owner" if tab == "asked" else "controller"
    delegate(alpha, "sponsor", "controller")
    rows = [asked(alpha, climber(alpha, "First")), asked(alpha, climber(alpha, "Closed"))]
    voted(alpha, rows[1], "controller", Outcome.SEND_BACK, reason_code="timing")
    before = cost(alpha, who, tab)
    delegate(alpha, "pmo", "controller")
    for number in range(3):
        more = asked(alpha, climber(alpha, f"More {number}"))
        sent = asked(alpha, climber(alpha, f"Sent {number}"))
        voted(alpha, sent, "controller", Outcome.SEND_BACK, reason_code="timing")
        assert more.state == "open"
    assert cost(alpha, who, tab) == before
