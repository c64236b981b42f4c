"""Words of the reporting rhythm."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportRhythm(models.TextChoices):
    """How often an owner owes an update of each measure (R1)."""

    WEEKLY = "weekly", _("Weekly")
    FORTNIGHTLY = "fortnightly", _("Every two weeks")
    MONTHLY = "monthly", _("Monthly")
