"""What a document is good for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """Which claim a document backs; a gate asks for some of these by name (G4)."""

    BUSINESS_CASE = "business_case", _("Business case")
    LEDGER = "ledger", _("Ledger evidence")
    MILESTONE = "milestone", _("Milestone evidence")
    OTHER = "other", _("Other document")
