"""Words of escalations: to whom they climb, what became of a level, how they end."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    """Who may be told, from the nearest to the highest."""

    OWES = "owes", _("Who owes it")
    PACKAGE_LEAD = "package_lead", _("Package lead")
    PROGRAM_MANAGER = "program_manager", _("Program manager")
    SPONSOR = "sponsor", _("Sponsor")
    FORUM_CHAIR = "forum_chair", _("Chair of the forum")
    HEAD_OF_CONTROLLING = "head_of_controlling", _("Head of controlling")


class LevelOutcome(models.TextChoices):
    """What became of a level; each is reached once."""

    TOLD = "told", _("told")
    ALREADY = "already", _("had been told before")
    VACANT = "vacant", _("nobody holds this part")
    LEFT = "left", _("has left or may not see it")
    PASSED = "passed", _("passed over: a higher level was due as well")


class EndReason(models.TextChoices):
    """Why an escalation is over."""

    DONE = "done", _("done")
    MOVED = "moved", _("given another date")
    OBSOLETE = "obsolete", _("no longer owed")
