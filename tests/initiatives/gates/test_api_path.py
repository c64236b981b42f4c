"""The whole path Identified → Closed through the API, as the people the gates ask for."""

from datetime import date

from django.utils import timezone

from tests.houses import House
from tests.ladder import Ladder


def today() -> date:
    return timezone.localdate()


def test_a_measure_climbs_from_identified_to_closed(alpha: House) -> None:
    ladder = Ladder(alpha).begin()
    unready_is_told(ladder)
    ladder.plan(today())
    first_gate_in_two_votes(ladder)

    milestone = ladder.milestone(today())
    ladder.attest()
    ladder.pass_gate("decided", "sponsor", "controller", "forum_member")
    effect = ladder.ok(ladder["owner"].get(f"effects/{ladder.effects['value']}/"))
    assert effect["cells"]["forecast"] == effect["cells"]["plan"]

    ladder.accept_milestone(milestone)
    ladder.pass_gate("implemented", "sponsor", "executive")
    assert ladder.measure["doi"] == 4

    ladder.to_closed(today())
    assert ladder.measure["stage"] == "closed"
    history = ladder.ok(ladder["auditor"].get("decisions/"))["results"]
    assert [one["transition"] for one in history[:4]] == ["T5", "T4", "T3", "T2"]
    assert history[0]["confirmed_amount"] == "12000.0000"


def unready_is_told(ladder: Ladder) -> None:
    """Readiness and refusal name the same open criteria."""
    readiness = ladder.ok(ladder["owner"].get(f"measures/{ladder.code}/readiness/"))
    assert readiness["to_stage"] == "detailed"
    assert readiness["ready"] is False
    missing = {c["name"] for c in readiness["criteria"] if c["active"] and not c["met"]}
    assert missing == {"reference_recorded", "value_estimated"}
    body = {"to_stage": "detailed"}
    refused = ladder["owner"].post(f"measures/{ladder.code}/gate-requests/", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    assert set(refused.json()["errors"]) == missing


def first_gate_in_two_votes(ladder: Ladder) -> None:
    request = ladder.ask("detailed")
    assert ladder.measure["open_request"] == request["id"]
    assert ladder.measure["overlay"] == "pending"
    assert [step["part"] for step in request["steps"]] == ["controller", "sponsor"]
    request = ladder.ok(ladder.vote("controller", request))
    assert ladder.measure["stage"] == "identified"
    request = ladder.ok(ladder.vote("sponsor", request))
    assert (request["state"], request["decision"]["outcome"]) == ("decided", "go")
    assert (ladder.measure["stage"], ladder.measure["overlay"]) == ("detailed", "active")
