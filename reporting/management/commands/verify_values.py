"""`manage.py verify_values`: compares figures with their sources and names the first difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.management.arguments import chosen_tenants
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from reporting.services import values_verify


class Command(BaseCommand):
    help = (
        "Compares totals, derived copies and roll-ups with the cells, claims, validations and "
        "history they come from. Exit code 0 when all holds, else 1 with the first difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")

    def handle(self, *_args: Any, **options: Any) -> None:
        for tenant in chosen_tenants(options["tenant"]):
            with tenant_transaction(tenant.pk):
                found = values_verify(tenant=tenant, by=system_actor(tenant.pk, via="command"))
            if found is not None:
                raise CommandError(f"{tenant.slug}: {found}")
            self.stdout.write(f"{tenant.slug}: the figures hold")
