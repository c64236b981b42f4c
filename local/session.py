"""A command's hold on the embedded server, and the environment the product reads."""

import fcntl
import os
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import IO

from local.databases import (
    APP_ROLE,
    BROKER_DATABASE,
    BROKER_ROLE,
    DATABASE,
    MIGRATOR_ROLE,
    prepare_databases,
)
from local.home import Home, home_from, locked, open_lock, read_secrets
from local.postgres import Server

# Commands that change or compare the schema work as its owner, where the owner's address is given.
OWNER_COMMANDS = frozenset(
    {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "lintmigrations"}
)
# These say something about the program alone; no server needs to run for them.
SERVERLESS_COMMANDS = frozenset({"", "help", "--help", "-h", "version", "--version"})


@dataclass(slots=True)
class Session:
    """While this is held the embedded server runs; released or killed, it may stop."""

    server: Server
    lease: IO[bytes]

    def release(self) -> None:
        self.lease.close()

    def environment(self) -> dict[str, str]:
        """The variables by which the product finds the embedded server and its secrets."""
        address = self.server.address
        return {
            "DATABASE_URL": address(APP_ROLE, DATABASE),
            "MIGRATOR_DATABASE_URL": address(MIGRATOR_ROLE, DATABASE),
            "BROKER_URL": address(BROKER_ROLE, BROKER_DATABASE, scheme="pgmq"),
            "SECRET_KEY": read_secrets(self.server.home)["secret_key"],
            "TOLLGATE_HOME": str(self.server.home.root),
        }


def hold(home: Home) -> Session:
    """Use the running embedded server, or start it; it stays at least until the release."""
    home.create()
    with locked(home.start_lock):
        # Shared before looking: the keeper stops the server only while nobody shares.
        lease = open_lock(home.lease, fcntl.LOCK_SH)
        try:
            server = Server(home)
            server.ensure_running()
            prepare_databases(server)
        except BaseException:
            lease.close()
            raise
    return Session(server, lease)


def is_external(environment: MutableMapping[str, str]) -> bool:
    """Whether the caller named a database server of their own."""
    return bool(environment.get("DATABASE_URL", "").strip())


def prepare(arguments: Sequence[str]) -> Session | None:
    """Before Django reads its settings: find or start what a command typed by hand needs.

    The session returned is kept for the life of the process; its end, by whatever means, is what
    lets the server stop. Nothing happens where `DATABASE_URL` is given.
    """
    command = arguments[1] if len(arguments) > 1 else ""
    session = None
    if not is_external(os.environ) and command not in SERVERLESS_COMMANDS:
        session = hold(home_from())
        fill(os.environ, session.environment())
    if command in OWNER_COMMANDS and os.environ.get("MIGRATOR_DATABASE_URL"):
        os.environ.setdefault("TOLLGATE_DATABASE_ROLE", "migrator")
    return session


def fill(environment: MutableMapping[str, str], values: dict[str, str]) -> None:
    """Set what is not set; an empty text counts as not set."""
    for name, value in values.items():
        if not environment.get(name, "").strip():
            environment[name] = value
