"""`manage.py verify_audit`: walks the chains of audit seals and names the first difference (A2)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.audit.selectors import Head, Verification, verify
from governance.management.arguments import chosen_tenants
from governance.tenancy.context import tenant_transaction


class Command(BaseCommand):
    help = (
        "Verifies the audit chain of one tenant or all. With an exported head, a chain that was "
        "cut short or written anew shows too. Exit code 0 when all holds, else 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")
        parser.add_argument("--head", metavar="FILE", type=Path, help="from export_audit_head")

    def handle(self, *_args: Any, **options: Any) -> None:
        heads = heads_in(options["head"]) if options["head"] else {}
        tenants = chosen_tenants(options["tenant"])
        missing = sorted(set(heads) - {tenant.slug for tenant in tenants})
        if missing and not options["tenant"]:
            raise CommandError(f"{missing[0]}: the exported head names a tenant that is gone.")
        for tenant in tenants:
            with tenant_transaction(tenant.pk):
                found = verify(heads.get(tenant.slug))
            if found.fault is not None:
                raise CommandError(f"{tenant.slug}: {found.fault}")
            self.stdout.write(f"{tenant.slug}: {summary(found)}")


def summary(found: Verification) -> str:
    """How much was verified: batches, sealed events, and those still waiting for a seal."""
    head = found.head
    return f"{head.batch} batches with {head.events} events hold; {found.unsealed} not yet sealed"


def heads_in(path: Path) -> dict[str, Head]:
    """Exported heads by tenant, one JSON object a line; raises `CommandError` naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    heads = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            head = _head_in(line, where=f"{path}, line {number}")
            heads[head.tenant] = head
    if not heads:
        raise CommandError(f"{path} holds no exported head.")
    return heads


def _head_in(line: str, *, where: str) -> Head:
    try:
        fields = json.loads(line)
        return Head(
            str(fields["tenant"]), int(fields["batch"]), str(fields["hash"]), int(fields["events"])
        )
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(f"{where} is not an exported head.") from error
