"""Words of master data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Seat(models.TextChoices):
    """What somebody is in a forum (E3)."""

    CHAIR = "chair", _("Chair")
    MEMBER = "member", _("Member")
