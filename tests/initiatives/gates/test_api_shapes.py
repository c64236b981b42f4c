"""What the API of gates refuses, and how: every status and code of the contract."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from approvals.choices import Outcome
from approvals.models import ApprovalCondition, ApprovalRequest, ApprovalVote
from governance.web.models import IdempotencyKey
from initiatives.choices import Stage
from initiatives.gates.attesting import criterion_attest
from initiatives.models import Measure
from tests.houses import House, World
from tests.initiatives.gates.short import asked, in_days, short_model, staffed, voted

KEY = {"Idempotency-Key": "gate 1"}
FIRST = {"If-Match": '"1"'}


@dataclass
class Gate:
    """A measure on the short stage model and the request about it."""

    house: House
    measure: Measure
    request: ApprovalRequest

    @property
    def asks(self) -> str:
        return f"measures/{self.measure.code}/gate-requests/"

    @property
    def path(self) -> str:
        return f"gate-requests/{self.request.public_id}/"

    def vote(self, name: str, **more: Any) -> Any:
        body = {"outcome": "go", "rationale": "Read.", "snapshot_hash": self.request.snapshot_hash}
        given = {key: value for key, value in (body | more).items() if value is not None}
        return self.house.caller(name).post(f"{self.path}decision/", given)


def on_short_ladder(house: House) -> Measure:
    with house.active():
        short_model(house)
        return staffed(house)


@pytest.fixture
def gate(alpha: House) -> Gate:
    measure = on_short_ladder(alpha)
    with alpha.active():
        return Gate(alpha, measure, asked(alpha, measure))


@pytest.fixture
def measure(alpha: House) -> Measure:
    return on_short_ladder(alpha)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), body
    errors: dict[str, Any] = body["errors"]
    return errors


def condition(**more: Any) -> dict[str, Any]:
    """One condition for the owner of alpha's measure."""
    given = {"text": "Sign", "owner": "owner@alpha.example", "due_on": in_days(30).isoformat()}
    return given | more


def with_condition(**more: Any) -> dict[str, Any]:
    return {"outcome": "conditional_go", "conditions": [condition(**more)]}


# --- asking -----------------------------------------------------------------------------------


def test_a_second_request_waits_for_the_first(gate: Gate) -> None:
    answer = gate.house.caller("owner").post(gate.asks, {"to_stage": "detailed"})
    refused(answer, 409, "request_open")


@pytest.mark.parametrize("stage", ["decided", "identified"])
def test_only_the_next_stage_is_asked_for(alpha: House, measure: Measure, stage: str) -> None:
    path = f"measures/{measure.code}/gate-requests/"
    refused(alpha.caller("owner").post(path, {"to_stage": stage}), 422, "wrong_stage")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to_stage": "heaven"}, "to_stage"),
        ({}, "to_stage"),
        ({"to_stage": "detailed", "colour": "blue"}, "colour"),
        ({"to_stage": "detailed", "snapshot_hash": "0" * 64}, "snapshot_hash"),
        ({"to_stage": "detailed", "comment": "x" * 4001}, "comment"),
    ],
)
def test_what_cannot_be_read_is_named(
    alpha: House, measure: Measure, body: dict[str, Any], field: str
) -> None:
    answer = alpha.caller("owner").post(f"measures/{measure.code}/gate-requests/", body)
    assert field in refused(answer, 400, "invalid")


def test_what_is_missing_is_listed(alpha: House, measure: Measure) -> None:
    """T3 of the short ladder waits for the word of finance."""
    with alpha.active():
        voted(alpha, asked(alpha, measure))
    answer = alpha.caller("owner").post(
        f"measures/{measure.code}/gate-requests/", {"to_stage": "decided"}
    )
    assert list(refused(answer, 422, "not_ready")) == ["counted_once"]


def test_others_do_not_ask(alpha: House, measure: Measure) -> None:
    path = f"measures/{measure.code}/gate-requests/"
    for name in ("sponsor", "executive", "auditor"):
        refused(alpha.caller(name).post(path, {"to_stage": "detailed"}), 403, "may_not_request")
    refused(alpha.caller("guest").post(path, {"to_stage": "detailed"}), 404, "not_found")


