"""Reading requests: one, those of a subject, the inbox of a person, who may speak in a step."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet
from django.utils import timezone

from approvals.choices import ConditionState, Outcome, RequestState, StepState
from approvals.models import (
    ApprovalBar,
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
    Delegation,
)
from governance.errors import NotVisible
from governance.masterdata.selectors import live_seats
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.tree.rules import below

# Whom a step that asks for a role lets in: a head of controlling signs as second finance too.
ROLES_FOR: dict[str, frozenset[Role]] = {
    Role.CONTROLLER: frozenset({Role.CONTROLLER}),
    Role.SECOND_FINANCE: frozenset({Role.SECOND_FINANCE, Role.HEAD_OF_CONTROLLING}),
    Role.HEAD_OF_CONTROLLING: frozenset({Role.HEAD_OF_CONTROLLING}),
    Role.PMO: frozenset({Role.PMO}),
}
# Steps in which a delegate must hold the role themselves (T5, S3).
ROLE_BOUND = {"controller": Role.CONTROLLER, "closing_controller": Role.CONTROLLER}
REQUEST_RELATIONS = ("place", "requested_by__user")


def visible_requests(by: Actor) -> QuerySet[ApprovalRequest]:
    """Requests about what the person may see."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "place__path")
    rows: QuerySet[ApprovalRequest] = ApprovalRequest.objects.filter(scope)
    return rows.select_related(*REQUEST_RELATIONS)


def request_by_id(public_id: uuid.UUID, *, by: Actor) -> ApprovalRequest:
    """One visible request; raises `NotVisible`."""
    row: ApprovalRequest | None = visible_requests(by).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def visible_decisions(by: Actor) -> QuerySet[ApprovalDecision]:
    """Decisions about what the person may see, with their requests."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "request__place__path")
    rows: QuerySet[ApprovalDecision] = ApprovalDecision.objects.filter(scope)
    return rows.select_related("request", "decided_by__user")


def requests_about(subject_type: str, subject_id: int) -> QuerySet[ApprovalRequest]:
    """Every request about one subject, newest first."""
    rows = ApprovalRequest.objects.filter(subject_type=subject_type, subject_id=subject_id)
    found: QuerySet[ApprovalRequest] = rows.select_related(*REQUEST_RELATIONS).order_by("-id")
    return found


def subjects_asked_about(subject_type: str, subject_ids: Iterable[int]) -> set[int]:
    """Which of these subjects were ever asked about; one query."""
    rows = ApprovalRequest.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids)
    )
    return set(rows.values_list("subject_id", flat=True))


def open_requests_of(subject_type: str, subject_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """The open request of each of these subjects by its public id; one query."""
    rows = ApprovalRequest.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids), state=RequestState.OPEN
    )
    return dict(rows.values_list("subject_id", "public_id"))


def open_conditions_of(subject_type: str, subject_ids: Iterable[int]) -> dict[int, list[uuid.UUID]]:
    """Open conditions of each of these subjects by their public ids; one query."""
    rows = ApprovalCondition.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids), state=ConditionState.OPEN
    )
    found: dict[int, list[uuid.UUID]] = {}
    for subject_id, public_id in rows.order_by("due_on", "id").values_list(
        "subject_id", "public_id"
    ):
        found.setdefault(subject_id, []).append(public_id)
    return found


def open_request(subject_type: str, subject_id: int) -> ApprovalRequest | None:
    """The one open request of a subject (G2)."""
    rows = requests_about(subject_type, subject_id).filter(state=RequestState.OPEN)
    row: ApprovalRequest | None = rows.first()
    return row


def last_decided(
    subject_type: str, subject_id: int, transitions: Iterable[str] = ()
) -> ApprovalRequest | None:
    """The latest decided request of a subject, of some transitions where any are named."""
    rows = requests_about(subject_type, subject_id).filter(state=RequestState.DECIDED)
    wanted = list(transitions)
    row: ApprovalRequest | None = (rows.filter(transition__in=wanted) if wanted else rows).first()
    return row


def last_go(
    subject_type: str, subject_id: int, transitions: Iterable[str]
) -> ApprovalDecision | None:
    """The latest decision that let a subject make one of these transitions."""
    row: ApprovalDecision | None = (
        ApprovalDecision.objects.filter(
            request__subject_type=subject_type,
            request__subject_id=subject_id,
            request__transition__in=list(transitions),
            outcome=Outcome.GO,
        )
        .order_by("-id")
        .first()
    )
    return row


def steps_of(requests: Iterable[ApprovalRequest]) -> dict[int, list[ApprovalStep]]:
    """The steps of several requests in their order, by request id; one query."""
    found: dict[int, list[ApprovalStep]] = {request.pk: [] for request in requests}
    rows = ApprovalStep.objects.filter(request_id__in=list(found)).select_related(
        "decider__user", "forum", "escalated_to__user"
    )
    for step in rows.order_by("position", "id"):
        found[step.request_id].append(step)
    return found


def votes_of(requests: Iterable[ApprovalRequest]) -> dict[int, list[ApprovalVote]]:
    """The votes of several requests in their order, by request id; one query."""
    found: dict[int, list[ApprovalVote]] = {request.pk: [] for request in requests}
    rows = ApprovalVote.objects.filter(request_id__in=list(found))
    for vote in rows.select_related("voter__user", "seat__user", "step").order_by("id"):
        found[vote.request_id].append(vote)
    return found


def decisions_of(requests: Iterable[ApprovalRequest]) -> dict[int, ApprovalDecision]:
    """The decisions of several requests, by request id; one query."""
    wanted = [request.pk for request in requests]
    rows = ApprovalDecision.objects.filter(request_id__in=wanted).select_related("decided_by__user")
    return {decision.request_id: decision for decision in rows}


def conditions_of(requests: Iterable[ApprovalRequest]) -> dict[int, list[ApprovalCondition]]:
    """The conditions of several requests, by request id; one query."""
    found: dict[int, list[ApprovalCondition]] = {request.pk: [] for request in requests}
    rows = ApprovalCondition.objects.filter(request_id__in=list(found))
    for condition in rows.select_related("owner__user", "set_by__user").order_by("due_on", "id"):
        found[condition.request_id].append(condition)
    return found


def open_conditions(subject_type: str, subject_id: int) -> QuerySet[ApprovalCondition]:
    """Conditions of a subject that nobody has accepted as met yet, the most urgent first."""
    rows = ApprovalCondition.objects.filter(
        subject_type=subject_type, subject_id=subject_id, state=ConditionState.OPEN
    )
    found: QuerySet[ApprovalCondition] = rows.select_related("owner__user", "set_by__user")
    return found.order_by("due_on", "id")


def condition_by_id(public_id: uuid.UUID, *, by: Actor) -> ApprovalCondition:
    """One condition of a visible request; raises `NotVisible`."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "request__place__path")
    rows = ApprovalCondition.objects.filter(scope, public_id=public_id)
    row: ApprovalCondition | None = rows.select_related(
        "request__place", "owner__user", "set_by__user"
    ).first()
    if row is None:
        raise NotVisible
    return row


