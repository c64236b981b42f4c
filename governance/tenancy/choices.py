"""Words of the tenancy floor."""

from django.db import models
from django.utils.translation import gettext_lazy as _

MONTHS_IN_YEAR = 12


class CurrencyBasis(models.TextChoices):
    """At which rate totals in the tenant's currency are shown (V8)."""

    PLAN = "plan", _("Plan rate")
    PERIOD = "period", _("Period rate")
