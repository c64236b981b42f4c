"""The decision card: who reads it, who votes, what is refused in words with what was typed."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import ApprovalCondition, ApprovalRequest
from approvals.selectors import request_by_id
from initiatives.choices import Stage
from initiatives.models import Measure
from tests.approvals.climbing import (
    asked,
    climbed,
    climber,
    fresh,
    moved,
    publish_short_model,
    voted,
)
from tests.houses import House

OK, FORBIDDEN, MISSING, CONFLICT, UNPROCESSABLE = 200, 403, 404, 409, 422


@pytest.fixture
def measure(alpha: House) -> Measure:
    publish_short_model(alpha)
    return climber(alpha)


@pytest.fixture
def opened(alpha: House, measure: Measure) -> ApprovalRequest:
    """A request for Detailed, which waits for the controller."""
    return asked(alpha, measure)


def card(house: House, row: ApprovalRequest, tail: str = "") -> str:
    return house.page(f"gate-requests/{row.public_id}/{tail}")


def vote(house: House, row: ApprovalRequest, who: str, **said: Any) -> Any:
    data = {
        "outcome": "go",
        "rationale": "Sound figures.",
        "snapshot_hash": row.snapshot_hash,
        "rows": "3",
        **said,
    }
    return house.client(who).post(card(house, row), data)


def now(house: House, row: ApprovalRequest) -> ApprovalRequest:
    with house.active():
        return request_by_id(row.public_id, by=house.actor("pmo"))


@pytest.mark.parametrize("who", ["owner", "controller", "sponsor", "pmo", "auditor", "executive"])
def test_everybody_who_sees_the_measure_reads_the_whole_card(
    alpha: House, opened: ApprovalRequest, who: str
) -> None:
    page = alpha.client(who).get(card(alpha, opened))
    text = page.content.decode()
    assert page.status_code == OK
    assert opened.snapshot_hash in text
    assert "Buy steel together" in text
    assert "Scope described" in text
    assert "Nothing was decided about this measure before" in text


def test_a_stranger_and_an_unknown_number_find_nothing(
    alpha: House, beta: House, opened: ApprovalRequest
) -> None:
    assert alpha.client("guest").get(card(alpha, opened)).status_code == MISSING
    assert beta.client("pmo").get(card(beta, opened)).status_code == MISSING
    assert beta.client("pmo").get(card(alpha, opened)).status_code == MISSING
    unknown = alpha.page(f"gate-requests/{uuid.uuid4()}/")
    assert alpha.client("pmo").get(unknown).status_code == MISSING


def test_a_vote_counts_and_says_what_follows(alpha: House, opened: ApprovalRequest) -> None:
    answer = vote(alpha, opened, "controller")
    assert answer.status_code == 302
    assert answer["Location"] == card(alpha, opened)
    client = alpha.client("sponsor")
    data = {"outcome": "go", "rationale": "Yes.", "snapshot_hash": opened.snapshot_hash}
    page = client.post(card(alpha, opened), data, follow=True)
    assert "The measure is Detailed now." in page.content.decode()
    assert now(alpha, opened).state == "decided"


def test_the_first_vote_says_how_many_steps_are_met(alpha: House, opened: ApprovalRequest) -> None:
    data = {"outcome": "go", "rationale": "Yes.", "snapshot_hash": opened.snapshot_hash}
    page = alpha.client("controller").post(card(alpha, opened), data, follow=True)
    assert "1 of 2 steps are met" in page.content.decode()


def test_whoever_asked_is_refused_with_the_rule(alpha: House, opened: ApprovalRequest) -> None:
    page = vote(alpha, opened, "owner", rationale="Mine, so yes.")
    text = page.content.decode()
    assert page.status_code == FORBIDDEN
    assert "(S1)" in text
    assert "Mine, so yes." in text


def test_an_auditor_is_refused_by_s10(alpha: House, opened: ApprovalRequest) -> None:
    page = vote(alpha, opened, "auditor")
    assert page.status_code == FORBIDDEN
    assert "(S10)" in page.content.decode()


def test_a_second_vote_is_a_conflict(alpha: House, opened: ApprovalRequest) -> None:
    vote(alpha, opened, "controller")
    page = vote(alpha, opened, "controller", rationale="Once more.")
    assert page.status_code == CONFLICT
    assert "Once more." in page.content.decode()


def test_another_hash_is_a_conflict_and_keeps_what_was_typed(
    alpha: House, opened: ApprovalRequest
) -> None:
    page = vote(alpha, opened, "controller", snapshot_hash="0" * 64, rationale="I read another.")
    assert page.status_code == CONFLICT
    assert "I read another." in page.content.decode()
    assert now(alpha, opened).state == "open"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"rationale": ""}, "rationale"),
        ({"rationale": "a\x00b"}, "rationale"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "send_back"}, "reason_code"),
        ({"outcome": "send_back", "reason_code": "whim"}, "reason_code"),
        ({"outcome": "conditional_go"}, "conditions.0.text"),
    ],
)
def test_what_a_vote_lacks_is_said_at_its_field(
    alpha: House, opened: ApprovalRequest, said: dict[str, str], field: str
) -> None:
    page = vote(alpha, opened, "controller", **said)
    assert page.status_code == UNPROCESSABLE
    assert field in page.context["form"].errors
    assert now(alpha, opened).state == "open"


def conditions(house: House, **more: str) -> dict[str, str]:
    due = (timezone.localdate() + timedelta(days=10)).isoformat()
    given = {"text": "Sign the contract", "owner": house.people["pmo"].email, "due_on": due}
    return {
        "outcome": "conditional_go",
        **{f"conditions.1.{name}": value for name, value in (given | more).items()},
    }


def test_a_go_with_conditions_sets_them(alpha: House, opened: ApprovalRequest) -> None:
    assert vote(alpha, opened, "controller", **conditions(alpha)).status_code == 302
    with alpha.active():
        assert ApprovalCondition.objects.get().text == "Sign the contract"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"due_on": "2020-01-01"}, "conditions.1.due_on"),
        ({"due_on": "soon"}, "conditions.1.due_on"),
        ({"due_on": ""}, "conditions.1.due_on"),
        ({"owner": "nobody@elsewhere.example"}, "conditions.1.owner"),
        ({"owner": ""}, "conditions.1.owner"),
        ({"text": "x" * 501}, "conditions.1.text"),
    ],
)
def test_a_faulty_condition_is_named_in_its_own_row(
    alpha: House, opened: ApprovalRequest, more: dict[str, str], field: str
) -> None:
    page = vote(alpha, opened, "controller", **conditions(alpha, **more))
    assert page.status_code == UNPROCESSABLE
    assert field in page.context["form"].errors


def test_more_rows_keep_what_was_typed_and_decide_nothing(
    alpha: House, opened: ApprovalRequest
) -> None:
    page = vote(alpha, opened, "controller", **conditions(alpha), more="1", rationale="Half-typed")
    form = page.context["form"]
    text = page.content.decode()
    assert (page.status_code, form.count, form.is_bound) == (OK, 6, False)
    assert "Half-typed" in text
    assert "Sign the contract" in text
    assert now(alpha, opened).state == "open"


def test_rows_never_grow_beyond_the_limit(alpha: House, opened: ApprovalRequest) -> None:
    page = vote(alpha, opened, "controller", rows="999", more="1")
    assert page.context["form"].count == 20


def test_the_accepting_decider_says_that_a_condition_is_met(
    alpha: House, opened: ApprovalRequest
) -> None:
    vote(alpha, opened, "controller", **conditions(alpha))
    with alpha.active():
        condition = ApprovalCondition.objects.get()
    url = alpha.page(f"conditions/{condition.public_id}/accept/")
    data = {"seen_version": "1", "note": "Seen."}
    assert alpha.client("pmo").post(url, data).status_code == FORBIDDEN
    assert alpha.client("controller").get(url).status_code == OK
    assert alpha.client("controller").post(url, data).status_code == 302
    assert alpha.client("controller").post(url, data).status_code == CONFLICT


def test_stepping_back_needs_a_reason_and_bars_for_good(
    alpha: House, opened: ApprovalRequest
) -> None:
    url, client = card(alpha, opened, "recuse/"), alpha.client("controller")
    assert client.get(url).status_code == OK
    assert client.post(url, {"reason": " "}).status_code == UNPROCESSABLE
    assert client.post(url, {"reason": "A relative."}).status_code == 302
    page = vote(alpha, opened, "controller")
    assert page.status_code == FORBIDDEN
    assert "recused" in page.content.decode()
    assert alpha.client("pmo").post(url, {"reason": "x"}).status_code == FORBIDDEN


def test_only_whoever_asked_takes_it_back(alpha: House, opened: ApprovalRequest) -> None:
    url = card(alpha, opened, "withdraw/")
    assert alpha.client("pmo").post(url, {}).status_code == FORBIDDEN
    assert alpha.client("owner").get(url).status_code == OK
    assert alpha.client("owner").post(url, {"comment": "Too early."}).status_code == 302
    assert alpha.client("owner").post(url, {}).status_code == CONFLICT
    page = vote(alpha, opened, "controller")
    assert page.status_code == CONFLICT
    assert "withdrawn" in page.content.decode()


def test_the_card_tells_what_differs_from_the_last_decision(alpha: House, measure: Measure) -> None:
    climbed(alpha, measure, Stage.DETAILED)
    page = alpha.client("sponsor").get(card(alpha, asked(alpha, measure)))
    found = {change.where: (change.before, change.after) for change in page.context["card"].changes}
    assert found["Measure / Stage"] == ("Identified", "Detailed")
    assert "Planned milestones" in page.context["card"].newly


def test_a_sponsor_may_also_hold_with_a_reason(alpha: House, measure: Measure) -> None:
    request = voted(alpha, asked(alpha, measure), "controller")
    page = alpha.client("sponsor").get(card(alpha, request))
    choices = [value for value, _label in page.context["form"].fields["outcome"].choices]
    assert choices == ["go", "conditional_go", "send_back", "hold", "cancel"]
    vote(alpha, request, "sponsor", outcome="hold", reason_code="timing")
    assert fresh(alpha, measure).overlay == "on_hold"


def test_a_hold_is_asked_for_and_decided_on_the_same_card(alpha: House, measure: Measure) -> None:
    review = timezone.localdate() + timedelta(days=30)
    request = moved(alpha, measure, "hold", "owner", review_on=review)
    page = alpha.client("sponsor").get(card(alpha, request))
    assert "Put on hold" in page.content.decode()
    assert vote(alpha, request, "sponsor").status_code == 302
    assert fresh(alpha, measure).overlay == "on_hold"


def test_the_controller_confirms_the_amount_of_a_closure(alpha: House, measure: Measure) -> None:
    climbed(alpha, measure, Stage.IMPLEMENTED)
    request = asked(alpha, measure)
    page = vote(alpha, request, "controller")
    assert page.status_code == UNPROCESSABLE
    assert "confirmed_amount" in page.context["form"].errors
    page = vote(alpha, request, "controller", confirmed_amount="1")
    assert page.status_code == UNPROCESSABLE
    page = vote(alpha, request, "controller", outcome="conditional_go", confirmed_amount="0")
    assert page.status_code == UNPROCESSABLE
    assert vote(alpha, request, "pmo", confirmed_amount="0").status_code == FORBIDDEN
    assert vote(alpha, request, "controller", confirmed_amount="0").status_code == 302
