"""Words of claims and validations (V5, S4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What finance says of a claim."""

    VALIDATED = "validated", _("Validated")
    ADJUSTED = "adjusted", _("Adjusted")
    REJECTED = "rejected", _("Rejected")


class MonthState(models.TextChoices):
    """How far the actual of one month has come."""

    OPEN = "open", _("Nothing claimed")
    CLAIMED = "claimed", _("Claimed, waits for finance")
    AWAITING_SECOND = "awaiting_second", _("Adjusted upwards, waits for a second signature")
    VALIDATED = "validated", _("Validated")
    ADJUSTED = "adjusted", _("Adjusted")
    REJECTED = "rejected", _("Rejected")
