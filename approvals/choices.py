"""Words of decisions (domain.md, section 4): states of requests and steps, outcomes, conditions."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestState(models.TextChoices):
    """Where a request stands; everything but open is final."""

    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    VOIDED = "voided", _("Voided")


class Outcome(models.TextChoices):
    """How somebody votes and how a request ends (G5)."""

    GO = "go", _("Go")
    CONDITIONAL_GO = "conditional_go", _("Go with conditions")
    SEND_BACK = "send_back", _("Send back")
    HOLD = "hold", _("Put on hold")
    CANCEL = "cancel", _("Cancel")

    @property
    def is_go(self) -> bool:
        return self in {Outcome.GO, Outcome.CONDITIONAL_GO}


class StepMode(models.TextChoices):
    """How many of those asked must say go (G6)."""

    ANY = "any", _("Any one")
    ALL = "all", _("All")
    N_OF_M = "n_of_m", _("A number of them")


class StepState(models.TextChoices):
    """Where a step of a route stands."""

    WAITING = "waiting", _("Waiting for the step before")
    OPEN = "open", _("Open")
    MET = "met", _("Met")
    ENDED = "ended", _("Ended")


class ConditionState(models.TextChoices):
    """Where a condition of a conditional go stands (T6)."""

    OPEN = "open", _("Open")
    MET = "met", _("Accepted as met")
    LAPSED = "lapsed", _("Not met in time")


class ReasonCode(models.TextChoices):
    """Why a request is sent back, or asked for outside the ladder (T7 to T13, T15)."""

    INCOMPLETE = "incomplete", _("Incomplete")
    NOT_CONVINCING = "not_convincing", _("Not convincing")
    VALUE_DOUBTFUL = "value_doubtful", _("Value doubtful")
    TIMING = "timing", _("Timing")
    RESOURCES = "resources", _("Resources missing")
    DEPENDENCY = "dependency", _("Waits for something else")
    DESCOPED = "descoped", _("Scope reduced")
    DOUBLE_COUNT = "double_count", _("Counted twice")
    UNDER_DELIVERY = "under_delivery", _("Delivers less than planned")
    NOT_SUSTAINED = "not_sustained", _("Not sustained")
    CHANGED_CIRCUMSTANCES = "changed_circumstances", _("Circumstances changed")
    AUDIT_FINDING = "audit_finding", _("Audit finding")
    OTHER = "other", _("Other")
