"""Words of exchange rates: for what they hold, and where they stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateKind(models.TextChoices):
    """For what a rate holds: the plan of a fiscal year, or a month as it was (V8)."""

    PLAN = "plan", _("Plan rate")
    AVERAGE = "average", _("Average rate of the month")
    CLOSING = "closing", _("Closing rate of the month")


class RateState(models.TextChoices):
    """What became of a proposed rate."""

    PROPOSED = "proposed", _("Waits for confirmation")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RateBasis(models.TextChoices):
    """By which rates amounts of other currencies join a total (V8)."""

    PLAN = "plan", _("At plan rate")
    PERIOD = "period", _("At period rate")
