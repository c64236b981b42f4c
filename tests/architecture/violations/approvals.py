"""How to break each constraint of requests, steps, votes, decisions, conditions, delegations."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import (
    ApprovalBar,
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
    Delegation,
)
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House

HASH, NOW = "a" * 64, "2026-01-01T00:00:00Z"


def new_id(_house: House) -> uuid.UUID:
    return uuid.uuid4()


def request(house: House, **values: object) -> ApprovalRequest:
    """An open request of the owner, written past its service; its subject is nobody's measure."""
    subject = Subject("measure", "M-000901", "x")
    record(AuditAction.REQUEST_SUBMITTED, subject=subject, by=house.system())
    given = {
        "subject_type": "measure",
        "subject_id": 901,
        "subject_code": "M-000901",
        "place": house.package,
        "transition": "T2",
        "from_state": "identified",
        "to_state": "detailed",
        "from_overlay": "active",
        "to_overlay": "active",
        "requested_by": house.people["owner"],
        "snapshot": "{}",
        "snapshot_hash": HASH,
        "policy": "standard 1",
    }
    made: ApprovalRequest = ApprovalRequest.objects.create(**given | values)
    return made


def step(house: House, of: ApprovalRequest | None = None, **values: object) -> ApprovalStep:
    """An open step that asks the sponsor, unless it says whom."""
    if not {"decider", "forum", "role"} & set(values):
        values["decider"] = house.people["sponsor"]
    part = str(values.pop("part", "sponsor"))
    state = values.pop("state", "open")
    made: ApprovalStep = ApprovalStep.objects.create(
        request=of or request(house), position=1, part=part, clock_days=5, **values
    )
    if state != "waiting":
        ApprovalStep.objects.filter(pk=made.pk).update(state=state, due_at=NOW, opened_at=NOW)
    return made


def vote(house: House, at: ApprovalStep | None = None, **values: object) -> ApprovalVote:
    """The sponsor's go, unless it says what else; `voter` and `seat` by name."""
    at = at or step(house)
    voter = house.people[str(values.pop("voter", "sponsor"))]
    seat = values.pop("seat", None)
    given: dict[str, object] = {
        "request_id": at.request_id,
        "outcome": Outcome.GO,
        "rationale": "x",
        "snapshot_hash": HASH,
        "policy": "standard 1",
    }
    given |= {"step": at, "voter": voter, "seat": house.people[str(seat)] if seat else voter}
    made: ApprovalVote = ApprovalVote.objects.create(**given | values)
    return made


def delegation(house: House, **values: object) -> Delegation:
    """The sponsor's voice, given to the executive for some weeks."""
    record(AuditAction.DELEGATION_GIVEN, subject=Subject("member", "x", "x"), by=house.system())
    today = timezone.localdate()
    given = {
        "delegator": house.people["sponsor"],
        "delegate": house.people["executive"],
        "place": house.root,
        "starts_on": today - timedelta(days=30),
        "ends_on": today + timedelta(days=30),
    }
    made: Delegation = Delegation.objects.create(**given | values)
    return made


def decided(house: House, at: ApprovalStep | None = None, **values: object) -> ApprovalDecision:
    """The request's go by the vote of its sponsor, all steps met, unless it says what else."""
    at = at or step(house)
    said = values.pop("said", Outcome.GO)
    cast = vote(house, at, outcome=said, reason_code="other")
    if values.pop("is_met", said in {Outcome.GO, Outcome.CONDITIONAL_GO}):
        ApprovalStep.objects.filter(pk=at.pk).update(state="met")
    return decision(at.request, decided_by_id=cast.voter_id, **values)


def decision(of: ApprovalRequest, **values: object) -> ApprovalDecision:
    given = {
        "request": of,
        "outcome": Outcome.GO,
        "rationale": "x",
        "snapshot_hash": HASH,
        "policy": "standard 1",
        "to_state": "detailed",
        "to_overlay": "active",
    }
    made: ApprovalDecision = ApprovalDecision.objects.create(**given | values)
    return made


def condition(house: House, **values: object) -> ApprovalCondition:
    """What the sponsor asks the owner for, with a go."""
    cast = vote(house, outcome=Outcome.CONDITIONAL_GO)
    return condition_of(cast, house, **values)


def condition_of(cast: ApprovalVote, house: House, **values: object) -> ApprovalCondition:
    given = {
        "request": cast.request,
        "subject_type": "measure",
        "subject_id": 901,
        "text": "x",
        "owner": house.people["owner"],
        "due_on": "2030-01-01",
        "set_by_id": cast.voter_id,
    }
    made: ApprovalCondition = ApprovalCondition.objects.create(**given | values)
    return made


