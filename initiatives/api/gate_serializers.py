"""Requests, votes, conditions and readiness as the API shows and takes them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from approvals.choices import ConditionState, Outcome, ReasonCode, RequestState, StepState
from approvals.models import (
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
)
from approvals.selectors import conditions_of, decisions_of, steps_of, votes_of
from governance.web.openapi import page_of
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.api.serializers import person_body, text_of
from initiatives.choices import Overlay, Stage
from initiatives.gates.readiness import Readiness
from initiatives.gates.transitions import TABLE

TEXT_LENGTH = 4000
DIGITS, DECIMALS = 20, 4


class VoteSerializer(serializers.Serializer[Any]):
    """One voice in a step."""

    by = PersonSerializer()
    on_behalf_of = PersonSerializer(allow_null=True)
    outcome = serializers.ChoiceField(Outcome.choices)
    rationale = serializers.CharField()
    reason_code = serializers.CharField(allow_blank=True)
    confirmed_amount = serializers.CharField(allow_null=True)
    snapshot_hash = serializers.CharField()
    voted_at = InstantField()


class RouteStepSerializer(serializers.Serializer[Any]):
    """One step of a route: whom it asks, how it stands, who spoke."""

    id = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1)
    part = serializers.CharField()
    person = PersonSerializer(allow_null=True)
    forum = serializers.CharField(allow_null=True)
    role = serializers.CharField(allow_null=True)
    mode = serializers.CharField()
    needed = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(StepState.choices)
    due_at = InstantField(allow_null=True)
    reminded_at = InstantField(allow_null=True)
    escalated_at = InstantField(allow_null=True)
    escalated_to = PersonSerializer(allow_null=True)
    votes = VoteSerializer(many=True)


class DecisionSerializer(serializers.Serializer[Any]):
    """How a request ended; never changed (G5)."""

    id = serializers.UUIDField()
    request = serializers.UUIDField()
    measure = serializers.CharField()
    transition = serializers.CharField()
    outcome = serializers.ChoiceField(Outcome.choices)
    by = PersonSerializer(allow_null=True)
    rationale = serializers.CharField()
    confirmed_amount = serializers.CharField(allow_null=True)
    snapshot_hash = serializers.CharField()
    policy_version = serializers.CharField()
    to_stage = serializers.ChoiceField(Stage.choices)
    to_overlay = serializers.ChoiceField(Overlay.choices)
    decided_at = InstantField()


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition of a conditional go (T6)."""

    id = serializers.UUIDField()
    request = serializers.UUIDField()
    measure = serializers.CharField()
    text = serializers.CharField()
    owner = PersonSerializer()
    due_on = serializers.DateField()
    state = serializers.ChoiceField(ConditionState.choices)
    set_by = PersonSerializer()
    note = serializers.CharField(allow_blank=True)
    settled_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)


class GateRequestSerializer(serializers.Serializer[Any]):
    """A request for a decision about a measure, with its route, votes and snapshot."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    transition = serializers.ChoiceField([(code, code) for code in [*TABLE, "T6"]])
    from_stage = serializers.ChoiceField(Stage.choices)
    to_stage = serializers.ChoiceField(Stage.choices)
    from_overlay = serializers.ChoiceField(Overlay.choices)
    to_overlay = serializers.ChoiceField(Overlay.choices)
    state = serializers.ChoiceField(RequestState.choices)
    requested_by = PersonSerializer(allow_null=True)
    requested_at = InstantField()
    due_at = InstantField(allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    reason_code = serializers.CharField(allow_blank=True)
    amount = serializers.CharField(allow_null=True)
    details = serializers.JSONField()
    snapshot = serializers.JSONField()
    snapshot_hash = serializers.CharField()
    policy_version = serializers.CharField()
    steps = RouteStepSerializer(many=True)
    decision = DecisionSerializer(allow_null=True)
    conditions = ConditionSerializer(many=True)
    closed_at = InstantField(allow_null=True)
    close_note = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(min_value=1)


GATE_REQUEST_PAGE = page_of(GateRequestSerializer)


class CriterionSerializer(serializers.Serializer[Any]):
    """One criterion of the next gate, checked now."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field's name
    kind = serializers.CharField()
    active = serializers.BooleanField()
    met = serializers.BooleanField()
    missing = serializers.CharField(allow_blank=True)
    role = serializers.CharField(allow_null=True)
    attested_by = serializers.CharField(allow_null=True)


