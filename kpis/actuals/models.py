"""Claims, validations and second signatures: append-only, the latest of a month counts."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned
from kpis.actuals.choices import Outcome
from kpis.rules import DECIMALS, DIGITS

FIRST_OF_MONTH = models.Q(month__day=1)


class Claim(TenantOwned):
    """What somebody claimed of one month; no amount takes the claim back."""

    effect = TenantForeignKey("kpis.Effect")
    month = models.DateField()
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    claimed_by = TenantForeignKey(Membership)
    claimed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="kpis_claim_first_of_month")
        ]
        indexes = [
            models.Index(fields=["tenant", "effect", "month", "id"], name="kpis_claim_cell"),
        ]


class Validation(Addressed):
    """What finance decided on one claim. S4: never by somebody who claimed that month.

    A trigger compares it with its claim: effect and month, and when a second signature is needed.
    """

    effect = TenantForeignKey("kpis.Effect")
    month = models.DateField()
    claim = TenantForeignKey(Claim)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    # What counts from here on; none where the claim is rejected.
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    reason = models.TextField(blank=True)
    needs_second = models.BooleanField(default=False)
    decided_by = TenantForeignKey(Membership)
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="kpis_validation_id"),
            models.UniqueConstraint(fields=["tenant", "claim"], name="kpis_validation_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="kpis_validation_outcome"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=Outcome.REJECTED, amount__isnull=True)
                | (~models.Q(outcome=Outcome.REJECTED) & models.Q(amount__isnull=False)),
                name="kpis_validation_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=Outcome.VALIDATED) | ~models.Q(reason=""),
                name="kpis_validation_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "effect", "month", "id"], name="kpis_validation_cell"),
        ]


class SecondSignature(TenantOwned):
    """The second finance person's word on an adjustment above the claim (S4)."""

    validation = TenantForeignKey(Validation)
    signed_by = TenantForeignKey(Membership)
    signed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "validation"], name="kpis_second_once"),
        ]
