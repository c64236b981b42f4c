"""`manage.py seed_demo`: the demo tenants, once, and the password of their log-ins."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.demo.data import ACCOUNT_ROLES, CONSULTANT_EMAIL, account_email
from exchange.demo.services import education, nordwerk
from exchange.demo.services.accounts import demo_emails, passwords_set
from governance.management.arguments import refusals_as_command_errors

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SEEDS = {education.SLUG: education.education_seed, nordwerk.SLUG: nordwerk.nordwerk_seed}


class Command(BaseCommand):
    help = (
        "Loads the demo tenants education and nordwerk through the product's services, gives their "
        "log-ins one password, and prints them. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--password", help="for all demo log-ins (default: the variable DEMO_PASSWORD)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        password = options["password"] or os.environ.get("DEMO_PASSWORD", "")
        refuse_public_address()
        if not password.strip():
            raise CommandError(
                "Give the password of the demo log-ins: --password or DEMO_PASSWORD."
            )
        for slug, seed in SEEDS.items():
            with refusals_as_command_errors():
                is_new = seed(settings.DEMO_DATA)
            self.stdout.write(f"{slug}: {'loaded' if is_new else 'is there already'}")
        passwords_set(emails=demo_emails(SEEDS), password=password)
        self.stdout.write("\n".join(log_ins(password)))


def refuse_public_address() -> None:
    """Log-ins that share one printed password are for the machine they run on."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    if host not in LOOPBACK:
        raise CommandError(
            f"The demo log-ins share one password and are for loopback only; PUBLIC_URL is {host}."
        )


def log_ins(password: str) -> list[str]:
    """The log-ins as a table, one line per role."""
    rows = [
        (role.label, *(account_email(account, slug) for slug in SEEDS))
        for account, role in ACCOUNT_ROLES.items()
    ]
    rows = [("Role", *SEEDS), *rows, ("Consultant", *([CONSULTANT_EMAIL] * len(SEEDS)))]
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(SEEDS) + 1)]
    lines = [
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return ["", *lines, "", f"Password for all: {password}"]
