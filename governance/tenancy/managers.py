"""Belt 1: a manager that raises without an active tenant and filters by it otherwise."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from governance.tenancy.context import active_tenant_id, tenant_for_saving

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """A query set whose new rows belong to the active tenant."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            row.tenant_id = tenant_for_saving(row.tenant_id)  # type: ignore[attr-defined]  # every model here is TenantOwned
        return super().bulk_create(rows, *args, **kwargs)

    def lock(self) -> "TenantQuerySet[M]":
        """Lock rows without blocking the foreign-key checks of their children."""
        return self.select_for_update(no_key=True, of=("self",))


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]  # dynamic base
    """Every query starts inside the active tenant; without one it raises `NoActiveTenant`."""

    def get_queryset(self) -> TenantQuerySet[Any]:
        tenant_id = active_tenant_id()
        queryset: TenantQuerySet[Any] = super().get_queryset()
        return queryset.filter(tenant_id=tenant_id)
