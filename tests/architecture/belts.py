"""What each of the three belts promises, as checks that a test can also run on a broken house."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db.models import Count, Model
from psycopg import errors

from governance.tenancy.context import NoActiveTenant
from governance.tenancy.models import TenantOwned

NODE = """
    INSERT INTO governance_node
      (tenant_id, id, level, parent_id, path, code, name, sort_key, description, is_default,
       source_key, public_id, version)
    VALUES (%s, %s, %s, %s, %s, %s, 'x', 'x', '', false, '', gen_random_uuid(), 1)
"""


@dataclass(frozen=True)
class Plot:
    """One tenant in a throw-away database: its id and the id of its root node."""

    tenant: int
    root: int


def act_in(connection: psycopg.Connection, tenant: int | None) -> None:
    """Make a tenant active for the rest of this transaction, as the product does."""
    value = "" if tenant is None else str(tenant)
    connection.execute(f"SET LOCAL app.tenant_id = '{value}'")


def note(connection: psycopg.Connection, tenant: int) -> None:
    """An audit event, so that the transaction may change audited tables."""
    body = json.dumps({"id": str(uuid.uuid4()), "action": "node.created"})
    connection.execute(
        "INSERT INTO governance_auditevent (tenant_id, body) VALUES (%s, %s)", [tenant, body]
    )


def plant(connection: psycopg.Connection, slug: str) -> Plot:
    """A tenant with its root node, written by hand by whoever may."""
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO governance_tenant (slug, name, currency, currency_basis, public_id,"
            " fiscal_year_start, headline_metric, language, time_zone, source_note)"
            " VALUES (%s, %s, 'EUR', 'plan', gen_random_uuid(), 1, 'EBITDA', 'en', 'UTC', '')"
            " RETURNING id",
            [slug, slug],
        ).fetchone()
        assert made is not None
        (tenant,) = made
        root = 1000 + tenant
        act_in(connection, tenant)
        note(connection, tenant)
        connection.execute(NODE, [tenant, root, 0, None, f"{root}/", slug])
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return Plot(tenant, root)


def manager_fails_closed(model: type[Model]) -> None:
    """Belt 1: without an active tenant every way to ask raises, `exists()` and `count()` too."""
    rows = model._default_manager
    for ask in (
        lambda: list(rows.all()),
        rows.exists,
        rows.count,
        lambda: rows.get(pk=1),
        rows.first,
        lambda: rows.filter(pk=1),
        lambda: rows.aggregate(n=Count("pk")),
        lambda: list(rows.values_list("pk")),
        lambda: list(rows.iterator()),
        lambda: rows.in_bulk([1]),
        lambda: rows.update(pk=1),
        rows.create,
        lambda: rows.bulk_create([model()]),
        lambda: rows.using("default").exists(),
        lambda: model._base_manager.filter(pk=1).exists(),
        lambda: TenantOwned.save(model()),
    ):
        with pytest.raises(NoActiveTenant):
            ask()


def write(connection: psycopg.Connection, tenant: int, statement: str, values: list[Any]) -> None:
    """One audited statement in a transaction of its own, with a tenant active."""
    with connection.transaction():
        act_in(connection, tenant)
        note(connection, tenant)
        connection.execute(statement, values)


def reference_stays_inside(connection: psycopg.Connection, ours: Plot, theirs: Plot) -> None:
    """Belt 2: a row of ours cannot point at a row of theirs, and the error names the key."""
    child = [ours.tenant, 9001, 1, theirs.root, f"{theirs.root}/9001/", "PF-01"]
    with pytest.raises(errors.ForeignKeyViolation) as caught:
        write(connection, ours.tenant, NODE, child)
    assert caught.value.diag.constraint_name == "governance_node_parent_fk"


def rows_stay_inside(connection: psycopg.Connection, ours: Plot, theirs: Plot) -> None:
    """Belt 3: SQL without any filter sees the active tenant alone, and writes nowhere else."""
    everything = "SELECT DISTINCT tenant_id FROM governance_node"
    with connection.transaction():
        act_in(connection, ours.tenant)
        assert connection.execute(everything).fetchall() == [(ours.tenant,)]
        touched = connection.execute("UPDATE governance_node SET name = 'y'").rowcount
        assert touched == 1
        note(connection, ours.tenant)
    with connection.transaction():
        act_in(connection, None)
        assert connection.execute(everything).fetchall() == []
    with pytest.raises(errors.InsufficientPrivilege):
        write(connection, ours.tenant, NODE, [theirs.tenant, 9002, 0, None, "9002/", "spoof"])
    with pytest.raises(errors.InsufficientPrivilege):
        write(connection, ours.tenant, "UPDATE governance_node SET tenant_id = %s", [theirs.tenant])
