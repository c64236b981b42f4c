"""A short stage model with its own labels, and measures driven up it through the real services."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from approvals.choices import Outcome, StepState
from approvals.models import ApprovalRequest
from approvals.selectors import open_request, steps_of
from approvals.services.conditions import ConditionDraft
from approvals.services.votes import VoteDraft, vote_cast
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.attesting import criterion_attest
from initiatives.gates.position import SUBJECT
from initiatives.gates.services import gate_request, move_request
from initiatives.models import Measure, StageModelVersion
from initiatives.stage_models.choices import Track
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from initiatives.stage_models.standard import WEIGHTS
from tests.houses import House
from tests.initiatives.making import make_measure

LABELS = {
    "identified": {"en": "HG1 Idea", "de": "HG1 Idee"},
    "detailed": {"en": "HG2 Case"},
    "decided": {"en": "HG3 Go"},
    "implemented": {"en": "HG4 Done"},
    "closed": {"en": "HG5 Proven"},
}
COUNTED_ONCE = {
    "kind": "attested",
    "name": "counted_once",
    "role": "controller",
    "label": {"en": "The value is counted once"},
}
RISKS = {
    "kind": "automatic",
    "name": "risks_quantified",
    "active": False,
    "label": {"en": "Risks are quantified"},
}
# Who speaks for a part in the measures made here.
SPEAKS = {
    "co_signature": "sponsor",
    "sponsor": "sponsor",
    "controller": "controller",
    "closing_controller": "controller",
    "receiver": "executive",
    "forum": "forum_member",
    "head_of_controlling": "head_of_controlling",
    "other_controller": "other_controller",
}


def _auto(name: str) -> dict[str, Any]:
    return {"kind": "automatic", "name": name}


def _step(part: str, position: int) -> dict[str, Any]:
    return {"part": part, "position": position, "clock_days": 5}


def _gate(code: str, origin: str, target: str, criteria: list[Any], *route: Any) -> dict[str, Any]:
    return {
        "transition": code,
        "from": origin,
        "to": target,
        "criteria": criteria,
        "route": list(route),
    }


def definition() -> dict[str, Any]:
    """Five relabelled rungs; the gates ask for nothing but what this app holds."""
    upper = [
        _gate(
            "T4",
            "decided",
            "implemented",
            [_auto("receiver_named")],
            _step("sponsor", 1),
            _step("receiver", 1),
        ),
        _gate(
            "T5",
            "implemented",
            "closed",
            [_auto("conditions_met")],
            _step("closing_controller", 1),
        ),
    ]
    deciding = (_step("co_signature", 1), _step("forum", 2))
    detail = [_auto("owner_named"), _auto("scope_described"), COUNTED_ONCE, RISKS]
    return {
        "stages": [
            {"code": code, "weight": weight, "label": LABELS[code]}
            for code, weight in WEIGHTS.items()
        ],
        "gates": [
            _gate(
                "T2",
                "identified",
                "detailed",
                detail,
                _step("controller", 1),
                _step("sponsor", 2),
            ),
            _gate("T3", "detailed", "decided", [_auto("forum_named")], *deciding),
            *upper,
        ],
        "light": {
            "gates": [
                _gate("T3", "identified", "decided", [_auto("forum_named")], *deciding),
                *upper,
            ]
        },
    }


def publish_short_model(house: House) -> StageModelVersion:
    """The short model as the next version, proposed and published by two people (S5)."""
    draft = VersionDraft("House ladder", definition())
    proposer, publisher = house.actor("pmo"), house.actor("head_of_controlling")
    with house.active():
        version = version_propose(draft=draft, by=proposer)
        return version_publish(version=version, by=publisher)


def make_ready(house: House, name: str = "Bundle steel", **fields: Any) -> Measure:
    """A measure under the newest model with everybody and everything named."""
    people = house.people
    given: dict[str, Any] = {
        "description": "Five plants buy steel apart; bundle it.",
        "owner": people["owner"],
        "sponsor": people["sponsor"],
        "controller": people["controller"],
        "receiver": people["executive"],
        "business_unit": house.unit,
        "function": house.function,
        "legal_entity": house.entity,
        "forum": house.forum,
        "planned_start": date(2026, 3, 1),
        **fields,
    }
    return make_measure(house, name, **given)


def fresh(house: House, measure: Measure) -> Measure:
    """The measure as it is now, with its stage model."""
    with house.active():
        row: Measure = Measure.objects.select_related("package", "stage_model").get(pk=measure.pk)
        return row


def ask_gate(house: House, measure: Measure, *, comment: str = "Ready") -> ApprovalRequest:
    """The owner asks for the next gate."""
    row, by = fresh(house, measure), house.actor("owner")
    gate = row.stage_model.read.next_gate(Stage(row.stage), Track(row.track))
    assert gate is not None
    with house.active():
        return gate_request(
            measure=row, to_stage=gate.target, asking=Asking(comment=comment), by=by
        )


def ask_move(house: House, measure: Measure, word: str, who: str, **asking: Any) -> ApprovalRequest:
    """Somebody asks to hold, cancel and so on."""
    if word == "hold":
        asking.setdefault("review_on", timezone.localdate() + timedelta(days=30))
    said = Asking("Because of the market", "timing", **asking)
    by = house.actor(who)
    with house.active():
        return move_request(measure=fresh(house, measure), word=word, asking=said, by=by)


def speak(
    house: House, request: ApprovalRequest, who: str, outcome: Outcome = Outcome.GO, **more: Any
) -> None:
    """One vote."""
    if outcome not in {Outcome.GO, Outcome.CONDITIONAL_GO}:
        more.setdefault("reason_code", "incomplete")
    draft = VoteDraft(outcome, f"{who} says so", request.snapshot_hash, **more)
    by = house.actor(who)
    with house.active():
        vote_cast(request=request, draft=draft, by=by)


def decide(house: House, request: ApprovalRequest, outcome: Outcome = Outcome.GO) -> None:
    """Everybody who is asked says go, or the first says something else."""
    while True:
        with house.active():
            still = open_request(SUBJECT, request.subject_id)
            steps = steps_of([request])[request.pk]
        if still is None or still.pk != request.pk:
            return
        step = next(step for step in steps if step.state == StepState.OPEN)
        more: dict[str, Any] = {}
        if step.part == "closing_controller":
            more["confirmed_amount"] = Decimal(0)
        speak(house, request, SPEAKS[step.part], outcome, **more)


def attest(house: House, measure: Measure) -> None:
    """The controller vouches for what the first gate wants attested."""
    by = house.actor("controller")
    with house.active():
        criterion_attest(measure=measure, name="counted_once", note="Seen", by=by)


def climb(house: House, measure: Measure, to: Stage) -> Measure:
    """The measure at that stage, one decided gate after another."""
    row = fresh(house, measure)
    while row.stage != to:
        if row.stage == Stage.IDENTIFIED:
            attest(house, row)
        decide(house, ask_gate(house, row))
        row = fresh(house, row)
    return row


def go_with_condition(house: House, measure: Measure) -> ApprovalRequest:
    """The first gate is passed on a condition that the sponsor set and the owner meets."""
    attest(house, measure)
    request = ask_gate(house, measure)
    speak(house, request, "controller")
    due = timezone.localdate() + timedelta(days=10)
    draft = ConditionDraft("Name the supplier", house.people["owner"], due)
    speak(house, request, "sponsor", Outcome.CONDITIONAL_GO, conditions=[draft])
    return request
