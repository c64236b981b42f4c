"""A foreign key that joins, follows and constrains by (tenant, id): belt 2."""

from typing import Any

from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import WhereNode


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]  # the stubs' two parameters say nothing here
    """Points at a row of the same tenant.

    Every join carries `tenant_id = tenant_id` beside the id, so that the planner sees the tenant
    on both sides; the database constraint `(tenant_id, x_id)` comes from the migration operation
    `TenantTable` or `TenantReference`, and is immediate so that its error names it at once.
    """

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs

    def get_extra_restriction(self, alias: Any, related_alias: Any) -> WhereNode:
        ours: Any = self.model._meta.get_field("tenant")
        theirs: Any = self.remote_field.model._meta.get_field("tenant")
        same_tenant: Any = Exact(Col(related_alias, ours), Col(alias, theirs))
        return WhereNode([same_tenant])

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        return {"tenant_id": getattr(instance, "tenant_id", None)}
