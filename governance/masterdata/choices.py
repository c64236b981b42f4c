"""Words of master data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Seat(models.TextChoices):
    """What somebody is in a forum (E3)."""

    CHAIR = "chair", _("Chair")
    MEMBER = "member", _("Member")


class Shown(models.TextChoices):
    """Which rows of a list are shown."""

    ALL = "all", _("Active and inactive")
    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")


# The words of the addresses and of the API, in the order of the tabs.
KIND_LABELS = {
    "business-units": _("Business units"),
    "functions": _("Functions"),
    "legal-entities": _("Legal entities"),
    "forums": _("Forums"),
}
