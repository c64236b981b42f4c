"""The suite's databases: built once as the migrator, used as the application's own role."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.plugins.environment import SERVERS
from tests.plugins.servers import Servers

ROLE_FACTS = """
    SELECT current_user = %s AS is_app, rolsuper OR rolbypassrls AS is_mighty,
           datdba = pg_roles.oid AS is_owner
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """Addresses of this process's databases."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def django_db_setup(
    servers: Servers, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In place of pytest-django's: a copy of the migrated template, seen as the app role."""
    servers.create_databases()
    with django_db_blocker.unblock():
        assert_ordinary_role(servers)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        connection.close_pool()
    servers.drop_databases()


def assert_ordinary_role(servers: Servers) -> None:
    """The suite proves nothing about the walls if it runs as somebody who may climb them."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE_FACTS, [servers.app_role])
        assert cursor.fetchone() == (True, False, False), "the tests must run as the app role"
    connection.close()


@pytest.fixture(scope="session", autouse=True)
def _rows_stay() -> Iterator[None]:
    """Transactional tests leave their rows: TRUNCATE is refused to the app role and by triggers.

    Each makes a tenant of its own and asserts within it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: None)
        yield


@pytest.fixture
def migrator_connection(servers: Servers, db: None) -> Iterator[psycopg.Connection]:
    """A raw autocommit connection of the owner, past the walls, to this process's database."""
    with psycopg.connect(servers.migrator_url, autocommit=True) as raw:
        yield raw
