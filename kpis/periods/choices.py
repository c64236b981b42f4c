"""Words of periods (V4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodState(models.TextChoices):
    """How far a month is closed."""

    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Claims ended")
    LOCKED = "locked", _("Locked")
