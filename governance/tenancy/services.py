"""Writing the tenant's own row; audit and permissions stand above, in `governance.onboarding`."""

import re
from dataclasses import asdict, dataclass
from zoneinfo import available_timezones

from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import Conflict, Invalid, Stale
from governance.tenancy.choices import MONTHS_IN_YEAR
from governance.tenancy.models import SLUG_PATTERN, Tenant
from governance.text import one_line, text_fault

NAME_LENGTH = 200
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """What an administrator may set; the fiscal year starts in month 1 to 12, currency ISO 4217.

    `time_zone` is a name of the IANA database: the tenant's days begin and end there.
    """

    name: str
    currency: str = "EUR"
    fiscal_year_start: int = 1
    language: str = "en"
    time_zone: str = "UTC"

    @property
    def cleaned(self) -> "TenantSettings":
        return TenantSettings(
            one_line(self.name),
            self.currency.strip(),
            self.fiscal_year_start,
            self.language,
            self.time_zone,
        )

    @property
    def faults(self) -> dict[str, list[StrOrPromise]]:
        """What cannot be kept, by field."""
        name_fault = text_fault(self.name, limit=NAME_LENGTH)
        languages = [code for code, _label in django_settings.LANGUAGES]
        checks: dict[str, StrOrPromise | None] = {
            "name": name_fault,
            "currency": None
            if CURRENCY.fullmatch(self.currency)
            else _("Three capital letters, such as EUR."),
            "fiscal_year_start": None
            if 1 <= self.fiscal_year_start <= MONTHS_IN_YEAR
            else _("A month from 1 to 12."),
            "language": None if self.language in languages else _("Choose one of the languages."),
            "time_zone": None
            if self.time_zone in available_timezones()
            else _("Name a time zone as in Europe/Berlin."),
        }
        return {field: [fault] for field, fault in checks.items() if fault}


def tenant_row_create(*, slug: str, settings: TenantSettings) -> Tenant:
    """A new tenant's row; raises `Invalid` by field and `Conflict("slug_taken")`."""
    settings = settings.cleaned
    faults = settings.faults
    if not re.fullmatch(SLUG_PATTERN, slug):
        faults["slug"] = [_("2 to 41 lower-case letters, digits and hyphens, a letter first.")]
    if faults:
        raise Invalid(faults)
    try:
        with transaction.atomic():
            return Tenant.objects.create(slug=slug, **asdict(settings))
    except IntegrityError as error:
        raise Conflict("slug_taken") from error


def tenant_row_change(
    *, tenant_id: int, settings: TenantSettings, seen_version: int
) -> tuple[Tenant, dict[str, list[str]]]:
    """Set what differs; answers the row and {field: [before, after]}, empty where nothing differs.

    Raises `Stale`, then `Invalid` by field.
    """
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
    if tenant.version != seen_version:
        raise Stale(seen_version, tenant.version)
    settings = settings.cleaned
    if faults := settings.faults:
        raise Invalid(faults)
    changes: dict[str, list[str]] = {}
    for field, value in asdict(settings).items():
        before = getattr(tenant, field)
        if before != value:
            setattr(tenant, field, value)
            changes[field] = [str(before), str(value)]
    if changes:
        tenant.version += 1
        tenant.save()
    return tenant, changes
