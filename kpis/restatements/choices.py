"""Words of restatements (V4, S8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportView(models.TextChoices):
    """Whether restatements count (V4)."""

    CURRENT = "current", _("As it is now")
    PUBLISHED = "published", _("As published")
