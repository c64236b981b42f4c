"""Three belts keep tenants apart (N1): each is proven, and each proof notices its loss."""

from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import models
from psycopg import errors

from governance.tenancy.context import AnotherTenant, NoActiveTenant
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.managers import TenantManager
from governance.tenancy.models import TenantOwned
from governance.tree.models import Node
from tests.architecture.belts import (
    Plot,
    manager_fails_closed,
    plant,
    reference_stays_inside,
    rows_stay_inside,
)
from tests.architecture.conftest import Scratch
from tests.houses import House, World

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantOwned)]


@pytest.fixture
def plots(scratch: Scratch) -> tuple[Plot, Plot]:
    return plant(scratch.owner, "ours"), plant(scratch.owner, "theirs")


@pytest.fixture
def app(scratch: Scratch) -> Iterator[psycopg.Connection]:
    with scratch.app() as connection:
        yield connection


# --- belt 1: the manager ----------------------------------------------------------------------


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_without_a_tenant_no_manager_answers(model: type[models.Model]) -> None:
    manager_fails_closed(model)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_every_manager_of_a_tenant_table_fails_closed(model: type[models.Model]) -> None:
    assert {type(manager) for manager in model._meta.managers} == {TenantManager}
    assert type(model._base_manager) is TenantManager


def test_a_relation_does_not_answer_without_a_tenant(alpha: House) -> None:
    with alpha.active():
        node = Node.objects.get(pk=alpha.package.pk)
    with pytest.raises(NoActiveTenant):
        _ = node.parent
    with pytest.raises(NoActiveTenant):
        node.refresh_from_db()


def test_every_query_names_its_tenant_and_every_join_carries_it(in_alpha: House) -> None:
    sql = str(Node.objects.select_related("parent", "owner").query)
    assert f'"governance_node"."tenant_id" = {in_alpha.tenant.pk}' in sql
    assert sql.count('"governance_node"."tenant_id" = (') == 2


def test_the_tests_notice_a_manager_that_answers_without_a_tenant(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        manager_fails_closed(Node)


def test_a_row_of_one_tenant_cannot_be_saved_while_another_is_active(world: World) -> None:
    with world.alpha.active():
        node = Node.objects.get(pk=world.alpha.package.pk)
    with world.beta.active(), pytest.raises(AnotherTenant):
        node.save()
    with world.beta.active(), pytest.raises(AnotherTenant):
        Node.objects.bulk_create([node])


# --- belt 2: composite keys -------------------------------------------------------------------


def test_a_row_cannot_point_across_tenants(
    app: psycopg.Connection, plots: tuple[Plot, Plot]
) -> None:
    reference_stays_inside(app, *plots)


def test_the_tests_notice_a_missing_composite_key(
    scratch: Scratch, app: psycopg.Connection, plots: tuple[Plot, Plot]
) -> None:
    for name in ("governance_node_parent_fk", "governance_node_parent_level_fk"):
        scratch.owner.execute(f"ALTER TABLE governance_node DROP CONSTRAINT {name}")
    with pytest.raises((pytest.fail.Exception, errors.CheckViolation)):
        reference_stays_inside(app, *plots)


def test_every_reference_between_tenant_tables_is_a_tenant_reference() -> None:
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in TENANT_MODELS
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and issubclass(field.remote_field.model, TenantOwned)
        and not isinstance(field, TenantForeignKey)
    ]
    assert plain == []


# --- belt 3: row security ---------------------------------------------------------------------


def test_sql_without_a_filter_stays_inside_the_tenant(
    app: psycopg.Connection, plots: tuple[Plot, Plot]
) -> None:
    rows_stay_inside(app, *plots)


@pytest.mark.parametrize(
    "removal",
    [
        "ALTER TABLE governance_node DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY tenant_only ON governance_node USING (true)",
        "ALTER POLICY tenant_only ON governance_node WITH CHECK (true)",
        "CREATE POLICY gap ON governance_node USING (true)",
    ],
)
def test_the_tests_notice_missing_row_security(
    scratch: Scratch, app: psycopg.Connection, plots: tuple[Plot, Plot], removal: str
) -> None:
    scratch.owner.execute(removal)
    with pytest.raises((AssertionError, pytest.fail.Exception, errors.Error)):
        rows_stay_inside(app, *plots)


def test_every_tenant_table_shows_no_rows_without_a_tenant(
    app: psycopg.Connection, plots: tuple[Plot, Plot]
) -> None:
    for model in TENANT_MODELS:
        count = app.execute(f"SELECT count(*) FROM {model._meta.db_table}").fetchone()
        assert count == (0,), model._meta.label
