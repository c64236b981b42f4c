"""The tenant itself, and the base of every table that belongs to one."""

import uuid
from typing import Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from governance.tenancy.choices import MONTHS_IN_YEAR, CurrencyBasis
from governance.tenancy.context import tenant_for_saving
from governance.tenancy.managers import TenantManager

SLUG_PATTERN = r"^[a-z][a-z0-9-]{1,40}$"


class Tenant(models.Model):
    """One customer. Shared reference data: it has no tenant of its own and points at none."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=41, unique=True, validators=[RegexValidator(SLUG_PATTERN)])
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="EUR")
    currency_basis = models.CharField(
        max_length=10, choices=CurrencyBasis.choices, default=CurrencyBasis.PLAN
    )
    fiscal_year_start = models.PositiveSmallIntegerField(default=1)
    headline_metric = models.CharField(max_length=30, default="EBITDA")
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    source_note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=SLUG_PATTERN), name="governance_tenant_slug"
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__range=(1, MONTHS_IN_YEAR)),
                name="governance_tenant_fiscal_year_start",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="governance_tenant_currency"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TenantOwned(models.Model):
    """A row of one tenant.

    Django sees `id` as the key; the physical key is `(tenant_id, id)`, made with row security and
    grants by `TenantTable`. Relations go through the same fail-closed manager.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, db_index=False, editable=False, related_name="+"
    )

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.tenant_id = tenant_for_saving(self.tenant_id)
        super().save(*args, **kwargs)


class Addressed(TenantOwned):
    """A tenant row that the API addresses by a uuid, because it has no code."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta(TenantOwned.Meta):
        abstract = True


class Versioned(TenantOwned):
    """A tenant row that people edit: the version decides who was first."""

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        abstract = True

    def touched(self) -> Self:
        """The same row one version later, not yet saved."""
        self.version += 1
        self.updated_at = Now()
        return self
