"""A database to break, and the callers of the access matrix."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from governance.tenancy.bootstrap import close_doors
from tests.architecture.access.samples import furnish
from tests.architecture.matrix import Matrix
from tests.houses import build_world
from tests.plugins.servers import Servers, create_copy, drop, ensure_template, with_database


@dataclass
class Scratch:
    """A throw-away database: `owner` is its migrator, `app()` connects as the application."""

    name: str
    owner: psycopg.Connection
    app_url: str
    migrator_url: str

    def app(self) -> psycopg.Connection:
        return psycopg.connect(self.app_url)


@pytest.fixture
def scratch(servers: Servers, django_db_setup: None) -> Iterator[Scratch]:
    name = f"{servers.name}_s{uuid.uuid4().hex[:6]}"
    with servers._building() as server:
        create_copy(server, name, ensure_template(server, servers))
        close_doors(server, name, visitor=servers.app_role)
        # Whoever clears leftovers spares a database that somebody is connected to.
        owner = psycopg.connect(with_database(servers.migrator_url, name), autocommit=True)
    yield Scratch(
        name=name,
        owner=owner,
        app_url=with_database(servers.app_url, name),
        migrator_url=with_database(servers.migrator_url, name),
    )
    owner.close()
    with servers._building() as server:
        _drop_when_empty(server, name)


def _drop_when_empty(server: psycopg.Connection, name: str) -> None:
    """A closed connection's process leaves a moment later than its caller."""
    for _attempt in range(50):
        try:
            return drop(server, name)
        except psycopg.errors.ObjectInUse:
            time.sleep(0.05)
    return drop(server, name)


@pytest.fixture(scope="session")
def committed_matrix(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Matrix:
    with django_db_blocker.unblock():
        world = build_world(f"-{uuid.uuid4().hex[:8]}")
        cookies = {
            f"{who}@{house.slug}": house.client(who).cookies
            for house in world.houses
            for who in house.people
        }
        token = world.beta.caller("administrator").token
        return Matrix(furnish(world.alpha), world.beta, cookies, token)


@pytest.fixture
def matrix(db: None, committed_matrix: Matrix) -> Matrix:
    return committed_matrix