def confirmed_amount(request: ApprovalRequest) -> Decimal | None:
    """The amount finance confirmed: the first signature's, which a second one repeats (T5)."""
    rows = ApprovalVote.objects.filter(request=request, confirmed_amount__isnull=False)
    amount: Decimal | None = rows.order_by("id").values_list("confirmed_amount", flat=True).first()
    return amount


def bars_of(request: ApprovalRequest) -> list[ApprovalBar]:
    """Who must not decide a request, with the rule."""
    rows = ApprovalBar.objects.filter(request=request).select_related("membership__user")
    return list(rows.order_by("id"))


def decided_before(request: ApprovalRequest) -> ApprovalRequest | None:
    """The request about the same subject that was decided last before this one was made."""
    rows = requests_about(request.subject_type, request.subject_id)
    row: ApprovalRequest | None = rows.filter(state=RequestState.DECIDED, pk__lt=request.pk).first()
    return row


def seats_in(forum_id: int) -> set[int]:
    """Ids of the members who sit in a forum."""
    rows = live_seats().filter(forum_id=forum_id)
    return set(rows.values_list("membership_id", flat=True))


def forums_by_person(membership_ids: Iterable[int]) -> dict[int, set[int]]:
    """Ids of the forums in which each of these people sits; one query."""
    found: dict[int, set[int]] = {pk: set() for pk in membership_ids}
    rows = live_seats().filter(membership_id__in=list(found))
    for member, forum in rows.values_list("membership_id", "forum_id"):
        found[member].add(forum)
    return found


def live_delegations(today: date | None = None) -> QuerySet[Delegation]:
    """Delegations that hold today."""
    day = today or timezone.localdate()
    rows: QuerySet[Delegation] = Delegation.objects.filter(
        revoked_at__isnull=True, starts_on__lte=day, ends_on__gte=day
    )
    return rows.select_related("delegator__user", "delegate__user", "place")


def delegated_to(membership_id: int) -> list[Delegation]:
    """Whose voice somebody may carry today, and where."""
    return list(live_delegations().filter(delegate_id=membership_id).order_by("id"))


def delegations_of(membership_id: int) -> QuerySet[Delegation]:
    """Delegations somebody gave or was given, the latest first."""
    mine = Q(delegator_id=membership_id) | Q(delegate_id=membership_id)
    rows: QuerySet[Delegation] = Delegation.objects.filter(mine)
    return rows.select_related("delegator__user", "delegate__user", "place").order_by(
        "-ends_on", "-id"
    )


def delegation_by_id(public_id: uuid.UUID, *, by: Actor) -> Delegation:
    """A delegation one gave or was given; raises `NotVisible`."""
    rows = delegations_of(by.membership_id or 0)
    row: Delegation | None = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def roles_asked(by: Actor) -> list[str]:
    """Which roles a step may ask for that the person holds anywhere."""
    held = {grant.role for grant in by.scope.grants}
    return [name for name, roles in ROLES_FOR.items() if roles & held]