def test_asking_again_with_the_same_key_answers_the_same(alpha: House, measure: Measure) -> None:
    owner, path = alpha.caller("owner"), f"measures/{measure.code}/gate-requests/"
    first, again = (owner.post(path, {"to_stage": "detailed"}, **KEY) for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    with alpha.active():
        assert ApprovalRequest.objects.filter(subject_id=measure.pk).count() == 1
        assert IdempotencyKey.objects.count() == 1
    refused(owner.post(path, {"to_stage": "decided"}, **KEY), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("who", "word", "status", "code"),
    [
        ("owner", "resume", 409, "measure_active"),
        ("sponsor", "reinstate", 409, "measure_active"),
        ("pmo", "step-down", 422, "wrong_stage"),
        ("pmo", "reopen", 422, "wrong_stage"),
        ("pmo", "cancel", 403, "may_not_request"),
        ("sponsor", "hold", 403, "may_not_request"),
        ("owner", "hold", 400, "invalid"),
    ],
)
def test_other_moves_are_refused_by_place_and_part(
    alpha: House, measure: Measure, who: str, word: str, status: int, code: str
) -> None:
    body = {"reason_code": "timing", "reason": "Waits."}
    refused(alpha.caller(who).post(f"measures/{measure.code}/{word}/", body), status, code)


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_hold_is_looked_at_within_its_limit(alpha: House, measure: Measure, days: int) -> None:
    body = {"reason_code": "timing", "reason": "Waits.", "review_on": in_days(days).isoformat()}
    answer = alpha.caller("owner").post(f"measures/{measure.code}/hold/", body)
    assert "review_on" in refused(answer, 400, "invalid")


# --- deciding ---------------------------------------------------------------------------------


def test_strangers_find_no_request(world: World, gate: Gate) -> None:
    stranger = world.beta.caller("pmo")
    for path in (gate.path, f"gate-requests/{uuid4()}/"):
        refused(stranger.client.get(gate.house.api(path)), 404, "not_found")
    refused(stranger.get(gate.path), 404, "not_found")
    refused(gate.house.caller("guest").get(gate.path), 404, "not_found")
    refused(gate.vote("guest"), 404, "not_found")


def test_nobody_decides_who_is_not_asked(gate: Gate) -> None:
    for name in ("executive", "pmo"):
        assert refused(gate.vote(name), 403, "not_asked") == {}


@pytest.mark.parametrize(
    ("who", "rule"), [("owner", "S1"), ("auditor", "S10"), ("administrator", "S5")]
)
def test_a_refusal_names_its_rule(gate: Gate, who: str, rule: str) -> None:
    assert refused(gate.vote(who), 403, "segregation_of_duties") == {"rule": [rule]}


def test_a_request_is_decided_once(gate: Gate) -> None:
    assert gate.vote("sponsor").json()["state"] == "decided"
    for name in ("sponsor", "executive"):
        refused(gate.vote(name), 409, "already_decided")
    owner = gate.house.caller("owner")
    refused(owner.post(f"{gate.path}withdraw/", {}), 409, "already_decided")


def test_what_was_read_before_an_edit_is_not_decided(gate: Gate) -> None:
    path = f"measures/{gate.measure.code}/"
    edited = gate.house.caller("owner").patch(path, {"name": "Renamed"}, **FIRST)
    assert edited.status_code == 200
    refused(gate.vote("sponsor"), 409, "voided")
    assert gate.house.caller("sponsor").get(gate.path).json()["state"] == "voided"


def test_another_hash_is_another_snapshot(gate: Gate) -> None:
    refused(gate.vote("sponsor", snapshot_hash="0" * 64), 409, "voided")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rationale": None}, "rationale"),
        ({"rationale": "  "}, "rationale"),
        ({"snapshot_hash": None}, "snapshot_hash"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"on_behalf_of": "nobody@alpha.example"}, "on_behalf_of"),
        ({"colour": "blue"}, "colour"),
        ({"decided_by": "sponsor@alpha.example"}, "decided_by"),
        ({"outcome": "conditional_go"}, "conditions"),
        ({"conditions": [condition()]}, "conditions"),
        (with_condition(due_on=in_days(-1).isoformat()), "conditions.0.due_on"),
        (with_condition(owner="sponsor@alpha.example"), "conditions.0.owner"),
        (with_condition(owner="nobody@x.example"), "conditions.0.owner"),
    ],
)
def test_a_vote_that_cannot_be_kept_says_why(
    gate: Gate, change: dict[str, Any], field: str
) -> None:
    assert field in refused(gate.vote("sponsor", **change), 400, "invalid")
    with gate.house.active():
        assert not ApprovalVote.objects.exists()


