"""`manage.py create_token`: an API token for a member; prints its text and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.management.arguments import refusals_as_command_errors, tenant_named
from governance.people.choices import TokenScope
from governance.people.selectors import member_by_email
from governance.people.services import token_create
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction

DEFAULT_DAYS = 90


class Command(BaseCommand):
    help = "Creates an API token for a member of a tenant and prints it, once, alone on a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--email", required=True)
        parser.add_argument("--scopes", default="read", help="read, write or read,write")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="valid for so many days")
        parser.add_argument("--name", default="Command line")

    def handle(self, *_args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"])
        scopes = scopes_of(options["scopes"])
        with refusals_as_command_errors(), tenant_transaction(tenant.pk):
            new = token_create(
                membership=member_by_email(options["email"], field="email"),
                name=options["name"],
                scopes=scopes,
                days=options["days"],
                by=system_actor(tenant.pk),
            )
        self.stdout.write(new.text)


def scopes_of(text: str) -> list[TokenScope]:
    """`read,write` as scopes, each once; raises `CommandError` for an unknown word."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in TokenScope.values]
    if unknown or not words:
        known = ", ".join(TokenScope.values)
        raise CommandError(f"Unknown scope {', '.join(unknown) or repr(text)}. Known: {known}.")
    return [scope for scope in TokenScope if scope.value in words]
