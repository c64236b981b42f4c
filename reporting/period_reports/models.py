"""Signed reports of a node, one per reporting period, append-only and chained (R4)."""

from django.db import models
from django.db.models import F, Q

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from governance.tree.models import Node
from reporting.period_reports.rules import REASON_LENGTH

HASH = r"^[0-9a-f]{64}$"


class PeriodReport(TenantOwned):
    """What somebody signed of a node for a period.

    `body` is canonical JSON and exactly the bytes that are hashed; it holds the hash of the report
    before. What stands beside it is for finding it, and a verification compares both. A trigger
    (`period_report_follows`) numbers without gaps, continues the chain and checks the hash.
    """

    node = TenantForeignKey(Node)
    number = models.PositiveIntegerField()
    # The reporting period: its days, and when it was due.
    first_on = models.DateField()
    due_on = models.DateField()
    due_at = models.DateTimeField()
    body = models.TextField()
    hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    # A correction names what it replaces, and why.
    replaces = TenantForeignKey("self", null=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    signed_by = TenantForeignKey(Membership)
    # A text that outlives their membership.
    signer = models.CharField(max_length=400)
    signed_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "node", "number"], name="reporting_period_report_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "node", "due_on"],
                condition=Q(replaces__isnull=True),
                name="reporting_period_report_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "replaces"],
                condition=Q(replaces__isnull=False),
                name="reporting_period_report_replaced_once",
            ),
            models.CheckConstraint(
                condition=Q(hash__regex=HASH, previous_hash__regex=HASH),
                name="reporting_period_report_hashes",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, reason="")
                | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="reporting_period_report_reason",
            ),
            models.CheckConstraint(
                condition=Q(first_on__lte=F("due_on")), name="reporting_period_report_days"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_on", "node"], name="reporting_report_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.due_on}"