def test_a_closure_knows_no_conditions(alpha: House, measure: Measure) -> None:
    """Nor a go without the amount that finance confirms (T5)."""
    with alpha.active():
        for stage in (Stage.DETAILED, Stage.DECIDED, Stage.IMPLEMENTED):
            if stage is Stage.DECIDED:
                by = alpha.actor("controller")
                criterion_attest(measure=measure, name="counted_once", note="", by=by)
            voted(alpha, asked(alpha, measure, stage))
        closing = Gate(alpha, measure, asked(alpha, measure, Stage.CLOSED))
    wanted = with_condition() | {"confirmed_amount": "1"}
    assert "outcome" in refused(closing.vote("controller", **wanted), 400, "invalid")
    refused(closing.vote("sponsor"), 403, "not_asked")
    assert "confirmed_amount" in refused(closing.vote("controller"), 400, "invalid")


def test_a_vote_with_the_same_key_is_cast_once(gate: Gate) -> None:
    sponsor, path = gate.house.caller("sponsor"), f"{gate.path}decision/"
    body = {"outcome": "go", "rationale": "Read.", "snapshot_hash": gate.request.snapshot_hash}
    first, again = (sponsor.post(path, body, **KEY) for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    with gate.house.active():
        assert ApprovalVote.objects.count() == 1


def test_only_who_asked_withdraws(gate: Gate) -> None:
    for name in ("sponsor", "pmo", "executive"):
        answer = gate.house.caller(name).post(f"{gate.path}withdraw/", {})
        refused(answer, 403, "not_the_requester")
    owner = gate.house.caller("owner")
    assert owner.post(f"{gate.path}withdraw/", {}).json()["state"] == "withdrawn"
    refused(owner.post(f"{gate.path}withdraw/", {}), 409, "withdrawn")
    refused(gate.vote("sponsor"), 409, "withdrawn")


def test_who_steps_back_is_kept_out(gate: Gate) -> None:
    sponsor, path = gate.house.caller("sponsor"), f"{gate.path}recuse/"
    assert "reason" in refused(sponsor.post(path, {}), 400, "invalid")
    assert sponsor.post(path, {"reason": "A relative"}).status_code == 200
    assert refused(gate.vote("sponsor"), 403, "segregation_of_duties") == {"rule": ["recusal"]}
    refused(gate.house.caller("executive").post(path, {"reason": "x"}), 403, "not_asked")


# --- attesting and conditions -------------------------------------------------------------------


def test_attesting_is_refused_by_place_part_and_name(alpha: House, measure: Measure) -> None:
    path = f"measures/{measure.code}/attestations/counted_once/"
    refused(alpha.caller("controller").post(path, {}), 404, "not_found")
    with alpha.active():
        voted(alpha, asked(alpha, measure))
    errors = refused(alpha.caller("owner").post(path, {}), 403, "segregation_of_duties")
    assert errors == {"rule": ["S1"]}
    refused(alpha.caller("executive").post(path, {}), 403, "forbidden")
    unknown = f"measures/{measure.code}/attestations/nonsense/"
    refused(alpha.caller("controller").post(unknown, {}), 404, "not_found")
    assert alpha.caller("controller").post(path, {}).json()["ready"] is True


def test_a_condition_is_accepted_by_its_decider_as_it_was_read(gate: Gate) -> None:
    house = gate.house
    with house.active():
        voted(house, gate.request, Outcome.CONDITIONAL_GO, conditions=1)
        row = ApprovalCondition.objects.get()
    path, sponsor = f"conditions/{row.public_id}/accept/", house.caller("sponsor")
    refused(sponsor.post(path, {}), 428, "precondition_required")
    refused(sponsor.post(path, {}, **{"If-Match": '"9"'}), 412, "stale")
    errors = refused(house.caller("owner").post(path, {}, **FIRST), 403, "segregation_of_duties")
    assert errors == {"rule": ["S1"]}
    refused(house.caller("pmo").post(path, {}, **FIRST), 403, "not_the_decider")
    refused(house.caller("guest").post(path, {}, **FIRST), 404, "not_found")
    done = sponsor.post(path, {"note": "Signed."}, **FIRST)
    assert (done.status_code, done.json()["state"], done["ETag"]) == (200, "met", '"2"')
    refused(sponsor.post(path, {}, **{"If-Match": '"2"'}), 409, "condition_settled")
