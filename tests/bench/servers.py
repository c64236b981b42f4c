"""The benchmark's own database on an embedded server that keeps its promises (fsync on)."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg
from django.conf import settings

from local.home import DEFAULT_HOME, Home
from local.postgres import SUPERUSER
from local.session import hold
from tests.plugins.servers import Servers, with_database

NAME = "test_tollgate_bench"
# Another name keeps a run from the server and the kept database of others.
HOME = DEFAULT_HOME / os.environ.get("TOLLGATE_BENCH", "bench")
PLAIN_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"


def held() -> Servers:
    """Start or find the server; nothing is built yet."""
    session = hold(Home(HOME))
    found = session.environment()
    return Servers(
        name=NAME,
        app_url=with_database(found["DATABASE_URL"], NAME),
        migrator_url=with_database(found["MIGRATOR_DATABASE_URL"], NAME),
        broker_url=with_database(found["BROKER_URL"], f"{NAME}_queue"),
        server_url=found["MIGRATOR_DATABASE_URL"],
        session=session,
    )


@contextmanager
def built(servers: Servers, *, keep: bool) -> Iterator[None]:
    """A freshly migrated database, known to Django; dropped at the end unless it is to be kept."""
    os.environ.pop("REDIS_URL", None)
    os.environ.update(
        servers.environment()
        | {"TOLLGATE_HOME": str(HOME), "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    try:
        drop_former(servers)
        servers.create_databases()
        # No static files are collected: pages carry their plain addresses.
        warnings.filterwarnings("ignore", message="No directory at")
        django.setup()
        settings.API_CALLS_PER_MINUTE = 10**9
        settings.STORAGES["staticfiles"]["BACKEND"] = PLAIN_STORAGE
        yield
    finally:
        if not keep:
            servers.drop_databases()
        servers.release()


def drop_former(servers: Servers) -> None:
    """A database kept from the run before makes room; that of a living run refuses to go."""
    with psycopg.connect(superuser_url(servers, "postgres"), autocommit=True) as admin:
        for name in (NAME, f"{NAME}_queue"):
            admin.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())


def superuser_url(servers: Servers, database: str = NAME) -> str:
    """The address of the owner of the server, for what no role of the product may do."""
    assert servers.session is not None
    return servers.session.server.address(SUPERUSER, database)
