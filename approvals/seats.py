"""Whose voice somebody carries in a request, and who sits in a step (G6, G7, S1, S7, S10)."""

from dataclasses import dataclass

from approvals.choices import StepState
from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.rules import Bench
from approvals.selectors import ROLE_BOUND, ROLES_FOR, delegated_to, seats_in
from approvals.sod import SegregationOfDuties
from governance.errors import Conflict, Forbidden
from governance.masterdata.models import Forum
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.rules import covers


@dataclass(frozen=True, slots=True)
class Seat:
    """A voice in an open step: the membership whose voice it is, carried by whoever votes."""

    step: ApprovalStep
    membership_id: int


def seat_for(request: ApprovalRequest, by: Actor, *, on_behalf_of: int | None = None) -> Seat:
    """The seat this person may vote in now.

    Raises `SegregationOfDuties` with the rule that keeps them out, `Conflict("already_decided")`
    on a second vote, `Forbidden("not_asked")` where no open step asks them.
    """
    if by.membership_id is None:
        raise Forbidden("not_asked")
    _refuse_barred(request, by.membership_id)
    if ApprovalVote.objects.filter(request=request, voter_id=by.membership_id).exists():
        raise Conflict("already_decided")
    spoken = set(ApprovalVote.objects.filter(request=request).values_list("seat_id", flat=True))
    steps = list(ApprovalStep.objects.filter(request=request, state=StepState.OPEN).order_by("id"))
    found = _own_seats(request, steps, by) if on_behalf_of in {None, by.membership_id} else []
    found += _carried_seats(request, steps, by, on_behalf_of)
    free = [seat for seat in found if seat.membership_id not in spoken]
    if found and not free:
        raise Conflict("already_decided")
    if not free:
        raise SegregationOfDuties("S10") if _only_audits(request, by) else Forbidden("not_asked")
    seat = free[0]
    is_own = seat.membership_id == by.membership_id
    if by.is_consultant and (seat.step.forum_id is None or not is_own):
        raise SegregationOfDuties("S7")
    if not is_own:
        _refuse_barred(request, seat.membership_id)
    return seat


def _refuse_barred(request: ApprovalRequest, membership_id: int) -> None:
    if request.requested_by_id == membership_id:
        raise SegregationOfDuties("S1")
    bar = ApprovalBar.objects.filter(request=request, membership_id=membership_id).first()
    if bar is not None:
        raise SegregationOfDuties(bar.rule)


def _only_audits(request: ApprovalRequest, by: Actor) -> bool:
    return by.scope.roles_at(request.path) == (Role.AUDITOR,)


def _own_seats(request: ApprovalRequest, steps: list[ApprovalStep], by: Actor) -> list[Seat]:
    member = by.membership_id or 0
    held = set(by.scope.roles_at(request.path))
    return [
        Seat(step, member)
        for step in steps
        if _sits(step, member) or bool(ROLES_FOR.get(step.role, frozenset()) & held)
    ]


def _sits(step: ApprovalStep, member: int) -> bool:
    """Whether a step names this person, came to them by escalation, or asks their forum."""
    if member in {step.decider_id, step.escalated_to_id}:
        return True
    return step.forum_id is not None and member in seats_in(step.forum_id)


def _carried_seats(
    request: ApprovalRequest, steps: list[ApprovalStep], by: Actor, on_behalf_of: int | None
) -> list[Seat]:
    """Seats of people who delegated to this person at a place that covers the request (G7)."""
    given = [
        delegation
        for delegation in delegated_to(by.membership_id or 0)
        if covers(delegation.place.path, request.path)
        and on_behalf_of in {None, delegation.delegator_id}
    ]
    return [
        Seat(step, delegation.delegator_id)
        for step in steps
        for delegation in given
        if _sits(step, delegation.delegator_id) and _may_carry(step, request, by)
    ]


def _may_carry(step: ApprovalStep, request: ApprovalRequest, by: Actor) -> bool:
    """A finance step goes only to a delegate who holds the role (T5, T17)."""
    role = ROLE_BOUND.get(step.part)
    return role is None or role in by.scope.roles_at(request.path)


def bench_of(request: ApprovalRequest, step: ApprovalStep) -> Bench:
    """How many sit in a step without those kept out, and its quorum (G6)."""
    if step.forum_id is None:
        return Bench(1)
    barred = set(
        ApprovalBar.objects.filter(request=request).values_list("membership_id", flat=True)
    )
    members = seats_in(step.forum_id) - barred - {request.requested_by_id}
    forum = Forum.objects.get(pk=step.forum_id)
    return Bench(len(members), forum.quorum)
