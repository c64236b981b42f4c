"""Words of lights and leakage (domain.md, sections 6 and 7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lamp(models.TextChoices):
    """What a light shows.

    Grey says that it does not apply yet, stale that nobody reported in time (L4); to the eye both
    are grey.
    """

    GREEN = "green", _("Green")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")
    BLUE = "blue", _("Done")
    GREY = "grey", _("n/a")
    STALE = "stale", _("Stale")


# What outweighs nothing and is left out of the lights of nodes (L5).
SILENT = (Lamp.GREY, Lamp.STALE)
# What somebody may say instead of a derived light.
STATED = (Lamp.GREEN, Lamp.AMBER, Lamp.RED)
STATED_CHOICES = [(lamp.value, lamp.label) for lamp in STATED]


class LightName(models.TextChoices):
    """The three lights of a measure (section 7)."""

    IMPLEMENTATION = "implementation", _("Implementation")
    POTENTIAL = "potential", _("Potential")
    EVIDENCE = "evidence", _("Evidence")


class LeakageReason(models.TextChoices):
    """Why less was delivered than was promised first (F7)."""

    CANCELLED = "cancelled", _("Cancelled")
    DESCOPED = "descoped", _("Descoped")
    DELAYED = "delayed", _("Delayed")
    UNDER_DELIVERY = "under_delivery", _("Under-delivery")
    PRICE_OR_VOLUME = "price_or_volume", _("Price or volume")
    FX = "fx", _("FX")
    DOUBLE_COUNT = "double_count", _("Double count")
    NOT_SUSTAINED = "not_sustained", _("Not sustained")


class Step(models.TextChoices):
    """The steps of a bridge, in the order of F8."""

    NEW = "new", _("New")
    MOVED_IN = "moved_in", _("Moved in")
    MOVED_OUT = "moved_out", _("Moved out")
    SCOPE = "scope", _("Scope")
    VALUE = "value", _("Value")
    TIMING = "timing", _("Timing")
    DEPENDENCY = "dependency", _("Dependency")
    REINSTATED = "reinstated", _("Reinstated or reopened")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled or deleted")
    FX = "fx", _("FX")
    RESTATEMENT = "restatement", _("Restatement")


# The amounts of F3 by name, in the order in which they are told.
AMOUNTS = (
    "identified",
    "hardened",
    "bankable",
    "validated",
    "parked",
    "validated_to_date",
    "plan_to_date",
)
