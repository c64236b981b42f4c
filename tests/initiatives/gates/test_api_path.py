"""The whole path Identified → Closed through the API, as the people the gates ask for."""

from datetime import date

from django.utils import timezone

from tests.houses import House
from tests.ladder import Ladder


def today() -> date:
    return timezone.localdate()


def test_a_measure_climbs_from_identified_to_closed(alpha: House) -> None:
    ladder = Ladder(alpha).begin()
    readiness = ladder.ok(ladder["owner"].get(f"measures/{ladder.code}/readiness/"))
    assert readiness["to_stage"] == "detailed"
    assert not readiness["ready"]
    open_criteria = {c["name"] for c in readiness["criteria"] if c["active"] and not c["met"]}
    assert open_criteria == {"reference_recorded", "value_estimated"}
    refused = ladder["owner"].post(
        f"measures/{ladder.code}/gate-requests/", {"to_stage": "detailed"}
    )
    assert refused.status_code == 422
    assert refused.json()["code"] == "not_ready"
    assert set(refused.json()["errors"]) == open_criteria

    ladder.plan(today())
    request = ladder.ask("detailed")
    assert ladder.measure["open_request"] == request["id"]
    assert ladder.measure["overlay"] == "pending"
    assert [step["part"] for step in request["steps"]] == ["controller", "sponsor"]
    request = ladder.ok(ladder.vote("controller", request))
    assert ladder.measure["stage"] == "identified"
    request = ladder.ok(ladder.vote("sponsor", request))
    assert request["state"] == "decided"
    assert request["decision"]["outcome"] == "go"
    assert ladder.measure["stage"] == "detailed"
    assert ladder.measure["overlay"] == "active"

    milestone = ladder.milestone(today())
    ladder.attest()
    ladder.pass_gate("decided", "sponsor", "controller", "forum_member")
    assert ladder.measure["stage"] == "decided"
    effect = ladder.ok(ladder["owner"].get(f"effects/{ladder.effects['value']}/"))
    assert effect["cells"]["forecast"] == effect["cells"]["plan"]

    ladder.accept_milestone(milestone)
    ladder.pass_gate("implemented", "sponsor", "executive")
    assert ladder.measure["stage"] == "implemented"
    assert ladder.measure["doi"] == 4

    ladder.to_closed(today())
    assert ladder.measure["stage"] == "closed"
    history = ladder.ok(ladder["auditor"].get("decisions/"))["results"]
    assert [one["transition"] for one in history[:4]] == ["T5", "T4", "T3", "T2"]
    assert history[0]["confirmed_amount"] == "12000.0000"
