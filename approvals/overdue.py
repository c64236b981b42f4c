"""Answers that do not come: what escalates of open steps, and who may answer instead (T17)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.choices import RequestState, StepState
from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.registry import Overdue, Settled, Source
from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.selectors import ROLES_FOR, seats_in
from approvals.services.escalating import step_escalate
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.permissions.selectors import members_with

# Steps of finance escalate within finance only.
FINANCE_PARTS: Final = ("controller", "second_finance", "head_of_controlling", "closing_controller")
OF_FINANCE = Q(part__in=FINANCE_PARTS)
OF_FORUMS = ~OF_FINANCE & Q(forum__isnull=False)
OF_THE_LINE = ~OF_FINANCE & Q(forum__isnull=True)


def overdue_steps(which: Q, now: datetime) -> Iterable[Overdue]:
    """Open steps whose clock has run out."""
    rows = ApprovalStep.objects.filter(
        which, state=StepState.OPEN, request__state=RequestState.OPEN, due_at__lte=now
    )
    holders: dict[tuple[str, int], tuple[int, ...]] = {}
    for step in rows.select_related("request__place").order_by("due_at", "id"):
        request: ApprovalRequest = step.request
        yield Overdue(
            key=str(step.public_id),
            subject_type=request.subject_type,
            subject_id=request.subject_id,
            code=request.subject_code,
            label=request.transition,
            link=f"gate-requests/{request.public_id}/",
            place_id=request.place_id,
            due_at=step.due_at,
            owes=_asked(step, holders),
            forum=step.forum_id,
        )


def _asked(step: ApprovalStep, holders: dict[tuple[str, int], tuple[int, ...]]) -> tuple[int, ...]:
    """Whom a step asks; the members of a forum are asked together and owe nothing alone."""
    if step.decider_id is not None:
        return (step.decider_id,)
    if not step.role:
        return ()
    key = (step.role, step.request.place_id)
    if key not in holders:
        roles = ROLES_FOR.get(step.role, frozenset())
        people = (p.pk for role in sorted(roles) for p in members_with(role, step.request.place))
        holders[key] = tuple(dict.fromkeys(people))
    return holders[key]


def settled_steps(keys: Sequence[str]) -> Mapping[str, Settled]:
    """What became of steps: who spoke last in them, else no longer asked."""
    ids = [uuid.UUID(key) for key in keys]
    votes = ApprovalVote.objects.filter(step__public_id__in=ids).order_by("id")
    return {
        str(step): Settled(EndReason.DONE, voter)
        for step, voter in votes.values_list("step__public_id", "voter_id")
    }


def step_reached(key: str, told: Sequence[Membership], by: Actor) -> None:
    """Let the first of those told who may decide it do so; the others are told only."""
    rows = ApprovalStep.objects.lock().select_related("request__place")
    step = rows.filter(public_id=uuid.UUID(key), state=StepState.OPEN).first()
    if step is not None:
        decider = next((person for person in told if may_decide(step, person)), None)
        step_escalate(step=step, told=told, decider=decider, by=by)


def may_decide(step: ApprovalStep, person: Membership) -> bool:
    """S1 to S11 as far as they are about the person: not the requester, not barred, not both.

    A closure gets no further decider at all (S3), and a step at most one.
    """
    request: ApprovalRequest = step.request
    if step.escalated_to_id is not None or step.part in NAMED_ONLY or person.is_consultant:
        return False
    if person.pk in {request.requested_by_id, step.decider_id}:
        return False
    if step.forum_id is not None and person.pk in seats_in(step.forum_id):
        return False
    barred = ApprovalBar.objects.filter(request=request, membership_id=person.pk)
    spoke = ApprovalVote.objects.filter(request=request, voter_id=person.pk)
    return not barred.exists() and not spoke.exists()


NAMED_ONLY = frozenset({"closing_controller", "second_finance"})
SOURCES: Final = (
    Source(
        code="decision",
        label=_("Decision"),
        is_finance=False,
        shipped={Tier.PACKAGE_LEAD: 0, Tier.PROGRAM_MANAGER: 3, Tier.SPONSOR: 8},
        due=partial(overdue_steps, OF_THE_LINE),
        settled=settled_steps,
        reached=step_reached,
    ),
    Source(
        code="decision_forum",
        label=_("Decision of a forum"),
        is_finance=False,
        shipped={Tier.FORUM_CHAIR: 0, Tier.PROGRAM_MANAGER: 3},
        due=partial(overdue_steps, OF_FORUMS),
        settled=settled_steps,
        reached=step_reached,
    ),
    Source(
        code="decision_finance",
        label=_("Decision of finance"),
        is_finance=True,
        shipped={Tier.HEAD_OF_CONTROLLING: 0},
        due=partial(overdue_steps, OF_FINANCE),
        settled=settled_steps,
        reached=step_reached,
    ),
)
