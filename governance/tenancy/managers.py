"""Belt 1: a manager that raises without an active tenant and filters by it otherwise."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import NOT_PROVIDED

from governance.tenancy.context import active_tenant_id, tenant_for_saving

M = TypeVar("M", bound=models.Model)


def _is_given(field: Any) -> bool:
    """Whether a new row says this column: not its tenant, and not what the database fills in."""
    is_made = field.generated or field.db_default is not NOT_PROVIDED
    return not is_made and field.name != "tenant"


def _typed(kinds: Sequence[str]) -> str:
    """Columns of a record set by their types, named after their places."""
    return ", ".join(f"c{at} {kind}" for at, kind in enumerate(kinds))


def _document(records: Sequence[Sequence[Any]]) -> str:
    """Records as one JSON document whose keys say their places."""
    rows = [{f"c{at}": value for at, value in enumerate(record)} for record in records]
    return json.dumps(rows, default=str, ensure_ascii=False)


class TenantQuerySet(models.QuerySet[M]):
    """A query set whose new rows belong to the active tenant."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            row.tenant_id = tenant_for_saving(row.tenant_id)  # type: ignore[attr-defined]  # every model here is TenantOwned
        return super().bulk_create(rows, *args, **kwargs)

    def insert_many(self, rows: Sequence[M]) -> None:
        """Insert rows and give them their ids; defaults of the database apply.

        One statement with one document instead of a value per cell: several times as fast as
        `bulk_create`, which spells out every cell once a column has a default of the database.
        """
        for row, number in zip(rows, self.next_ids(len(rows)), strict=True):
            row.pk = number if row.pk is None else row.pk
            row.tenant_id = tenant_for_saving(row.tenant_id)  # type: ignore[attr-defined]  # every model here is TenantOwned
        fields = [field for field in self.model._meta.local_concrete_fields if _is_given(field)]
        names = [field.name for field in fields]
        attributes = [field.attname for field in fields]
        self.insert_records(names, [[getattr(row, a) for a in attributes] for row in rows])

    def insert_records(
        self,
        names: Sequence[str],
        records: Sequence[Sequence[Any]],
        same: Mapping[str, Any] | None = None,
    ) -> None:
        """Insert records whose values stand in the order of `names`; `same` holds for all."""
        if not records:
            return
        same = same or {}
        columns, kinds = self._columns([*names, *same])
        typed = _typed(kinds[: len(names)])
        taken = [f"r.c{at}" for at in range(len(names))]
        given = [f"%s::{kind}" for kind in kinds[len(names) :]]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.model._meta.db_table} (tenant_id, {', '.join(columns)})"  # noqa: S608  # names are our own
                f" SELECT {', '.join(['%s', *taken, *given])}"
                f" FROM json_to_recordset(%s::json) AS r({typed})",
                [active_tenant_id(), *same.values(), _document(records)],
            )

    def update_records(self, names: Sequence[str], records: Sequence[Sequence[Any]]) -> None:
        """Update rows with one statement: records hold the id, then values as `names` say."""
        if not records:
            return
        columns, kinds = self._columns(["id", *names])
        setting = ", ".join(f"{column} = r.c{at}" for at, column in enumerate(columns) if at)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self.model._meta.db_table} t SET {setting}"  # noqa: S608  # names are our own
                f" FROM json_to_recordset(%s::json) AS r({_typed(kinds)})"
                " WHERE t.tenant_id = %s AND t.id = r.c0",
                [_document(records), active_tenant_id()],
            )

    def _columns(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Columns of fields with their types.

        Without their lengths: a cast to `varchar(20)` would cut a text that the column refuses.
        """
        wanted: list[Any] = [self.model._meta.get_field(name) for name in names]
        kinds = [str(field.db_type(connection)).split("(", 1)[0] for field in wanted]
        return [f'"{field.column}"' for field in wanted], kinds

    def next_ids(self, count: int) -> list[int]:
        """Ids before the rows exist."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [self.model._meta.db_table, count],
            )
            return [row[0] for row in cursor.fetchall()]

    def lock(self) -> "TenantQuerySet[M]":
        """Lock rows without blocking the foreign-key checks of their children."""
        return self.select_for_update(no_key=True, of=("self",))


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]  # dynamic base
    """Every query starts inside the active tenant; without one it raises `NoActiveTenant`."""

    def get_queryset(self) -> TenantQuerySet[Any]:
        tenant_id = active_tenant_id()
        queryset: TenantQuerySet[Any] = super().get_queryset()
        return queryset.filter(tenant_id=tenant_id)
