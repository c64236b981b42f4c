"""Makes the database roles and databases once; knows no Django, only a privileged connection.

Safe to run again: what exists is brought to the wanted state, passwords included.
"""

from dataclasses import dataclass
from typing import LiteralString, Self
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

MIGRATOR_RIGHTS = "LOGIN CREATEDB BYPASSRLS NOSUPERUSER NOCREATEROLE NOREPLICATION"
APP_RIGHTS = "LOGIN NOCREATEDB NOBYPASSRLS NOSUPERUSER NOCREATEROLE NOREPLICATION"
# Two bootstraps at once would both find a role missing; this number is theirs alone.
BOOTSTRAP_LOCK = 7_204_113


@dataclass(frozen=True, slots=True)
class Account:
    """A login of the database server."""

    name: str
    password: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(unquote(parts.username or ""), unquote(parts.password or ""))


@dataclass(frozen=True, slots=True)
class Plan:
    """The product's database with its owner and its user."""

    database: str
    migrator: Account
    app: Account

    @classmethod
    def from_urls(cls, *, app_url: str, migrator_url: str) -> Self:
        """Read names and passwords out of the addresses the processes will use."""
        database = unquote(urlsplit(migrator_url).path.lstrip("/"))
        return cls(database, Account.from_url(migrator_url), Account.from_url(app_url))


def bootstrap_roles(admin: psycopg.Connection, plan: Plan) -> list[str]:
    """Make both roles, the database and its door rules; returns a line for each thing made.

    `admin` is an autocommit connection of a role that may create roles and databases.
    """
    with admin.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BOOTSTRAP_LOCK])
        try:
            return [
                *ensure_role(admin, plan.migrator, MIGRATOR_RIGHTS),
                *ensure_role(admin, plan.app, APP_RIGHTS),
                *ensure_database(admin, plan.database, owner=plan.migrator.name),
                *close_doors(admin, plan.database, visitor=plan.app.name),
            ]
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [BOOTSTRAP_LOCK])


def ensure_role(admin: psycopg.Connection, account: Account, rights: LiteralString) -> list[str]:
    """Make or mend a login role with exactly these rights."""
    found = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [account.name]).fetchone()
    verb = "ALTER" if found else "CREATE"
    admin.execute(
        sql.SQL("{verb} ROLE {name} WITH {rights} PASSWORD {password}").format(
            verb=sql.SQL(verb),
            name=sql.Identifier(account.name),
            rights=sql.SQL(rights),
            password=sql.Literal(account.password),
        )
    )
    return [] if found else [f"role {account.name}"]


def ensure_database(admin: psycopg.Connection, name: str, *, owner: str) -> list[str]:
    """Make a database with its owner unless it stands."""
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return []
    # A role that is no superuser may give a database only to a role it belongs to.
    if admin.info.parameter_status("is_superuser") != "on":
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
    )
    return [f"database {name}"]


def close_doors(connection: psycopg.Connection, database: str, *, visitor: str | None) -> list[str]:
    """Only the owner and the named visitor may connect; run by the owner or a superuser."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
    if visitor is not None:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(visitor))
        )
    return []


def open_schema(owner: psycopg.Connection, *, visitor: str) -> None:
    """Inside the database, as its owner: the visitor may use the public schema, nobody may add."""
    owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(visitor)))
