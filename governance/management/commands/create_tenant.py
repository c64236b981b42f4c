"""`manage.py create_tenant`: a tenant with its first administrator."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from governance.management.arguments import refusals_as_command_errors
from governance.onboarding import Onboarded, tenant_create
from governance.people.invitations import password_url
from governance.people.services import Person
from governance.tenancy.services import TenantSettings


class Command(BaseCommand):
    help = (
        "Sets up a tenant: its settings, the root of its tree, and a first person who administers "
        "it. A worker mails the invitation; the address to choose a password is printed as well."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True, help="short name in addresses, as in /t/acme/")
        parser.add_argument("--name", required=True, help="how people call the tenant")
        parser.add_argument("--currency", default="EUR", help="three letters (default: EUR)")
        parser.add_argument(
            "--fiscal-year-start", type=int, default=1, metavar="MONTH", help="1 to 12 (default: 1)"
        )
        parser.add_argument(
            "--language", default="en", help=f"one of {', '.join(dict(settings.LANGUAGES))}"
        )
        parser.add_argument(
            "--time-zone", default="UTC", help="where its days begin, as in Europe/Berlin"
        )
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        wanted = TenantSettings(
            name=options["name"],
            currency=options["currency"],
            fiscal_year_start=options["fiscal_year_start"],
            language=options["language"],
            time_zone=options["time_zone"],
        )
        person = Person(email=options["admin_email"], name=options["admin_name"])
        with refusals_as_command_errors():
            done = tenant_create(slug=options["slug"], settings=wanted, administrator=person)
        self.stdout.write("\n".join(report(done)))


def report(done: Onboarded) -> list[str]:
    """What was done, line by line; a new log-in has no password yet and is told where to set it."""
    tenant, person = done.tenant, done.administrator
    lines = [
        f"Tenant {tenant.slug} ({tenant.name}), address {settings.PUBLIC_URL}/t/{tenant.slug}/",
        f"Currency {tenant.currency}, fiscal year from month {tenant.fiscal_year_start}.",
        f"Administrator: {person.name} <{person.email}>. An invitation goes out by mail.",
    ]
    if not person.user.has_usable_password():
        lines.append(f"Choose a password at: {password_url(person.user)}")
    return lines
