"""Which servers the suite runs on, and one database per test process on them."""

import contextlib
import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString, Self
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

from governance.tenancy.bootstrap import close_doors, open_schema
from local.databases import BROKER_ROLE, install_queue
from local.home import DEFAULT_HOME, PROJECT, Home
from local.postgres import SUPERUSER
from local.session import Session, hold

PREFIX = "test_tollgate"
TEMPLATE = f"{PREFIX}_template"
TEMPLATES_KEPT = 4
# One process at a time makes or clears test databases on a server.
BUILD_LOCK = 7_204_116
WHAT_SHAPES_THE_SCHEMA = ("migrations/**/*.py", "**/models*.py", "tenancy/*.py", "**/*.sql")
ORIGINALS = {
    "app": "TOLLGATE_TEST_DATABASE_URL",
    "migrator": "TOLLGATE_TEST_MIGRATOR_DATABASE_URL",
    "redis": "TOLLGATE_TEST_REDIS_URL",
}


@dataclass
class Servers:
    """The addresses of one test process; the databases come with `create_databases`."""

    name: str
    app_url: str
    migrator_url: str
    broker_url: str
    server_url: str
    session: Session | None
    presence: list[psycopg.Connection] = field(default_factory=list)

    @classmethod
    def embedded(cls, name: str) -> Self:
        session = hold(Home(DEFAULT_HOME / "test", durable=False))
        found = session.environment()
        return cls(
            name=name,
            app_url=with_database(found["DATABASE_URL"], name),
            migrator_url=with_database(found["MIGRATOR_DATABASE_URL"], name),
            broker_url=with_database(found["BROKER_URL"], f"{name}_queue"),
            server_url=found["MIGRATOR_DATABASE_URL"],
            session=session,
        )

    @classmethod
    def external(cls, name: str, environment: MutableMapping[str, str]) -> Self:
        app, migrator, broker = (environment.get(key, "") for key in ORIGINALS.values())
        if not (app and migrator and broker):
            raise pytest.UsageError(
                "With DATABASE_URL set the tests also need MIGRATOR_DATABASE_URL and REDIS_URL."
            )
        return cls(
            name=name,
            app_url=with_database(app, name),
            migrator_url=with_database(migrator, name),
            broker_url=f"{broker}?global_keyprefix={name}:",
            server_url=migrator,
            session=None,
        )

    @property
    def app_role(self) -> str:
        return unquote(urlsplit(self.app_url).username or "")

    def environment(self) -> dict[str, str]:
        """What the settings read, for this process and those it starts."""
        return {
            "DATABASE_URL": self.app_url,
            "MIGRATOR_DATABASE_URL": self.migrator_url,
            "BROKER_URL": self.broker_url,
            "TOLLGATE_DATABASE_ROLE": "app",
            "TOLLGATE_HOME": str(DEFAULT_HOME / "test"),
            "SECRET_KEY": "only-for-tests-" * 4,
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "PUBLIC_URL": "http://testserver",
            "DEBUG": "0",
        }

    def create_databases(self) -> None:
        """Copy the migrated template, and the queue's; clears what killed runs left behind."""
        with self._building() as owner:
            clear_leftovers(owner)
            create_copy(owner, self.name, ensure_template(owner, self))
            close_doors(owner, self.name, visitor=self.app_role)
            self._show_presence(self.migrator_url)
        if self.session is not None:
            self._create_queue(self.session)

    def drop_databases(self) -> None:
        for shown in self.presence:
            shown.close()
        if self.session is None:
            # Whoever still holds a connection keeps its database; the next run clears it.
            with self._building() as owner, contextlib.suppress(psycopg.errors.ObjectInUse):
                drop(owner, self.name)
            drop_keys(self.broker_url.partition("?")[0], self.name)
            return
        with psycopg.connect(self._superuser_url(self.session), autocommit=True) as admin:
            drop(admin, self.name, force=True)
            drop(admin, f"{self.name}_queue", force=True)

    def release(self) -> None:
        """Let go of the embedded server; it stops with its last user."""
        if self.session is not None:
            self.session.release()

    def _show_presence(self, url: str) -> None:
        # A database somebody is connected to cannot be dropped: this is what tells a running
        # test process from a killed one.
        self.presence.append(psycopg.connect(url, autocommit=True))

    def _create_queue(self, session: Session) -> None:
        template = f"{TEMPLATE}_queue_{version('pgmq').replace('.', '_')}"
        broker_url = session.environment()["BROKER_URL"].replace("pgmq:", "postgresql:", 1)
        with psycopg.connect(self._superuser_url(session), autocommit=True) as admin:
            admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
            clear_leftovers(admin)
            if not exists(admin, template):
                create(admin, f"{template}_draft", owner=BROKER_ROLE)
                install_queue(with_database(broker_url, f"{template}_draft"))
                rename(admin, f"{template}_draft", template)
            create_copy(admin, f"{self.name}_queue", template, owner=BROKER_ROLE)
            self._show_presence(with_database(broker_url, f"{self.name}_queue"))

    def _superuser_url(self, session: Session) -> str:
        return session.server.address(SUPERUSER, "postgres")

    @contextlib.contextmanager
    def _building(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.server_url, autocommit=True) as owner:
            owner.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
            yield owner


