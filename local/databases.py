"""Roles and databases on the embedded server, the message queue's included."""

from importlib.resources import files

import psycopg
from psycopg import sql

from governance.tenancy.bootstrap import (
    Account,
    Plan,
    bootstrap_roles,
    close_doors,
    ensure_database,
    ensure_role,
    open_schema,
)
from local.home import read_secrets
from local.postgres import SUPERUSER, Server

APP_ROLE = "tollgate_app"
MIGRATOR_ROLE = "tollgate_migrator"
BROKER_ROLE = "tollgate_broker"
DATABASE = "tollgate"
BROKER_DATABASE = "tollgate_broker"
BROKER_RIGHTS = "LOGIN NOCREATEDB NOBYPASSRLS NOSUPERUSER NOCREATEROLE NOREPLICATION"
QUEUE_LOCK = 7_204_114


def account(server: Server, role: str) -> Account:
    """A role of the embedded server with its generated password."""
    secret = f"{role.removeprefix('tollgate_')}_password"
    return Account(role, read_secrets(server.home)[secret])


def prepare_databases(server: Server) -> None:
    """Bring roles, databases and the queue's tables to the wanted state; safe to run again."""
    plan = Plan(DATABASE, account(server, MIGRATOR_ROLE), account(server, APP_ROLE))
    with psycopg.connect(server.address(SUPERUSER, "postgres"), autocommit=True) as admin:
        bootstrap_roles(admin, plan)
        ensure_role(admin, account(server, BROKER_ROLE), BROKER_RIGHTS)
        ensure_database(admin, BROKER_DATABASE, owner=BROKER_ROLE)
        close_doors(admin, BROKER_DATABASE, visitor=None)
    with psycopg.connect(server.address(MIGRATOR_ROLE, DATABASE), autocommit=True) as owner:
        open_schema(owner, visitor=APP_ROLE)
    install_queue(server.address(BROKER_ROLE, BROKER_DATABASE))


def install_queue(address: str) -> None:
    """Run the queue's own SQL in its database, as its owner, once.

    The SQL cannot be run twice, so it runs in one transaction with the look whether it has.
    """
    with psycopg.connect(address) as owner:
        owner.execute("SELECT pg_advisory_xact_lock(%s)", [QUEUE_LOCK])
        if owner.execute("SELECT to_regclass('pgmq.meta')").fetchone() != (None,):
            return
        text = files("pgmq").joinpath("sql", "pgmq.sql").read_text(encoding="utf-8")
        owner.execute(text.encode())


def return_unfinished(address: str) -> int:
    """Make messages visible again that a killed worker had taken; call while no worker runs.

    Otherwise each would wait out its visibility timeout, half an hour. Returns how many.
    """
    count = 0
    with psycopg.connect(address) as owner:
        for (name,) in owner.execute("SELECT queue_name FROM pgmq.meta").fetchall():
            queue = sql.Identifier("pgmq", f"q_{name}")
            count += owner.execute(
                sql.SQL("UPDATE {} SET vt = now() WHERE read_ct > 0 AND vt > now()").format(queue)
            ).rowcount
    return count
