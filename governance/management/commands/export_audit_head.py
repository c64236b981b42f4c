"""`manage.py export_audit_head`: where each audit chain ends, to be kept elsewhere (A2)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.audit.selectors import audit_head
from governance.management.arguments import chosen_tenants
from governance.tenancy.context import tenant_transaction


class Command(BaseCommand):
    help = (
        "Prints one JSON line per tenant with the end of its audit chain. Kept outside the "
        "database and given to verify_audit, it shows a chain that was cut or written anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")

    def handle(self, *_args: Any, **options: Any) -> None:
        for tenant in chosen_tenants(options["tenant"]):
            with tenant_transaction(tenant.pk):
                self.stdout.write(json.dumps(audit_head().as_dict()))
