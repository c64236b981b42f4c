"""Words of restatements (V4, S8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RestatementState(models.TextChoices):
    """How far a restatement has come."""

    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ReportView(models.TextChoices):
    """Whether restatements count (V4)."""

    CURRENT = "current", _("As it is now")
    PUBLISHED = "published", _("As published")
