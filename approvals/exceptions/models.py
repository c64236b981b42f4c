"""An exception: where from, about what, how much it weighs, who answers, and how it ended (E1)."""

from django.db import models
from django.db.models.functions import Now

from approvals.exceptions.choices import (
    ANSWERED,
    ENDED,
    LIVE,
    UNANSWERED,
    Category,
    ExceptionOutcome,
    ExceptionSource,
    ExceptionState,
    Tier,
)
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from governance.tree.models import Node

Q, F = models.Q, models.F
DIGITS, DECIMALS = 20, 4
IS_CURRENCY = r"^[A-Z]{3}$"
TITLE_LENGTH, KEY_LENGTH = 200, 100


def _both_or_neither(first: models.Q, second: models.Q) -> models.Q:
    return (first & second) | (~first & ~second)


class GovernanceException(Versioned):
    """Something deviates and waits for a decision.

    Where it came from, what it is about and how much it weighs are fixed; a trigger
    (`exception_is_guarded`) lets it go forward through its states, climb one tier at a time while
    it is unanswered, and stay as it ended.
    """

    code = models.CharField(max_length=20)
    source = models.CharField(max_length=20, choices=ExceptionSource.choices)
    # What exactly opened it, so that one cause opens one exception; empty for one opened by hand.
    source_key = models.CharField(max_length=KEY_LENGTH, blank=True)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_code = models.CharField(max_length=50)
    # Where the subject stands, for rights; follows the subject when it moves.
    place = TenantForeignKey(Node)
    category = models.CharField(max_length=20, choices=Category.choices)
    # Answered and verified within finance (T17).
    is_finance = models.BooleanField(default=False)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices)
    first_tier = models.PositiveSmallIntegerField(choices=Tier.choices)
    climbs = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(
        max_length=20, choices=ExceptionState.choices, default=ExceptionState.OPEN
    )
    owner = TenantForeignKey(Membership, null=True)
    # In the words of who opened it by hand; the product's own are said in the reader's language.
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    description = models.TextField(blank=True)
    # What the product knows of the cause: a condition's text, a transition, a day.
    details = models.JSONField(default=dict)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    currency = models.CharField(max_length=3)
    delay_days = models.PositiveIntegerField(default=0)
    reach = models.PositiveSmallIntegerField(default=1)
    # Its clocks run by the calendar of the day it was opened (S5).
    calendar_number = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    opened_by = TenantForeignKey(Membership, null=True)
    due_at = models.DateTimeField()
    climbed_at = models.DateTimeField(null=True)
    # Money x urgency, see `rules.rank_of`.
    rank = models.BigIntegerField()
    ask = models.TextField(blank=True)
    # A list of {"outcome", "text", "amount"}; amounts are texts.
    options = models.JSONField(default=list)
    asked_by = TenantForeignKey(Membership, null=True)
    asked_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=ExceptionOutcome.choices, blank=True)
    rationale = models.TextField(blank=True)
    decided_by = TenantForeignKey(Membership, null=True)
    decided_at = models.DateTimeField(null=True)
    verified_by = TenantForeignKey(Membership, null=True)
    verified_at = models.DateTimeField(null=True)
    verification = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    # Noted when the cause has gone; somebody still decides, nothing closes by itself.
    cause_gone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="approvals_exception_code"),
            models.UniqueConstraint(
                fields=["tenant", "source", "source_key"],
                condition=Q(state__in=LIVE) & ~Q(source_key=""),
                name="approvals_exception_one_open",
            ),
            models.CheckConstraint(
                condition=Q(source__in=ExceptionSource.values),
                name="approvals_exception_source_known",
            ),
            models.CheckConstraint(
                condition=Q(source=ExceptionSource.MANUAL, source_key="") & ~Q(title="")
                | (~Q(source=ExceptionSource.MANUAL) & ~Q(source_key="")),
                name="approvals_exception_has_cause",
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="approvals_exception_category_known"
            ),
            models.CheckConstraint(
                condition=Q(first_tier__gte=Tier.LOCAL, tier__lte=Tier.COMMITTEE)
                & Q(tier=F("first_tier") + F("climbs")),
                name="approvals_exception_tier_adds_up",
            ),
            models.CheckConstraint(
                condition=_both_or_neither(Q(climbs=0), Q(climbed_at__isnull=True)),
                name="approvals_exception_climbed_at",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=IS_CURRENCY), name="approvals_exception_currency"
            ),
            models.CheckConstraint(condition=Q(reach__gte=1), name="approvals_exception_reach"),
            models.CheckConstraint(
                condition=_both_or_neither(Q(state=ExceptionState.OPEN), Q(owner__isnull=True)),
                name="approvals_exception_owned",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ExceptionState.OPEN, ExceptionState.ASSIGNED],
                    asked_by__isnull=True,
                    asked_at__isnull=True,
                    ask="",
                )
                | (
                    ~Q(state__in=[ExceptionState.OPEN, ExceptionState.ASSIGNED])
                    & Q(asked_by__isnull=False, asked_at__isnull=False)
                    & ~Q(ask="")
                ),
                name="approvals_exception_asked",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=UNANSWERED,
                    outcome="",
                    rationale="",
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | (
                    Q(
                        state__in=ANSWERED,
                        outcome__in=ExceptionOutcome.values,
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(rationale="")
                ),
                name="approvals_exception_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="approvals_exception_decided_by_another",
            ),
            models.CheckConstraint(
                condition=_both_or_neither(
                    Q(state=ExceptionState.CLOSED), Q(outcome=ExceptionOutcome.ACCEPT)
                ),
                name="approvals_exception_accepted",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ExceptionState.VERIFIED,
                    verified_by__isnull=False,
                    verified_at__isnull=False,
                )
                | (
                    ~Q(state=ExceptionState.VERIFIED)
                    & Q(verified_by__isnull=True, verified_at__isnull=True, verification="")
                ),
                name="approvals_exception_verified",
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("owner")),
                name="approvals_exception_verified_by_another",
            ),
            models.CheckConstraint(
                condition=_both_or_neither(Q(state__in=ENDED), Q(closed_at__isnull=False)),
                name="approvals_exception_closed_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "rank", "id"],
                condition=Q(state__in=LIVE),
                name="approvals_exception_by_rank",
            ),
            models.Index(
                fields=["tenant", "owner", "rank", "id"],
                condition=Q(state__in=LIVE),
                name="approvals_exception_by_owner",
            ),
            models.Index(
                fields=["tenant", "due_at", "id"],
                condition=Q(state__in=UNANSWERED),
                name="approvals_exception_due",
            ),
            models.Index(
                fields=["tenant", "subject_type", "subject_id", "id"],
                name="approvals_exception_subject",
            ),
            models.Index(
                fields=["tenant", "source", "source_key"], name="approvals_exception_by_cause"
            ),
            models.Index(
                fields=["tenant", "closed_at", "id"],
                condition=Q(state__in=ENDED),
                name="approvals_exception_ended",
            ),
            models.Index(fields=["tenant", "opened_at", "id"], name="approvals_exception_opened"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def path(self) -> str:
        return str(self.place.path)

    @property
    def known_state(self) -> ExceptionState:
        return ExceptionState(self.state)

    @property
    def known_tier(self) -> Tier:
        return Tier(self.tier)
