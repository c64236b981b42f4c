"""Restatements of locked months, final once they are decided."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned
from kpis.choices import ProposalState
from kpis.rules import DECIMALS, DIGITS


class Restatement(Addressed):
    """What a locked month is changed by, and the open month in which that is booked (V4, S8).

    Triggers let a proposal be decided once and change nothing else, want a locked month and an open
    one, and keep the owners of measure and effect out (S2).
    """

    effect = TenantForeignKey("kpis.Effect")
    month = models.DateField()
    booked_in = models.DateField()
    delta = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS)
    reason = models.TextField()
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    proposed_by = TenantForeignKey(Membership)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = TenantForeignKey(Membership, null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="kpis_restatement_id"),
            models.UniqueConstraint(
                fields=["tenant", "effect", "month"],
                condition=Q(state=ProposalState.PROPOSED),
                name="kpis_restatement_one_proposal",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="kpis_restatement_state"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1, booked_in__day=1, booked_in__gt=F("month")),
                name="kpis_restatement_months",
            ),
            models.CheckConstraint(condition=~Q(delta=0), name="kpis_restatement_delta"),
            models.CheckConstraint(condition=~Q(reason=""), name="kpis_restatement_reason"),
            models.CheckConstraint(
                condition=Q(
                    state=ProposalState.PROPOSED,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    ~Q(state=ProposalState.PROPOSED),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="kpis_restatement_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(state__in=[ProposalState.APPROVED, ProposalState.REFUSED])
                    | ~Q(decided_by=F("proposed_by"))
                )
                & (~Q(state=ProposalState.WITHDRAWN) | Q(decided_by=F("proposed_by"))),
                name="kpis_restatement_second_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "effect", "month", "id"],
                condition=Q(state=ProposalState.APPROVED),
                name="kpis_restatement_approved",
            )
        ]
