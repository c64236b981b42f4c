"""Targets of nodes: proposed by one person, approved by another, never changed (H7)."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned
from governance.tree.models import Node
from kpis.choices import ProposalState
from kpis.rules import DECIMALS, DIGITS, FIRST_YEAR, LAST_YEAR
from kpis.targets.choices import TARGET_KIND_CHOICES, TARGET_KINDS

IS_CURRENCY_OR_NONE = r"^([A-Z]{3})?$"
SECOND_PERSON = (ProposalState.APPROVED, ProposalState.REFUSED)


class Target(Addressed):
    """What a node should have in bankable measures by the end of a fiscal year.

    The approved one with the highest number of a key counts. `currency` is the tenant's as it was
    then, empty where the metric is no money. A trigger (`kpis_target_is_final`) lets a proposal be
    decided once and changes nothing else; an approved one takes the next number of its key.
    """

    node = TenantForeignKey(Node)
    metric = TenantForeignKey("kpis.Metric")
    fiscal_year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=TARGET_KIND_CHOICES)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS)
    currency = models.CharField(max_length=3, blank=True)
    # Who answers for what is missing, whoever owns the node.
    gap_owner = TenantForeignKey(Membership)
    reason = models.TextField()
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    number = models.PositiveIntegerField(null=True)
    proposed_by = TenantForeignKey(Membership)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = TenantForeignKey(Membership, null=True)
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="kpis_target_id"),
            models.UniqueConstraint(
                fields=["tenant", "node", "metric", "fiscal_year", "kind"],
                condition=models.Q(state=ProposalState.PROPOSED),
                name="kpis_target_one_proposal",
            ),
            models.UniqueConstraint(
                fields=["tenant", "node", "metric", "fiscal_year", "kind", "number"],
                name="kpis_target_number_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in TARGET_KINDS]),
                name="kpis_target_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values), name="kpis_target_state"
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year__range=(FIRST_YEAR + 1, LAST_YEAR)),
                name="kpis_target_year",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="kpis_target_amount"),
            models.CheckConstraint(
                condition=models.Q(currency__regex=IS_CURRENCY_OR_NONE),
                name="kpis_target_currency",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="kpis_target_has_reason"),
            models.CheckConstraint(
                condition=models.Q(
                    state=ProposalState.PROPOSED, decided_by__isnull=True, decided_at__isnull=True
                )
                | models.Q(
                    ~models.Q(state=ProposalState.PROPOSED),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="kpis_target_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=SECOND_PERSON)
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="kpis_target_second_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ProposalState.WITHDRAWN)
                | models.Q(decided_by=models.F("proposed_by")),
                name="kpis_target_withdrawn_by_its_maker",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ProposalState.APPROVED, number__isnull=False)
                | models.Q(~models.Q(state=ProposalState.APPROVED), number__isnull=True),
                name="kpis_target_numbered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "node", "metric", "fiscal_year", "kind", "number"],
                condition=models.Q(state=ProposalState.APPROVED),
                name="kpis_target_in_force",
            ),
            # Each list shows the newest first.
            models.Index(fields=["tenant", "gap_owner", "id"], name="kpis_target_gap_owner"),
            models.Index(
                fields=["tenant", "id"],
                condition=models.Q(state=ProposalState.PROPOSED),
                name="kpis_target_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.kind}"
