"""One tier up: who hears of an answer that does not come, and whether they may give it (T17)."""

from dataclasses import dataclass

from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.selectors import seats_in
from governance.masterdata.choices import Seat
from governance.masterdata.selectors import live_seats
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.selectors import members_with
from governance.tree.models import Node

# Steps of finance escalate within finance only; closure adds no decider at all (S3).
FINANCE_PARTS = frozenset({"controller", "second_finance", "head_of_controlling"})
NAMED_ONLY = frozenset({"closing_controller", "second_finance"})


@dataclass(frozen=True, slots=True)
class Tier:
    """Who is told (e-mails), and who of them may decide in place of the silent one, if any."""

    told: tuple[str, ...]
    decider: Membership | None = None


def tier_above(request: ApprovalRequest, step: ApprovalStep) -> Tier:
    """The tier above a step, the nearest first.

    For finance the heads of controlling, for a forum its chairs, else the owners of the nodes
    above.
    """
    if step.part in FINANCE_PARTS | NAMED_ONLY:
        people = list(members_with(Role.HEAD_OF_CONTROLLING, request.place))
    elif step.forum_id is not None:
        people = _chairs(step.forum_id)
    else:
        people = _owners_above(request.place)
    told = tuple(person.email for person in people)
    if step.part in NAMED_ONLY:
        return Tier(told)
    return Tier(told, next((p for p in people if _may_decide(request, step, p)), None))


def _chairs(forum_id: int) -> list[Membership]:
    rows = live_seats().filter(forum_id=forum_id, seat=Seat.CHAIR)
    return [seat.membership for seat in rows.select_related("membership__user").order_by("id")]


def _owners_above(place: Node) -> list[Membership]:
    nodes = Node.objects.filter(pk__in=place.ancestor_ids, owner__isnull=False)
    rows = nodes.select_related("owner__user").order_by("-level")
    return [node.owner for node in rows if node.owner.is_live]


def _may_decide(request: ApprovalRequest, step: ApprovalStep, person: Membership) -> bool:
    """S1 to S11 as far as they are about the person: not the requester, not barred, not both."""
    if person.pk in {request.requested_by_id, step.decider_id} or person.is_consultant:
        return False
    if step.forum_id is not None and person.pk in seats_in(step.forum_id):
        return False
    barred = ApprovalBar.objects.filter(request=request, membership_id=person.pk)
    spoke = ApprovalVote.objects.filter(request=request, voter_id=person.pk)
    return not barred.exists() and not spoke.exists()
