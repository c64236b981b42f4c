"""Words of exceptions (domain.md, section 9): where from, of what kind, where they stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExceptionState(models.TextChoices):
    """Where an exception stands (E1); verified and closed are its two ends."""

    OPEN = "open", _("No owner yet")
    ASSIGNED = "assigned", _("Assigned")
    DECISION_REQUESTED = "decision_requested", _("Decision requested")
    DECIDED = "decided", _("Decided")
    # What was decided was seen to be done; closed is what was accepted as it is.
    VERIFIED = "verified", _("Verified")
    CLOSED = "closed", _("Closed")

    @property
    def is_ended(self) -> bool:
        return self in ENDED

    @property
    def is_unanswered(self) -> bool:
        return self in UNANSWERED


class ExceptionSource(models.TextChoices):
    """What opened an exception; each cause opens one once."""

    UNMET_CONDITION = "unmet_condition", _("Condition not met")
    LAPSED_CLOCK = "lapsed_clock", _("Clock lapsed")
    HOLD_REVIEW = "hold_review", _("Hold past its review")
    SUSTAIN_SHORTFALL = "sustain_shortfall", _("Value not sustained")
    MANUAL = "manual", _("Opened by hand")


class Category(models.TextChoices):
    """What an exception is about (E1)."""

    DEMAND = "demand", _("Demand")
    SUPPLY = "supply", _("Supply")
    PRICE = "price", _("Price")
    CAPACITY = "capacity", _("Capacity")
    CUSTOMER_COMMITMENT = "customer_commitment", _("Customer commitment")
    SCHEDULE = "schedule", _("Schedule")
    FINANCE = "finance", _("Finance")
    OTHER = "other", _("Other")


class Tier(models.IntegerChoices):
    """Who answers, from near to far (E2)."""

    LOCAL = 1, _("Local")
    CROSS_FUNCTIONAL = 2, _("Cross-functional")
    COMMITTEE = 3, _("Steering committee")


class ExceptionOutcome(models.TextChoices):
    """How an exception is answered: in exactly one of these ways (E1)."""

    ACCELERATE = "accelerate", _("Accelerate")
    PIVOT = "pivot", _("Pivot")
    REALLOCATE = "reallocate", _("Reallocate")
    RE_BASELINE = "re_baseline", _("Re-baseline")
    HOLD = "hold", _("Put on hold")
    CANCEL = "cancel", _("Cancel")
    ACCEPT = "accept", _("Accept as it is")


class Act(models.TextChoices):
    """What people do with an exception, in its order."""

    ASSIGN = "assign", _("Assign")
    ASK = "ask", _("Ask for a decision")
    DECIDE = "decide", _("Decide")
    VERIFY = "verify", _("Verify")


ENDED = (ExceptionState.VERIFIED, ExceptionState.CLOSED)
UNANSWERED = (ExceptionState.OPEN, ExceptionState.ASSIGNED, ExceptionState.DECISION_REQUESTED)
LIVE = (*UNANSWERED, ExceptionState.DECIDED)
ANSWERED = (ExceptionState.DECIDED, *ENDED)
