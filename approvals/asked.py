"""Whom an open step asks: everybody in whose inbox it stands (G6, G7, S1 to S11)."""

from approvals.models import ApprovalStep
from approvals.selectors import ROLES_FOR, inbox, live_delegations, seats_in
from governance.people.models import Membership
from governance.people.selectors import live_memberships
from governance.permissions.selectors import actor_for, members_with


def people_asked(step: ApprovalStep) -> list[Membership]:
    """Who may give the answer now, themselves or for somebody; nobody whom a rule keeps out.

    The step is read with its request and its place. A few queries for each who comes into question.
    """
    found = {pk for pk in (step.decider_id, step.escalated_to_id) if pk is not None}
    if step.forum_id is not None:
        found |= seats_in(step.forum_id)
    for role in ROLES_FOR.get(step.role, frozenset()):
        found |= set(members_with(role, step.request.place).values_list("pk", flat=True))
    carried = live_delegations().filter(delegator_id__in=found)
    found |= set(carried.order_by().values_list("delegate_id", flat=True))
    return [
        person
        for person in live_memberships().filter(pk__in=found)
        if inbox(actor_for(person, via="worker")).filter(pk=step.pk).exists()
    ]
