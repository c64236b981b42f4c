"""Requests, the steps of their routes, votes, decisions, conditions and delegations.

Nothing here knows what is decided: a request names its subject by type, id and code.
"""

from django.db import models
from django.db.models.functions import Now

from approvals.choices import (
    ConditionState,
    Outcome,
    ReasonCode,
    RequestState,
    StepMode,
    StepState,
)
from approvals.escalations.models import (
    Escalation,
    EscalationLevel,
    EscalationPolicy,
    EscalationReceiver,
)
from approvals.exceptions.models import GovernanceException
from governance.audit.models import CurrentTransaction
from governance.masterdata.models import Forum
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from governance.tree.models import Node

__all__ = [
    "ApprovalBar",
    "ApprovalCondition",
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalStep",
    "ApprovalVote",
    "Delegation",
    "Escalation",
    "EscalationLevel",
    "EscalationPolicy",
    "EscalationReceiver",
    "GovernanceException",
]

Q, F = models.Q, models.F
DIGITS, DECIMALS = 20, 4
HASH = r"^[0-9a-f]{64}$"


class ApprovalRequest(Addressed, Versioned):
    """Somebody asks for a decision on a subject; the snapshot is what deciders see (G3)."""

    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_code = models.CharField(max_length=20)
    # Where the subject stands, for rights; follows the subject when it moves.
    place = TenantForeignKey(Node)
    # The rule that is asked for: T2 … T13, T15.
    transition = models.CharField(max_length=4)
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    from_overlay = models.CharField(max_length=10)
    to_overlay = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    requested_by = TenantForeignKey(Membership, null=True)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    comment = models.TextField(blank=True)
    reason_code = models.CharField(max_length=24, choices=ReasonCode.choices, blank=True)
    # What the transition needs to know besides: review date, changed fields, claimed amounts.
    details = models.JSONField(default=dict)
    snapshot = models.TextField()
    snapshot_hash = models.CharField(max_length=64)
    policy = models.CharField(max_length=60)
    # Its clocks run by the calendar of the day it was made, whatever is published later (S5).
    calendar_number = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    closed_at = models.DateTimeField(null=True)
    close_note = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_request_id"),
            models.UniqueConstraint(
                fields=["tenant", "subject_type", "subject_id"],
                condition=Q(state=RequestState.OPEN),
                name="approvals_request_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="approvals_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(snapshot_hash__regex=HASH), name="approvals_request_hash"
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.OPEN, closed_at__isnull=True)
                | (~Q(state=RequestState.OPEN) & Q(closed_at__isnull=False)),
                name="approvals_request_closed_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_request_subject",
            ),
            models.Index(fields=["tenant", "state", "id"], name="approvals_request_state"),
        ]

    @property
    def path(self) -> str:
        return str(self.place.path)

    @property
    def known_state(self) -> RequestState:
        return RequestState(self.state)


class ApprovalStep(Addressed):
    """One step of a request's route, copied from the policy it was submitted under (G6).

    It names exactly one of: a person, a forum, a role held at the place. Steps of one position
    run side by side.
    """

    request = TenantForeignKey(ApprovalRequest)
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=24)
    decider = TenantForeignKey(Membership, null=True)
    forum = TenantForeignKey(Forum, null=True)
    role = models.CharField(max_length=24, blank=True)
    mode = models.CharField(max_length=6, choices=StepMode.choices, default=StepMode.ANY)
    needed = models.PositiveSmallIntegerField(default=1)
    clock_days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=StepState.choices, default=StepState.WAITING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    escalated_to = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_step_id"),
            models.UniqueConstraint(
                fields=["tenant", "request", "position", "part"], name="approvals_step_once"
            ),
            models.CheckConstraint(
                condition=Q(decider__isnull=False, forum__isnull=True, role="")
                | Q(decider__isnull=True, forum__isnull=False, role="")
                | (Q(decider__isnull=True, forum__isnull=True) & ~Q(role="")),
                name="approvals_step_one_decider",
            ),
            models.CheckConstraint(
                condition=Q(state__in=StepState.values), name="approvals_step_state_known"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=StepMode.values, needed__gte=1), name="approvals_step_mode"
            ),
            models.CheckConstraint(
                condition=Q(state=StepState.WAITING, due_at__isnull=True)
                | (~Q(state=StepState.WAITING) & Q(due_at__isnull=False))
                | Q(state=StepState.ENDED),
                name="approvals_step_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "decider", "id"],
                condition=Q(state=StepState.OPEN),
                name="approvals_step_by_person",
            ),
            models.Index(
                fields=["tenant", "forum", "id"],
                condition=Q(state=StepState.OPEN),
                name="approvals_step_by_forum",
            ),
            models.Index(
                fields=["tenant", "role", "id"],
                condition=Q(state=StepState.OPEN) & ~Q(role=""),
                name="approvals_step_by_role",
            ),
            models.Index(
                fields=["tenant", "escalated_to", "id"],
                condition=Q(state=StepState.OPEN),
                name="approvals_step_escalated",
            ),
            models.Index(
                fields=["tenant", "due_at", "id"],
                condition=Q(state=StepState.OPEN),
                name="approvals_step_due_first",
            ),
        ]

    @property
    def known_state(self) -> StepState:
        return StepState(self.state)