class HandSerializer(serializers.Serializer[Any]):
    """Somebody or something a gate waits for."""

    part = serializers.CharField()
    person = PersonSerializer(allow_null=True)
    forum = serializers.CharField(allow_null=True)
    role = serializers.CharField(allow_null=True)


class ReadinessSerializer(serializers.Serializer[Any]):
    """How ready a measure is for its next gate; all null and empty from the top."""

    measure = serializers.CharField()
    transition = serializers.CharField(allow_null=True)
    to_stage = serializers.CharField(allow_null=True)
    ready = serializers.BooleanField()
    met = serializers.IntegerField()
    needed = serializers.IntegerField()
    criteria = CriterionSerializer(many=True)
    may_request = PersonSerializer(many=True)
    decides = HandSerializer(many=True)


class GateRequestBody(StrictSerializer):
    """A request for the next gate."""

    shown_as = GateRequestSerializer

    to_stage = serializers.ChoiceField(Stage.choices)
    comment = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)


class ConditionBody(StrictSerializer):
    """A condition to be."""

    text = TextField(max_length=500)
    owner = serializers.EmailField(max_length=254)
    due_on = serializers.DateField()


class DecisionBody(StrictSerializer):
    """A vote."""

    outcome = serializers.ChoiceField(Outcome.choices)
    rationale = TextField(max_length=TEXT_LENGTH)
    snapshot_hash = TextField(max_length=64)
    reason_code = serializers.ChoiceField(ReasonCode.choices, required=False, allow_blank=True)
    conditions = ConditionBody(many=True, required=False)
    confirmed_amount = serializers.DecimalField(
        max_digits=DIGITS, decimal_places=DECIMALS, required=False, allow_null=True
    )
    on_behalf_of = serializers.EmailField(
        max_length=254, required=False, help_text="Whose voice a delegate carries."
    )


class MoveBody(StrictSerializer):
    """A request to hold, resume, cancel, reinstate, step down or reopen (T8 to T13)."""

    reason_code = serializers.ChoiceField(ReasonCode.choices)
    reason = TextField(max_length=TEXT_LENGTH)
    review_on = serializers.DateField(required=False, help_text="For a hold: until 90 days on.")


class CommentBody(StrictSerializer):
    """A comment, which may be left out."""

    comment = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)


class ReasonBody(StrictSerializer):
    """A reason in words."""

    reason = TextField(max_length=200)


class NoteBody(StrictSerializer):
    """A note on what was seen."""

    note = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)


class RequestFilterSerializer(ListFilters):
    """What a list of requests is narrowed to."""

    state = serializers.ChoiceField(RequestState.choices, required=False)
    measure = CodeField(required=False)
    transition = serializers.ChoiceField([(c, c) for c in [*TABLE, "T6"]], required=False)
    waiting_for_me = serializers.BooleanField(
        required=False, help_text="Open steps that ask the caller, directly or by delegation."
    )
    overdue = serializers.BooleanField(
        required=False, help_text="Requests of which an open step is past its time."
    )
    stage = serializers.ChoiceField(
        Stage.choices, required=False, help_text="Where the measure stood when it was asked."
    )
    place = CodeField(required=False, help_text="Requests below this node.")
    business_unit = CodeField(required=False)
    function = CodeField(required=False)
    legal_entity = CodeField(required=False)
    owner = serializers.EmailField(required=False, max_length=254)


def request_bodies(requests: Iterable[ApprovalRequest]) -> list[dict[str, Any]]:
    """Representations of `GateRequestSerializer`, with four queries for all of them."""
    rows = list(requests)
    steps, votes = steps_of(rows), votes_of(rows)
    decisions, conditions = decisions_of(rows), conditions_of(rows)
    return [
        _request_body(row, steps[row.pk], votes[row.pk], decisions.get(row.pk), conditions[row.pk])
        for row in rows
    ]