def inbox(by: Actor) -> QuerySet[ApprovalStep]:
    """Open steps that wait for this person, directly or by delegation; unordered.

    Requests they made, are kept out of, or spoke in already are left out. What a role is asked
    for counts where it is held; a delegation counts at its place, and for a finance step only
    where the delegate holds the role.
    """
    steps: QuerySet[ApprovalStep] = ApprovalStep.objects.filter(state=StepState.OPEN)
    if by.membership_id is None:
        return steps.none()
    given = delegated_to(by.membership_id)
    forums = forums_by_person({by.membership_id, *(one.delegator_id for one in given)})
    mine = _waiting_for(by.membership_id, forums) | _waiting_for_roles(by)
    for delegation in given:
        at = below([delegation.place.path], "request__place__path")
        mine |= at & _waiting_for(delegation.delegator_id, forums) & _may_be_carried(by)
    rows = steps.filter(mine)
    if by.is_consultant:
        rows = rows.filter(forum__isnull=False)
    kept_out = ApprovalBar.objects.filter(
        request_id=OuterRef("request_id"), membership_id=by.membership_id
    )
    spoke = ApprovalVote.objects.filter(
        request_id=OuterRef("request_id"), voter_id=by.membership_id
    )
    scope = below(by.scope.paths(Permission.TREE_VIEW), "request__place__path")
    rows = rows.filter(scope).exclude(request__requested_by=by.membership_id)
    waiting: QuerySet[ApprovalStep] = rows.filter(~Exists(kept_out), ~Exists(spoke))
    return waiting.select_related(
        "request__place", "request__requested_by__user", "decider__user", "forum"
    )


def waiting_among(requests: QuerySet[ApprovalRequest], by: Actor) -> QuerySet[ApprovalRequest]:
    """Those of some requests that wait for this person, as `inbox` says.

    What waits is found once, as an array: a semi-join went through every request of the tenant for
    somebody for whom few of them wait.
    """
    is_among = Func(
        F("pk"),
        ArraySubquery(inbox(by).values("request_id")),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return requests.filter(is_among)


def _waiting_for(person: int, forums: Mapping[int, set[int]]) -> Q:
    """Steps that name this person, came to them by escalation, or ask their forum."""
    return Q(decider_id=person) | Q(escalated_to_id=person) | Q(forum_id__in=forums[person])


def _may_be_carried(by: Actor) -> Q:
    held_at = [grant.path for grant in by.scope.grants if grant.role is Role.CONTROLLER]
    return ~Q(part__in=ROLE_BOUND) | below(held_at, "request__place__path")


def _waiting_for_roles(by: Actor) -> Q:
    waiting = Q(pk__in=[])
    for name in roles_asked(by):
        held_at = [g.path for g in by.scope.grants if g.role in ROLES_FOR[name]]
        waiting |= Q(role=name) & below(held_at, "request__place__path")
    return waiting


def voices_in(steps: Iterable[ApprovalStep], by: Actor) -> dict[int, Membership]:
    """Of these steps of somebody's inbox, those that ask another whose voice they carry."""
    rows = list(steps)
    if by.membership_id is None or not rows:
        return {}
    given = delegated_to(by.membership_id)
    forums = forums_by_person({by.membership_id, *(one.delegator_id for one in given)})
    found: dict[int, Membership] = {}
    for step in rows:
        if _asks(step, by.membership_id, forums) or step.role in roles_asked(by):
            continue
        for one in given:
            inside = step.request.path.startswith(one.place.path)
            if inside and _asks(step, one.delegator_id, forums):
                found.setdefault(step.pk, one.delegator)
    return found


def _asks(step: ApprovalStep, person: int, forums: Mapping[int, set[int]]) -> bool:
    return person in {step.decider_id, step.escalated_to_id} or step.forum_id in forums[person]


def _visible_conditions(by: Actor) -> QuerySet[ApprovalCondition]:
    scope = below(by.scope.paths(Permission.TREE_VIEW), "request__place__path")
    rows: QuerySet[ApprovalCondition] = ApprovalCondition.objects.filter(
        scope, state=ConditionState.OPEN
    )
    return rows.select_related("request", "owner__user", "set_by__user").order_by("due_on", "id")


def conditions_to_accept(by: Actor) -> QuerySet[ApprovalCondition]:
    """Open conditions this person accepts: they set them, or their voice did (T6)."""
    if by.membership_id is None:
        return _visible_conditions(by).none()
    carried = ApprovalVote.objects.filter(
        request_id=OuterRef("request_id"),
        voter_id=OuterRef("set_by_id"),
        seat_id=by.membership_id,
    )
    rows = _visible_conditions(by).filter(Q(set_by=by.membership_id) | Exists(carried))
    found: QuerySet[ApprovalCondition] = rows.exclude(owner=by.membership_id)
    return found


def conditions_owned(by: Actor) -> QuerySet[ApprovalCondition]:
    """Open conditions that this person has to meet."""
    if by.membership_id is None:
        return _visible_conditions(by).none()
    return _visible_conditions(by).filter(owner=by.membership_id)
