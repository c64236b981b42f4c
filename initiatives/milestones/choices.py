"""Where a milestone stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MilestoneState(models.TextChoices):
    """Derived from who has said what; never stored."""

    PLANNED = "planned", _("Planned")
    DONE = "done", pgettext_lazy("of a milestone", "Said to be done")
    ACCEPTED = "accepted", _("Accepted")