def prepare_servers(environment: MutableMapping[str, str]) -> Servers:
    """Choose embedded or external servers and write this process's addresses down.

    Test processes inherit the addresses of the one that started them; the caller's own are kept
    beside, so that every process derives its database from the same server.
    """
    is_inherited = environment.get("TOLLGATE_TEST_SERVERS")
    if not is_inherited:
        is_external = bool(environment.get("DATABASE_URL", "").strip())
        environment["TOLLGATE_TEST_SERVERS"] = "external" if is_external else "embedded"
        for key, source in zip(
            ORIGINALS.values(), ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "REDIS_URL"), strict=True
        ):
            environment[key] = environment.get(source, "").strip()
    run = environment.setdefault("TOLLGATE_TEST_RUN", uuid.uuid4().hex[:8])
    name = f"{PREFIX}_{run}_{environment.get('PYTEST_XDIST_WORKER', 'main')}"
    if environment["TOLLGATE_TEST_SERVERS"] == "external":
        servers = Servers.external(name, environment)
    else:
        environment.pop("REDIS_URL", None)
        servers = Servers.embedded(name)
    environment.update(servers.environment())
    return servers


def ensure_template(owner: psycopg.Connection, servers: Servers) -> str:
    """The migrated database that all others are copied from, made anew when migrations change."""
    template = f"{TEMPLATE}_{schema_digest()}"
    if exists(owner, template):
        return template
    draft = f"{template}_draft"
    create(owner, draft)
    draft_url = with_database(servers.server_url, draft)
    with psycopg.connect(draft_url, autocommit=True) as inside:
        open_schema(inside, visitor=servers.app_role)
    migrate(draft_url, servers)
    rename(owner, draft, template)
    drop_old_templates(owner)
    return template


def migrate(url: str, servers: Servers) -> None:
    """Run the migrations in a process of their own: this one only ever knows the app role."""
    outcome = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=PROJECT,
        env={
            **os.environ,
            **servers.environment(),
            "MIGRATOR_DATABASE_URL": url,
            "TOLLGATE_DATABASE_ROLE": "migrator",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    if outcome.returncode != 0:
        pytest.exit(f"The migrations failed:\n{outcome.stdout}{outcome.stderr}", returncode=3)


def schema_digest() -> str:
    """A fingerprint of everything that shapes the migrated database."""
    digest = hashlib.sha256()
    paths: set[Path] = {PROJECT / "requirements" / "base.txt"}
    for app in (marker.parent for marker in PROJECT.glob("*/migrations")):
        for pattern in WHAT_SHAPES_THE_SCHEMA:
            paths.update(app.glob(pattern))
    for path in sorted(paths):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


# --- plain steps on a server ----------------------------------------------------------------


def with_database(url: str, name: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def exists(server: psycopg.Connection, name: str) -> bool:
    found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None


def create(server: psycopg.Connection, name: str, *, owner: str | None = None) -> None:
    drop(server, name)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    if owner is not None:
        give(server, name, owner)


def create_copy(
    server: psycopg.Connection, name: str, template: str, *, owner: str | None = None
) -> None:
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    if owner is not None:
        give(server, name, owner)


def give(server: psycopg.Connection, name: str, owner: str) -> None:
    server.execute(
        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(owner))
    )


def rename(server: psycopg.Connection, name: str, new_name: str) -> None:
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(name), sql.Identifier(new_name)
        )
    )


def drop(server: psycopg.Connection, name: str, *, force: bool = False) -> None:
    """Drop a database; by force even under the feet of connections that a test left open."""
    manner = sql.SQL(" WITH (FORCE)") if force else sql.SQL("")
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}{}").format(sql.Identifier(name), manner))


def clear_leftovers(server: psycopg.Connection) -> None:
    """Drop our databases of killed runs; a living run is connected to its own."""
    drop_unused(
        server,
        "SELECT datname FROM pg_database WHERE datname ^@ %s AND NOT datname ^@ %s",
        [f"{PREFIX}_", TEMPLATE],
    )


def drop_old_templates(server: psycopg.Connection) -> None:
    drop_unused(
        server,
        "SELECT datname FROM pg_database WHERE datname ^@ %s AND NOT datname ^@ %s"
        " ORDER BY oid DESC OFFSET %s",
        [f"{TEMPLATE}_", f"{TEMPLATE}_queue", TEMPLATES_KEPT],
    )


def drop_unused(server: psycopg.Connection, query: LiteralString, values: list[Any]) -> None:
    """Drop those of the found databases that we own and nobody is connected to."""
    found = server.execute(
        sql.SQL(
            "SELECT found.datname FROM ({}) AS found JOIN pg_database USING (datname)"
            " WHERE pg_has_role(datdba, 'MEMBER') AND NOT EXISTS"
            " (SELECT FROM pg_stat_activity AS one WHERE one.datname = found.datname)"
        ).format(sql.SQL(query)),
        values,
    ).fetchall()
    for (name,) in found:
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            drop(server, name)


def drop_keys(url: str, prefix: str) -> None:
    """Remove what a test run put into a shared Redis."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(match=f"{prefix}:*"):
            client.delete(key)
