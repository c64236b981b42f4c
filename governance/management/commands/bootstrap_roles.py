"""`manage.py bootstrap_roles`: the two database roles and the database, once per server."""

import os
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.tenancy.bootstrap import Plan, bootstrap_roles, open_schema

ADMIN_VARIABLE = "ADMIN_DATABASE_URL"


class Command(BaseCommand):
    help = (
        "Makes the application's and the migrator's role and their database. Needs "
        f"{ADMIN_VARIABLE}, the address of a role that may create both, beside DATABASE_URL and "
        "MIGRATOR_DATABASE_URL, whose names and passwords it uses. Safe to run again."
    )
    # The roles do not exist yet, so nothing may ask the database before this has run.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        admin_url = os.environ.get(ADMIN_VARIABLE, "").strip()
        migrator_url = settings.ENV.migrator_database_url
        if not admin_url or not migrator_url:
            raise CommandError(f"Set {ADMIN_VARIABLE} and MIGRATOR_DATABASE_URL.")
        plan = Plan.from_urls(app_url=settings.ENV.database_url, migrator_url=migrator_url)
        refuse_unequal_names(plan, settings.ENV.database_url)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            made = bootstrap_roles(admin, plan)
        with psycopg.connect(migrator_url, autocommit=True) as owner:
            open_schema(owner, visitor=plan.app.name)
        self.stdout.write("Made " + ", ".join(made) if made else "Everything stood already.")


def refuse_unequal_names(plan: Plan, app_url: str) -> None:
    """Two addresses that differ in database, or agree in role, are a slip of the pen."""
    if urlsplit(app_url).path.lstrip("/") != plan.database:
        raise CommandError("DATABASE_URL and MIGRATOR_DATABASE_URL name different databases.")
    if plan.app.name == plan.migrator.name:
        raise CommandError("DATABASE_URL and MIGRATOR_DATABASE_URL need two different roles.")