def bar(house: House, who: str = "sponsor") -> ApprovalBar:
    made: ApprovalBar = ApprovalBar.objects.create(
        request=request(house), membership=house.people[who], rule="S1", reason="x"
    )
    return made


def person(name: str) -> Callable[[House], int]:
    return lambda house: house.people[name].pk


def deletes(row: Callable[[House], object]) -> Breaker:
    """Take the row of a house away."""

    def break_it(house: House) -> None:
        target = row(house)
        type(target)._default_manager.filter(pk=target.pk).delete()

    return break_it


def closed(house: House, **values: object) -> ApprovalRequest:
    row = request(house, **values)
    ApprovalRequest.objects.filter(pk=row.pk).update(state="withdrawn", closed_at=NOW)
    return row


def met(house: House) -> ApprovalStep:
    row = step(house)
    vote(house, row)
    ApprovalStep.objects.filter(pk=row.pk).update(state="met")
    return row


def settled(house: House) -> ApprovalCondition:
    row = condition(house)
    ApprovalCondition.objects.filter(pk=row.pk).update(
        state="met", settled_by=house.people["sponsor"], settled_at=NOW
    )
    return row


def revoked(house: House) -> Delegation:
    return delegation(house, revoked_at=NOW)


def met_by_too_few(house: House) -> None:
    """Two of three were asked for, and one said go."""
    row = step(house, forum=house.forum, mode="n_of_m", needed=2)
    vote(house, row, voter="forum_member")
    ApprovalStep.objects.filter(pk=row.pk).update(state="met")


VIOLATIONS: dict[str, Breaker] = {
    "approvals_request_id": copies(request, subject_id=902),
    "approvals_request_one_open": copies(request, public_id=new_id),
    "approvals_request_state_known": sets(request, state="x", closed_at=NOW),
    "approvals_request_hash": copies(request, snapshot_hash="x", subject_id=902, public_id=new_id),
    "approvals_request_closed_at": sets(request, closed_at=NOW),
    "approvals_request_starts_open": copies(
        request, state="decided", closed_at=NOW, public_id=new_id
    ),
    "approvals_request_stays": deletes(request),
    "approvals_request_is_fixed": sets(request, to_state="closed"),
    "approvals_request_is_final": sets(closed, state="open", closed_at=None),
    "approvals_request_needs_decision": sets(request, state="decided", closed_at=NOW),
    "approvals_bar_once": copies(bar),
    "approvals_step_id": copies(step, part="x", state="waiting", due_at=None),
    "approvals_step_once": copies(step, public_id=new_id, state="waiting", due_at=None),
    "approvals_step_one_decider": copies(
        step, role="pmo", part="x", state="waiting", due_at=None, public_id=new_id
    ),
    "approvals_step_state_known": sets(step, state="x"),
    "approvals_step_mode": copies(
        step, needed=0, part="x", state="waiting", due_at=None, public_id=new_id
    ),
    "approvals_step_due": sets(step, due_at=None),
    "approvals_step_starts_waiting": copies(step, state="met", part="x", public_id=new_id),
    "approvals_step_stays": deletes(step),
    "approvals_step_is_fixed": sets(step, decider=person("executive")),
    "approvals_step_is_final": sets(met, state="open"),
    "approvals_step_met_by_votes": sets(step, state="met"),
    "approvals_condition_id": copies(condition),
    "approvals_condition_state_known": sets(condition, state="x"),
    "approvals_condition_not_by_owner": sets(
        condition, state="met", settled_by=person("owner"), settled_at=NOW
    ),
    "approvals_condition_accepted_by": sets(condition, state="met", settled_at=NOW),
    "approvals_condition_of_its_request": lambda h: condition(h, subject_id=902),
    "approvals_condition_by_a_vote": lambda h: condition(h, set_by_id=person("pmo")(h)),
    "approvals_condition_starts_open": lambda h: condition(
        h, state="met", settled_by=h.people["sponsor"], settled_at=NOW
    ),
    "approvals_condition_stays": deletes(condition),
    "approvals_condition_is_fixed": sets(condition, due_on=date(2031, 1, 1)),
    "approvals_condition_is_final": sets(settled, state="open", settled_by=None),
    "approvals_condition_accepted_by_decider": sets(
        condition, state="met", settled_by=person("executive"), settled_at=NOW
    ),
    "approvals_delegation_id": copies(delegation),
    "approvals_delegation_to_another": lambda h: delegation(h, delegate=h.people["sponsor"]),
    "approvals_delegation_days": lambda h: delegation(h, ends_on=date(2020, 1, 1)),
    "approvals_delegation_stays": deletes(delegation),
    "approvals_delegation_is_fixed": sets(delegation, ends_on=date(2099, 1, 1)),
    "approvals_delegation_is_final": sets(revoked, revoked_at=None),
}
