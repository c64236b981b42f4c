"""Exchange rates: proposed by one person, confirmed by another, never changed (V8)."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned
from kpis.rates.choices import RateKind, RateState
from kpis.rates.rules import RATE_DECIMALS, RATE_DIGITS

IS_CURRENCY = r"^[A-Z]{3}$"


class Rate(Addressed):
    """Units of `home` for one unit of `currency`; of a key the latest confirmed one counts.

    `home` is the tenant's currency as it was then: a tenant that changes it starts without rates.
    A trigger (`kpis_rate_is_final`) lets a proposal be decided once and changes nothing else.
    """

    kind = models.CharField(max_length=10, choices=RateKind.choices)
    currency = models.CharField(max_length=3)
    home = models.CharField(max_length=3)
    # The month it holds for; of a plan rate the first month of its fiscal year.
    month = models.DateField()
    rate = models.DecimalField(max_digits=RATE_DIGITS, decimal_places=RATE_DECIMALS)
    state = models.CharField(max_length=10, choices=RateState.choices, default=RateState.PROPOSED)
    proposed_by = TenantForeignKey(Membership)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = TenantForeignKey(Membership, null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="kpis_rate_id"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "currency", "month"],
                condition=models.Q(state=RateState.PROPOSED),
                name="kpis_rate_one_proposal",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=RateKind.values), name="kpis_rate_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RateState.values), name="kpis_rate_state"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=IS_CURRENCY, home__regex=IS_CURRENCY),
                name="kpis_rate_currency",
            ),
            models.CheckConstraint(
                condition=~models.Q(currency=models.F("home")), name="kpis_rate_not_of_itself"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="kpis_rate_positive"),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="kpis_rate_first_of_month"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state=RateState.PROPOSED, decided_by__isnull=True, decided_at__isnull=True
                )
                | models.Q(
                    ~models.Q(state=RateState.PROPOSED),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="kpis_rate_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=RateState.CONFIRMED)
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="kpis_rate_second_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "kind", "currency", "month", "id"],
                condition=models.Q(state=RateState.CONFIRMED),
                name="kpis_rate_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.month:%Y-%m}"
