"""`manage.py import_cost_savings`: the first import, of a federal IT cost-savings file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, transaction

from exchange.cost_savings.reader import MAX_BYTES, read_records
from exchange.cost_savings.report import Report, as_data, as_text
from exchange.cost_savings.rules import DEFAULT_PORTFOLIO
from exchange.cost_savings.services import SourceFile, cost_savings_import, digest_of
from governance.management.arguments import refusals_as_command_errors, tenant_named
from governance.people.choices import Role
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.text import one_line, text_fault

NAME_LENGTH = 180


class Command(BaseCommand):
    help = (
        "Imports the IT savings strategies of a federal agency (costsavings.json) as measures, all "
        "or nothing, and reports what it found in the file. Running it again creates nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--portfolio", default=DEFAULT_PORTFOLIO, metavar="NAME")
        parser.add_argument("--dry-run", action="store_true", help="try it and take it back")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="report as JSON too")

    def handle(self, *_args: Any, **options: Any) -> None:
        portfolio = one_line(options["portfolio"])
        if fault := text_fault(portfolio, limit=NAME_LENGTH):
            raise CommandError(f"--portfolio: {fault}")
        tenant = tenant_named(options["tenant"])
        with refusals_as_command_errors():
            source = read_source(options["file"])
            report = run(source, tenant, portfolio, is_dry_run=options["dry_run"])
        self.stdout.write(printable(as_text(report), self.stdout.encoding))
        if options["report"] is not None:
            write_report(report, options["report"])


def read_source(path: Path) -> SourceFile:
    """The file with its records; raises `CommandError` if it cannot be read."""
    name = path.name.encode(errors="replace").decode()
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    return SourceFile(name, digest_of(content), read_records(content, name=name))


def run(source: SourceFile, tenant: Tenant, portfolio: str, *, is_dry_run: bool) -> Report:
    """Import in one transaction; a dry run takes it back at the end."""
    try:
        with tenant_transaction(tenant.pk):
            by = system_actor(tenant.pk, Role.PMO, name="Import")
            report = cost_savings_import(
                source=source, portfolio=portfolio, by=by, is_dry_run=is_dry_run
            )
            if is_dry_run:
                transaction.set_rollback(True)
            return report
    except OperationalError as error:
        text = "Somebody else is saving the same things right now; nothing was written. Try again."
        raise CommandError(text) from error


def printable(text: str, encoding: str | None) -> str:
    """The text as this terminal can show it: an import that is done must not end in an error."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)


def write_report(report: Report, path: Path) -> None:
    text = json.dumps(as_data(report), ensure_ascii=False, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        text = f"The report could not be written: {path}: {error.strerror}"
        raise CommandError(text) from error
