"""`manage.py recompute_rollups`: computes all roll-ups of a tenant anew, with its progress."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.management.arguments import chosen_tenants
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from reporting.rollups.selectors import freshness
from reporting.rollups.services import NOT_MINE, drain, recompute_all


class Command(BaseCommand):
    help = (
        "Marks every node of a tenant and computes them batch by batch, each in a transaction "
        "of its own. Stopped half-way, the rest is done by the workers or by --resume."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")
        parser.add_argument("--resume", action="store_true", help="go on where it was stopped")

    def handle(self, *_args: Any, **options: Any) -> None:
        for tenant in chosen_tenants(options["tenant"]):
            if not options["resume"]:
                with tenant_transaction(tenant.pk):
                    recompute_all(tenant)
            while self._batch(tenant):
                pass

    def _batch(self, tenant: Tenant) -> bool:
        """One batch, and how far that is; whether anything is left to do here."""
        with tenant_transaction(tenant.pk):
            count = drain(tenant)
        with tenant_transaction(tenant.pk):
            now = freshness(tenant)
        self.stdout.write(f"{tenant.slug}: {now.done} of {now.total} nodes")
        return count != NOT_MINE and bool(now.waiting)