def _request_body(
    row: ApprovalRequest,
    steps: list[ApprovalStep],
    votes: list[ApprovalVote],
    decision: ApprovalDecision | None,
    conditions: list[ApprovalCondition],
) -> dict[str, Any]:
    due = [step.due_at for step in steps if step.state == StepState.OPEN and step.due_at]
    plain = ("transition", "state", "comment", "reason_code", "details", "snapshot_hash")
    return {
        "id": str(row.public_id),
        "measure": row.subject_code,
        **{name: getattr(row, name) for name in plain},
        "from_stage": row.from_state,
        "to_stage": row.to_state,
        "from_overlay": row.from_overlay,
        "to_overlay": row.to_overlay,
        "requested_by": person_body(row.requested_by),
        "requested_at": text_of(row.requested_at),
        "due_at": text_of(min(due, default=None)),
        "amount": text_of(row.amount),
        "snapshot": json.loads(row.snapshot),
        "policy_version": row.policy,
        "steps": [_step_body(step, votes) for step in steps],
        "decision": decision_body(decision, row) if decision else None,
        "conditions": [condition_body(condition, row) for condition in conditions],
        "closed_at": text_of(row.closed_at),
        "close_note": row.close_note,
        "version": row.version,
    }


def _step_body(step: ApprovalStep, votes: list[ApprovalVote]) -> dict[str, Any]:
    plain = ("position", "part", "mode", "needed", "state")
    return {
        "id": str(step.public_id),
        **{name: getattr(step, name) for name in plain},
        "person": person_body(step.decider),
        "forum": step.forum.code if step.forum else None,
        "role": step.role or None,
        "due_at": text_of(step.due_at),
        "reminded_at": text_of(step.reminded_at),
        "escalated_at": text_of(step.escalated_at),
        "escalated_to": person_body(step.escalated_to),
        "votes": [_vote_body(vote) for vote in votes if vote.step_id == step.pk],
    }


def _vote_body(vote: ApprovalVote) -> dict[str, Any]:
    plain = ("outcome", "rationale", "reason_code", "snapshot_hash")
    return {
        "by": person_body(vote.voter),
        "on_behalf_of": person_body(vote.seat) if vote.is_on_behalf else None,
        **{name: getattr(vote, name) for name in plain},
        "confirmed_amount": text_of(vote.confirmed_amount),
        "voted_at": text_of(vote.voted_at),
    }


def decision_body(decision: ApprovalDecision, request: ApprovalRequest) -> dict[str, Any]:
    """One decision; `request` is the one it ended."""
    return {
        "id": str(decision.public_id),
        "request": str(request.public_id),
        "measure": request.subject_code,
        "transition": request.transition,
        "outcome": decision.outcome,
        "by": person_body(decision.decided_by),
        "rationale": decision.rationale,
        "confirmed_amount": text_of(decision.confirmed_amount),
        "snapshot_hash": decision.snapshot_hash,
        "policy_version": decision.policy,
        "to_stage": decision.to_state,
        "to_overlay": decision.to_overlay,
        "decided_at": text_of(decision.decided_at),
    }


def condition_body(condition: ApprovalCondition, request: ApprovalRequest) -> dict[str, Any]:
    """One condition of a request."""
    return {
        "id": str(condition.public_id),
        "request": str(request.public_id),
        "measure": request.subject_code,
        "text": condition.text,
        "owner": person_body(condition.owner),
        "due_on": text_of(condition.due_on),
        "state": condition.state,
        "set_by": person_body(condition.set_by),
        "note": condition.note,
        "settled_at": text_of(condition.settled_at),
        "version": condition.version,
    }


def readiness_body(
    measure: Any, readiness: Readiness | None, people: Mapping[str, Any]
) -> dict[str, Any]:
    """`people` holds who may request and who decides."""
    items = readiness.items if readiness else ()
    return {
        "measure": measure.code,
        "transition": readiness.gate.transition if readiness else None,
        "to_stage": readiness.gate.target.value if readiness else None,
        "ready": bool(readiness and readiness.is_ready),
        "met": readiness.met if readiness else 0,
        "needed": len(readiness.active) if readiness else 0,
        "criteria": [
            {
                "name": item.name,
                "label": item.label,
                "kind": str(item.kind),
                "active": item.is_active,
                "met": item.is_met,
                "missing": item.missing,
                "role": item.role or None,
                "attested_by": item.attested_by or None,
            }
            for item in items
        ],
        **people,
    }
