"""The suite's own ground: an ordinary role, a database of its own, rows that stay."""

import uuid

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from governance.tenancy.bootstrap import (
    APP_RIGHTS,
    MIGRATOR_RIGHTS,
    Account,
    Plan,
    bootstrap_roles,
    open_schema,
)
from local.databases import BROKER_ROLE, install_queue
from local.postgres import SUPERUSER
from tests.plugins.servers import Servers, with_database

TABLE = "left_behind_by_a_test"


def one(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_tests_run_as_the_application_in_a_database_of_their_own(servers: Servers) -> None:
    assert one("SELECT current_user") == servers.app_role
    assert one("SELECT current_database()") == servers.name
    assert (
        one("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
    )
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
    assert one(owned) == 0


@pytest.mark.django_db
def test_the_application_cannot_empty_or_change_tables() -> None:
    for statement in ("TRUNCATE django_session", "ALTER TABLE django_session ADD COLUMN x int"):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
            transaction.atomic(),
        ):
            one(statement)


@pytest.mark.django_db
def test_the_migrators_connection_is_the_owner_of_the_same_database(
    migrator_connection: psycopg.Connection, servers: Servers
) -> None:
    row = migrator_connection.execute(
        "SELECT current_database(), rolbypassrls, rolsuper, datdba = pg_roles.oid"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
    ).fetchone()
    assert row == (servers.name, True, False, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_transactional_test_commits_and_nothing_flushes_it(
    migrator_connection: psycopg.Connection, turn: str
) -> None:
    name = sql.Identifier(TABLE)
    migrator_connection.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} (turn text)").format(name))
    migrator_connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(name), [turn])
    assert one(f"SELECT count(*) FROM {TABLE} WHERE turn = '{turn}'") == 1


def test_both_roles_come_out_with_exactly_their_rights_however_they_were(servers: Servers) -> None:
    if servers.session is None:
        pytest.skip("only the embedded server lends its superuser to a test")
    mark = f"test_tollgate_{uuid.uuid4().hex[:8]}"
    plan = Plan(mark, Account(f"{mark}_m", "first"), Account(f"{mark}_a", "first"))
    address = servers.session.server.address(SUPERUSER, "postgres")
    with psycopg.connect(address, autocommit=True) as admin:
        assert len(bootstrap_roles(admin, plan)) == 3
        admin.execute(sql.SQL("ALTER ROLE {} SUPERUSER").format(sql.Identifier(plan.app.name)))
        again = Plan(mark, Account(f"{mark}_m", "second"), Account(f"{mark}_a", "second"))
        assert bootstrap_roles(admin, again) == []
        try:
            assert rights_of(admin, plan.app.name) == (True, False, False, False, False)
            assert rights_of(admin, plan.migrator.name) == (True, True, True, False, False)
            with psycopg.connect(
                address, dbname=mark, user=f"{mark}_m", password="second"
            ) as owner:
                open_schema(owner, visitor=plan.app.name)
            app = psycopg.connect(address, dbname=mark, user=f"{mark}_a", password="second")
            with app, pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema public"):
                app.execute("CREATE TABLE mine (id int)")
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(
                    with_database(servers.broker_url.replace("pgmq:", "postgresql:"), mark)
                )
        finally:
            forget(admin, plan)


def rights_of(admin: psycopg.Connection, role: str) -> tuple[object, ...] | None:
    return admin.execute(
        "SELECT rolcanlogin, rolcreatedb, rolbypassrls, rolsuper, rolcreaterole FROM pg_roles"
        " WHERE rolname = %s",
        [role],
    ).fetchone()


def forget(admin: psycopg.Connection, plan: Plan) -> None:
    admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(plan.database)))
    for account in (plan.app, plan.migrator):
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(account.name)))


def test_no_right_is_left_unsaid() -> None:
    for rights in (APP_RIGHTS, MIGRATOR_RIGHTS):
        said = {word.removeprefix("NO") for word in rights.split()}
        assert said == {"LOGIN", "CREATEDB", "BYPASSRLS", "SUPERUSER", "CREATEROLE", "REPLICATION"}


def test_the_queue_is_installed_once_and_owned_by_its_role(servers: Servers) -> None:
    if servers.session is None:
        pytest.skip("with external servers the broker is Redis")
    address = servers.session.environment()["BROKER_URL"].replace("pgmq:", "postgresql:", 1)
    install_queue(address)
    with psycopg.connect(address) as owner:
        query = "SELECT tableowner FROM pg_tables WHERE schemaname = 'pgmq' AND tablename = 'meta'"
        assert owner.execute(query).fetchone() == (BROKER_ROLE,)
