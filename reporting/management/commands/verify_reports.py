"""`manage.py verify_reports`: proves signed reports and names the first difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.management.arguments import chosen_tenants
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from reporting.services import reports_verify


class Command(BaseCommand):
    help = (
        "Recomputes the hash of every signed report, follows the chains and compares both with the "
        "audit trail. Exit code 0 when all holds, else 1 with the first difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")

    def handle(self, *_args: Any, **options: Any) -> None:
        for tenant in chosen_tenants(options["tenant"]):
            with tenant_transaction(tenant.pk):
                found = reports_verify(tenant=tenant, by=system_actor(tenant.pk, via="command"))
            if found is not None:
                raise CommandError(f"{tenant.slug}: {found}")
            self.stdout.write(f"{tenant.slug}: the signed reports hold")
