"""Words of KPIs: direction, kind, rhythm and where a period stands (domain.md, K1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

MONTHS_IN_YEAR = 12


class Direction(models.TextChoices):
    """Which way is better."""

    INCREASE = "increase", _("Higher is better")
    DECREASE = "decrease", _("Lower is better")
    WITHIN_BAND = "within_band", _("Within a band")
    UNKNOWN = "unknown", _("Not stated")


class KpiKind(models.TextChoices):
    """Whether a KPI tells what will come or what came."""

    LEADING = "leading", _("Leading")
    LAGGING = "lagging", _("Lagging")
    UNKNOWN = "unknown", _("Not stated")


class Rhythm(models.TextChoices):
    """How often a KPI is measured."""

    MONTH = "month", _("Monthly")
    QUARTER = "quarter", _("Quarterly")
    YEAR = "year", _("Yearly")

    @property
    def months(self) -> int:
        """How many months one period lasts."""
        return {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.YEAR: MONTHS_IN_YEAR}[self]


class Standing(models.TextChoices):
    """How an actual stands to what was wanted."""

    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    WITHIN = "within", _("Within band")
    OUTSIDE = "outside", _("Outside band")

    @property
    def is_good(self) -> bool:
        return self in {Standing.MET, Standing.WITHIN}
