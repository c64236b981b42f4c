"""Escalation policies, what escalates, the levels reached, and who was told (T17, S5)."""

from collections.abc import Mapping

from django.db import models

from approvals.escalations.choices import EndReason, LevelOutcome, Tier
from approvals.escalations.rules import Days
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned
from governance.tree.models import Node
from governance.versions.models import SettingVersion, version_constraints

Q, F = models.Q, models.F
CODE_LENGTH, KEY_LENGTH, TEXT_LENGTH = 30, 160, 200


class EscalationPolicy(SettingVersion):
    """One version of the policies of all sources: `{source: {tier: business days}}`.

    The trigger `approvals_policy_is_final` keeps what it says.
    """

    said = models.JSONField()

    class Meta(TenantOwned.Meta):
        constraints = version_constraints("approvals_policy")

    @property
    def policies(self) -> Mapping[str, Days]:
        return {
            source: {Tier(tier): days for tier, days in chain.items()}
            for source, chain in self.said.items()
        }


class Escalation(Addressed):
    """Something overdue, from when it was noticed until it is settled.

    It names what it is about by source and key, and its subject by type, id and code. What it is
    about never changes, levels only rise, and what is over stays over: a trigger
    (`approvals_escalation_is_fixed`, `approvals_escalation_is_over`) guards it. Clocks run from
    `runs_from` in business days; `days_lost` of them do not count (G10).
    """

    source = models.CharField(max_length=CODE_LENGTH)
    item_key = models.CharField(max_length=KEY_LENGTH)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_code = models.CharField(max_length=20)
    label = models.CharField(max_length=TEXT_LENGTH)
    # Below the tenant's address, without a slash in front.
    link = models.CharField(max_length=TEXT_LENGTH)
    place = TenantForeignKey(Node)
    owes = TenantForeignKey(Membership, null=True)
    due_at = models.DateTimeField()
    runs_from = models.DateTimeField()
    # It climbs by the calendar and policies of the day it was noticed (S5).
    calendar_number = models.PositiveIntegerField(default=0)
    policy_number = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    days_lost = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    level = models.PositiveSmallIntegerField(default=0)
    # When the next level is due; nothing while it is stopped or has none.
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=10, choices=EndReason.choices, blank=True)
    ended_by = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approvals_escalation_id"),
            models.UniqueConstraint(
                fields=["tenant", "source", "item_key"],
                condition=Q(ended_at__isnull=True),
                name="approvals_escalation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="", ended_by__isnull=True)
                | Q(ended_at__isnull=False, end_reason__in=EndReason.values, next_at__isnull=True),
                name="approvals_escalation_end",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(next_at__isnull=True),
                name="approvals_escalation_stopped_waits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at", "id"],
                condition=Q(ended_at__isnull=True),
                name="approvals_escalation_open",
            ),
            models.Index(fields=["tenant", "due_at", "id"], name="approvals_escalation_due"),
            models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_escalation_subject",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def path(self) -> str:
        return str(self.place.path)


class EscalationLevel(TenantOwned):
    """One level that an escalation reached, never changed; each number once."""

    escalation = TenantForeignKey(Escalation)
    number = models.PositiveSmallIntegerField()
    tier = models.CharField(max_length=20, choices=Tier.choices)
    after_days = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=LevelOutcome.choices)
    # Those who would have been told, where they have left.
    missing = models.CharField(max_length=TEXT_LENGTH, blank=True)
    reached_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "escalation", "number"], name="approvals_level_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, tier__in=Tier.values), name="approvals_level_tier"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=LevelOutcome.values), name="approvals_level_outcome"
            ),
        ]


class EscalationReceiver(TenantOwned):
    """Somebody who was told of an escalation, never changed; each person once."""

    escalation = TenantForeignKey(Escalation)
    number = models.PositiveSmallIntegerField()
    member = TenantForeignKey(Membership)
    told_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "escalation", "member"], name="approvals_receiver_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "member", "id"], name="approvals_receiver_member"),
        ]
