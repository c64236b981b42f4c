"""The product serves as an ordinary database role, or not at all."""

import logging
from typing import Any

import psycopg
from celery import bootsteps
from django.conf import settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
# Row security binds neither a superuser, nor who may bypass it, nor (unforced) a table's owner.
MIGHT = """
SELECT r.rolsuper OR r.rolbypassrls
    OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
    OR EXISTS (SELECT 1 FROM pg_database d
               WHERE d.datname = current_database() AND d.datdba = r.oid)
FROM pg_roles r WHERE r.rolname = current_user
"""


class MightyRole(SystemExit):
    """Web and workers must not run as owner, superuser or with BYPASSRLS."""


def refuse_mighty_role() -> None:
    """Stop the start under a role that row security does not bind.

    Uses a connection of its own, so that no pool is open when a worker forks. A database that is
    away is no answer: requests fail by themselves until it is back. Raises `MightyRole`.
    """
    try:
        with psycopg.connect(settings.ENV.database_url, connect_timeout=CONNECT_SECONDS) as server:
            row = server.execute(MIGHT).fetchone()
    except psycopg.OperationalError as error:
        log.warning("the database role could not be checked: %s", error)
        return
    if row is not None and row[0]:
        raise MightyRole(
            f"Tollgate does not start as {settings.APP_DATABASE_ROLE}: that role owns tables, is "
            "a superuser or has BYPASSRLS, and row security would not bind it. Put the "
            "application's role into DATABASE_URL; `manage.py bootstrap_roles` creates it."
        )


class OrdinaryRole(bootsteps.Step):
    """The same refusal for workers."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        refuse_mighty_role()
