"""Words of stage models."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelState(models.TextChoices):
    """Where a version of a stage model stands; a published one never changes (S5)."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    REPLACED = "replaced", _("Replaced by a later version")


class Track(models.TextChoices):
    """The whole ladder, or the one that skips Detailed for small measures (section 3)."""

    STANDARD = "standard", _("Standard track")
    LIGHT = "light", _("Light track")


class CriterionKind(models.TextChoices):
    """How a criterion is met (G4)."""

    AUTOMATIC = "automatic", _("Checked by the product")
    ATTESTED = "attested", _("Attested by a person")
    EVIDENCE = "evidence", _("Shown by a document")


class Part(models.TextChoices):
    """Whom a step of a route asks."""

    CO_SIGNATURE = "co_signature", _("Sponsor, who co-signs")
    CONTROLLER = "controller", _("Controller")
    SPONSOR = "sponsor", _("Sponsor")
    RECEIVER = "receiver", _("Receiving line manager")
    FORUM = "forum", _("Steering committee")
    CLOSING_CONTROLLER = "closing_controller", _("Controller named on the measure")
    SECOND_FINANCE = "second_finance", _("Second finance signature")
    HEAD_OF_CONTROLLING = "head_of_controlling", _("Head of controlling")
    OTHER_CONTROLLER = "other_controller", _("Another controller")
    OWNER_ABOVE = "owner_above", _("Owner of the next node up")
