"""Who is told what of requests and conditions, once each; for tasks that hear of events."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from approvals.asked import people_asked
from approvals.choices import RequestState, StepState
from approvals.models import (
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
)
from governance.notifications.services import notices_settle, notify
from governance.people.actor import Actor
from initiatives.gates.notices import (
    CONDITION_LAPSED,
    CONDITION_SET,
    DECIDED,
    OPENED,
    REMINDED,
)
from initiatives.models import Measure


def request_tell(*, request_id: UUID, by: Actor) -> int:
    """Tell of a request where it stands now; how many were told something new.

    While it is open, whoever is asked in an open step. Once it is decided, whoever asked, the owner
    of the measure and whoever has a condition to meet. What asked for an answer that is no longer
    needed counts as read.
    """
    request = _request(request_id)
    if request is None:
        return 0
    steps = list(ApprovalStep.objects.filter(request=request).select_related("request__place"))
    over = [step for step in steps if step.state != StepState.OPEN]
    keys = [_key(kind, step) for step in over for kind in (OPENED, REMINDED)]
    notices_settle(keys=keys)
    told = sum(
        _tell_asked(OPENED, step, request, by) for step in steps if step.state == StepState.OPEN
    )
    if request.state == RequestState.DECIDED:
        told += _tell_decided(request, by) + _tell_conditions(request, by)
    return told


def reminder_tell(*, step_id: UUID, by: Actor) -> int:
    """Remind whoever is asked in a step that is still open; how many."""
    step = ApprovalStep.objects.filter(public_id=step_id, state=StepState.OPEN).first()
    if step is None:
        return 0
    request = ApprovalRequest.objects.select_related("place", "requested_by__user").get(
        pk=step.request_id
    )
    step.request = request
    return _tell_asked(REMINDED, step, request, by)


def lapse_tell(*, condition_id: UUID, by: Actor) -> int:
    """Tell of a condition that was not met in time: its owner, its setter, the measure's owner."""
    condition = (
        ApprovalCondition.objects.select_related("request").filter(public_id=condition_id).first()
    )
    if condition is None:
        return 0
    measure = _measure(condition.request)
    return notify(
        kind=CONDITION_LAPSED,
        to=_people(condition.owner_id, condition.set_by_id, measure.owner_id),
        key=f"{CONDITION_LAPSED}:{condition.public_id}",
        params=_of_condition(condition, measure),
        by=by,
    )


def _request(public_id: UUID) -> ApprovalRequest | None:
    rows = ApprovalRequest.objects.select_related("place", "requested_by__user")
    found: ApprovalRequest | None = rows.filter(public_id=public_id).first()
    return found


def _measure(request: ApprovalRequest) -> Measure:
    found: Measure = Measure.objects.get(pk=request.subject_id)
    return found


def _key(kind: str, step: ApprovalStep) -> str:
    return f"{kind}:{step.public_id}"


def _people(*ids: int | None) -> set[int]:
    return {pk for pk in ids if pk is not None}


def _tell_asked(kind: str, step: ApprovalStep, request: ApprovalRequest, by: Actor) -> int:
    asked: Iterable[int] = [person.pk for person in people_asked(step)]
    due = timezone.localtime(step.due_at).date().isoformat() if step.due_at else None
    params = {**_said(request), "asked_by": _name(request), "due": due}
    return notify(kind=kind, to=asked, key=_key(kind, step), params=params, by=by)


def _tell_decided(request: ApprovalRequest, by: Actor) -> int:
    decision = (
        ApprovalDecision.objects.select_related("decided_by__user").filter(request=request).first()
    )
    if decision is None:
        return 0
    measure, decider = _measure(request), decision.decided_by
    params = {
        **_said(request),
        "outcome": decision.outcome,
        "decided_by": decider.name if decider else "",
        "rationale": decision.rationale,
    }
    return notify(
        kind=DECIDED,
        to=_people(request.requested_by_id, measure.owner_id) - _people(decision.decided_by_id),
        key=f"{DECIDED}:{request.public_id}",
        params=params,
        by=by,
    )


def _tell_conditions(request: ApprovalRequest, by: Actor) -> int:
    measure = _measure(request)
    return sum(
        notify(
            kind=CONDITION_SET,
            to=[condition.owner_id],
            key=f"{CONDITION_SET}:{condition.public_id}",
            params=_of_condition(condition, measure),
            by=by,
        )
        for condition in ApprovalCondition.objects.filter(request=request).order_by("id")
    )


def _said(request: ApprovalRequest) -> Mapping[str, Any]:
    return {
        "code": request.subject_code,
        "name": _measure(request).name,
        "transition": request.transition,
        "request": str(request.public_id),
    }


def _of_condition(condition: ApprovalCondition, measure: Measure) -> Mapping[str, Any]:
    return {"code": measure.code, "text": condition.text, "due": condition.due_on.isoformat()}


def _name(request: ApprovalRequest) -> str:
    return request.requested_by.name if request.requested_by else "Tollgate"
