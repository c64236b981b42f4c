"""Belt 1: a manager that raises without an active tenant and filters by it otherwise."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import connection, models

from governance.tenancy.context import active_tenant_id, tenant_for_saving

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """A query set whose new rows belong to the active tenant."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            row.tenant_id = tenant_for_saving(row.tenant_id)  # type: ignore[attr-defined]  # every model here is TenantOwned
        return super().bulk_create(rows, *args, **kwargs)

    def insert_columns(self, count: int, columns: Mapping[str, Any]) -> None:
        """Insert `count` rows given by column: field name to a list, or to one value for all.

        One statement of a few arrays instead of a value per cell: some ten times as fast as
        `bulk_create` for rows whose ids nobody needs. Defaults of the database apply.
        """
        if not count:
            return
        names, places, values = ["tenant_id"], ["%s"], [active_tenant_id()]
        for name, given in columns.items():
            field: Any = self.model._meta.get_field(name)
            # Without its length: a cast to `varchar(20)` would cut a text that the column refuses.
            kind = str(field.db_type(connection)).split("(", 1)[0]
            names.append(f'"{field.column}"')
            places.append(f"unnest(%s::{kind}[])" if isinstance(given, list) else f"%s::{kind}")
            values.append(given)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.model._meta.db_table} ({', '.join(names)})"  # noqa: S608  # names are our own
                f" SELECT {', '.join(places)} FROM generate_series(1, 1)",
                values,
            )

    def lock(self) -> "TenantQuerySet[M]":
        """Lock rows without blocking the foreign-key checks of their children."""
        return self.select_for_update(no_key=True, of=("self",))


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]  # dynamic base
    """Every query starts inside the active tenant; without one it raises `NoActiveTenant`."""

    def get_queryset(self) -> TenantQuerySet[Any]:
        tenant_id = active_tenant_id()
        queryset: TenantQuerySet[Any] = super().get_queryset()
        return queryset.filter(tenant_id=tenant_id)
