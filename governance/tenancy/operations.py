"""Migration operations: how a tenant table gets its key, walls, grants and guards."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from governance.tenancy.fields import TenantForeignKey

POLICY = "tenant_only"


def app_role() -> str:
    """Name of the application's own database role, from its address."""
    return str(settings.APP_DATABASE_ROLE)


class _TableOperation(Operation):
    """Runs its SQL forwards and its counterpart backwards on one model's table."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state alone: everything here lives in the database only."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in self.forwards(to_state.apps.get_model(app_label, self.model_name)):
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in self.backwards(from_state.apps.get_model(app_label, self.model_name)):
            schema_editor.execute(statement)

    def forwards(self, model: type[Model]) -> Iterator[str]:
        raise NotImplementedError

    def backwards(self, model: type[Model]) -> Iterator[str]:
        raise NotImplementedError

    def describe(self) -> str:
        return f"{type(self).__name__} for {self.model_name}"


class TenantTable(_TableOperation):
    """Physical key, composite references, forced row security and grants of one tenant table.

    `append_only` leaves the application SELECT and INSERT alone and adds triggers that stop even
    the owner; `audited` refuses to commit a change whose transaction recorded no audit event (A1).
    """

    def __init__(
        self, model_name: str, *, append_only: bool = False, audited: bool = False
    ) -> None:
        super().__init__(model_name)
        self.append_only, self.audited = append_only, audited

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"append_only": self.append_only, "audited": self.audited}
        return type(self).__name__, [self.model_name], {k: v for k, v in options.items() if v}

    def forwards(self, model: type[Model]) -> Iterator[str]:
        table = model._meta.db_table
        if model._meta.pk.column == "id":
            yield f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey"
            yield f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (tenant_id, id)"
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                yield reference_sql(field)
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        yield (
            f"CREATE POLICY {POLICY} ON {table} USING (tenant_id = current_tenant()) "
            "WITH CHECK (tenant_id = current_tenant())"
        )
        if self.append_only:
            yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {app_role()}"
            yield from append_only_sql(table)
        if self.audited:
            yield (
                f"CREATE CONSTRAINT TRIGGER must_be_audited AFTER INSERT OR UPDATE OR DELETE "
                f"ON {table} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION must_be_audited()"
            )

    def backwards(self, model: type[Model]) -> Iterator[str]:
        table = model._meta.db_table
        for trigger in ("must_be_audited", "deny_change", "deny_truncate"):
            yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
        yield f"DROP POLICY {POLICY} ON {table}"
        yield f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"


class TenantReference(_TableOperation):
    """The composite constraint of a `TenantForeignKey` added to a table that already stands."""

    def __init__(self, model_name: str, field_name: str) -> None:
        super().__init__(model_name)
        self.field_name = field_name

    def forwards(self, model: type[Model]) -> Iterator[str]:
        yield reference_sql(model._meta.get_field(self.field_name))

    def backwards(self, model: type[Model]) -> Iterator[str]:
        field = model._meta.get_field(self.field_name)
        yield f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {reference_name(field)}"


def reference_name(field: Any) -> str:
    """Name of a composite constraint: `<table>_<field>_fk`."""
    return f"{field.model._meta.db_table}_{field.name}_fk"


def reference_sql(field: Any) -> str:
    """ALTER TABLE for the composite constraint; immediate, so that the error names it at once."""
    return (
        f"ALTER TABLE {field.model._meta.db_table} ADD CONSTRAINT {reference_name(field)} "
        f"FOREIGN KEY (tenant_id, {field.column}) "
        f"REFERENCES {field.remote_field.model._meta.db_table} (tenant_id, id)"
    )


def append_only_sql(table: str) -> Iterator[str]:
    """Triggers that refuse change and truncation to every role, replication mode included."""
    yield (
        f"CREATE TRIGGER deny_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION deny_change()"
    )
    yield (
        f"CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION deny_change()"
    )
    yield (
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER deny_change, "
        "ENABLE ALWAYS TRIGGER deny_truncate"
    )