class ApprovalBar(TenantOwned):
    """Somebody who must not decide a request, by which rule and why (S1, S5, recusal)."""

    request = TenantForeignKey(ApprovalRequest)
    membership = TenantForeignKey(Membership)
    rule = models.CharField(max_length=10)
    reason = models.CharField(max_length=200)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request", "membership", "rule"], name="approvals_bar_once"
            )
        ]


class ApprovalVote(Addressed):
    """What one person said in one step, never changed (G5); `seat` is whose voice it counts as."""

    request = TenantForeignKey(ApprovalRequest)
    step = TenantForeignKey(ApprovalStep)
    voter = TenantForeignKey(Membership)
    seat = TenantForeignKey(Membership)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    rationale = models.TextField()
    reason_code = models.CharField(max_length=24, choices=ReasonCode.choices, blank=True)
    snapshot_hash = models.CharField(max_length=64)
    policy = models.CharField(max_length=60)
    confirmed_amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    voted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_vote_id"),
            # One person, one voice in a request: two signatures are two people.
            models.UniqueConstraint(
                fields=["tenant", "request", "voter"], name="approvals_vote_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "request", "seat"], name="approvals_vote_seat_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="approvals_vote_outcome_known"
            ),
            models.CheckConstraint(condition=~Q(rationale=""), name="approvals_vote_has_rationale"),
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.GO, Outcome.CONDITIONAL_GO]) | ~Q(reason_code=""),
                name="approvals_vote_has_reason",
            ),
        ]

    @property
    def is_on_behalf(self) -> bool:
        return bool(self.voter_id != self.seat_id)


class ApprovalDecision(Addressed):
    """How a request ended, never changed (G5). Without a decider the product itself acted (T6)."""

    request = TenantForeignKey(ApprovalRequest)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    decided_by = TenantForeignKey(Membership, null=True)
    rationale = models.TextField()
    snapshot_hash = models.CharField(max_length=64)
    policy = models.CharField(max_length=60)
    confirmed_amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    # What the subject became by it; the guard of the subject's table compares.
    to_state = models.CharField(max_length=12)
    to_overlay = models.CharField(max_length=10)
    txid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_decision_id"),
            models.UniqueConstraint(fields=["tenant", "request"], name="approvals_decision_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="approvals_decision_outcome_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "decided_at", "id"], name="approvals_decision_by_time"),
        ]


class ApprovalCondition(Addressed, Versioned):
    """What a conditional go still asks for: owner, due day, accepted by the decider (T6)."""

    request = TenantForeignKey(ApprovalRequest)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    text = models.CharField(max_length=500)
    owner = TenantForeignKey(Membership)
    due_on = models.DateField()
    state = models.CharField(
        max_length=6, choices=ConditionState.choices, default=ConditionState.OPEN
    )
    set_by = TenantForeignKey(Membership)
    note = models.TextField(blank=True)
    settled_by = TenantForeignKey(Membership, null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_condition_id"),
            models.CheckConstraint(
                condition=Q(state__in=ConditionState.values), name="approvals_condition_state_known"
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("owner")),
                name="approvals_condition_not_by_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state=ConditionState.MET) | Q(settled_by__isnull=False),
                name="approvals_condition_accepted_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_condition_subject",
            ),
            models.Index(
                fields=["tenant", "due_on", "id"],
                condition=Q(state=ConditionState.OPEN),
                name="approvals_condition_due",
            ),
        ]


class Delegation(Addressed, Versioned):
    """Somebody decides for somebody else, at a place and until a day (G7)."""

    delegator = TenantForeignKey(Membership)
    delegate = TenantForeignKey(Membership)
    place = TenantForeignKey(Node)
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_delegation_id"),
            models.CheckConstraint(
                condition=~Q(delegator=F("delegate")), name="approvals_delegation_to_another"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="approvals_delegation_days"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "delegate", "id"],
                condition=Q(revoked_at__isnull=True),
                name="approvals_delegation_to",
            ),
            models.Index(
                fields=["tenant", "delegator", "id"],
                condition=Q(revoked_at__isnull=True),
                name="approvals_delegation_from",
            ),
        ]
