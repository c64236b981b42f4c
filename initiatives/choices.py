"""Words of measures: stages, overlays and the degree of implementation (domain.md, section 3)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The five fixed anchors of the ladder."""

    IDENTIFIED = "identified", _("Identified")
    DETAILED = "detailed", _("Detailed")
    DECIDED = "decided", _("Decided")
    IMPLEMENTED = "implemented", _("Implemented")
    CLOSED = "closed", _("Closed")

    @property
    def doi(self) -> int:
        """Degree of implementation as a number, 1 to 5."""
        return list(Stage).index(self) + 1


class Overlay(models.TextChoices):
    """What lies over the stage and is stored; `ShownOverlay` adds what is derived."""

    ACTIVE = "active", _("Active")
    ON_HOLD = "on_hold", _("On hold")
    CANCELLED = "cancelled", _("Cancelled")


class ShownOverlay(models.TextChoices):
    """What is shown over the stage: the stored overlay, else an open request or condition."""

    ACTIVE = Overlay.ACTIVE.value, Overlay.ACTIVE.label
    PENDING = "pending", _("Pending")
    CONDITIONAL = "conditional", _("Conditional")
    ON_HOLD = Overlay.ON_HOLD.value, Overlay.ON_HOLD.label
    CANCELLED = Overlay.CANCELLED.value, Overlay.CANCELLED.label


# What a list of measures may be narrowed to besides: neither held nor cancelled.
LIVE = "live"


class AmountName(models.TextChoices):
    """The four amounts of F3 with what is parked beside them, by the measures behind each."""

    IDENTIFIED = "identified", _("Identified")
    HARDENED = "hardened", _("Hardened")
    BANKABLE = "bankable", _("Bankable")
    VALIDATED = "validated", _("Validated")
    PARKED = "parked", _("Parked")


class Light(models.TextChoices):
    """How a measure was rated by a status report; grey says that nobody rated it."""

    GREEN = "green", _("Green")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")
    GREY = "grey", _("No rating")
    BLUE = "blue", _("Done")


class ReportSource(models.TextChoices):
    """By which door a status report came."""

    FORM = "form", _("Form")
    API = "api", _("API")
    IMPORT = "import", _("Import")


class GovernabilityField(models.TextChoices):
    """The seven fields without which a measure cannot be governed (domain.md, section 2)."""

    OWNER = "owner", _("Owner")
    SPONSOR = "sponsor", _("Sponsor")
    CONTROLLER = "controller", _("Controller")
    BUSINESS_UNIT = "business_unit", _("Business unit")
    FUNCTION = "function", _("Function")
    LEGAL_ENTITY = "legal_entity", _("Legal entity")
    FORUM = "forum", _("Steering committee")
