"""Milestones of measures (D1)."""

from django.db import models

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.rules import (
    FIRST_DAY,
    LAST_DAY,
    LEAST_WEIGHT,
    MOST_WEIGHT,
    REASON_LENGTH,
    TITLE_LENGTH,
    state_of,
)

DAYS = ("plan_on", "forecast_on", "actual_on")


def _days() -> models.Q:
    condition = models.Q()
    for name in DAYS:
        inside = models.Q(**{f"{name}__range": (FIRST_DAY, LAST_DAY)})
        condition &= models.Q(**{f"{name}__isnull": True}) | inside
    return condition


class Milestone(Addressed, Versioned):
    """One step of a measure's plan.

    The owner's side says that it is done, the acceptor accepts it; the database refuses an
    acceptor who owns the measure, and one who accepts what he said was done (S1).
    """

    measure = TenantForeignKey("initiatives.Measure")
    title = models.CharField(max_length=TITLE_LENGTH)
    weight = models.PositiveSmallIntegerField()
    is_critical = models.BooleanField(default=False)
    plan_on = models.DateField(null=True)
    forecast_on = models.DateField(null=True)
    actual_on = models.DateField(null=True)
    acceptor = TenantForeignKey(Membership, null=True)
    done_at = models.DateTimeField(null=True)
    done_by = TenantForeignKey(Membership, null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = TenantForeignKey(Membership, null=True)
    # Why the acceptor gave it back; gone once it is said to be done again.
    return_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="initiatives_milestone_id"
            ),
            models.CheckConstraint(
                condition=models.Q(weight__range=(LEAST_WEIGHT, MOST_WEIGHT)),
                name="initiatives_milestone_weight",
            ),
            models.CheckConstraint(condition=_days(), name="initiatives_milestone_days"),
            models.CheckConstraint(
                condition=models.Q(
                    done_at__isnull=True, done_by__isnull=True, actual_on__isnull=True
                )
                | models.Q(
                    done_at__isnull=False,
                    done_by__isnull=False,
                    actual_on__isnull=False,
                    return_reason="",
                ),
                name="initiatives_milestone_done",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(
                    accepted_at__isnull=False, accepted_by__isnull=False, done_at__isnull=False
                ),
                name="initiatives_milestone_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True)
                | (models.Q(acceptor__isnull=False) & models.Q(accepted_by=models.F("acceptor"))),
                name="initiatives_milestone_accepted_by_acceptor",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True)
                | ~models.Q(accepted_by=models.F("done_by")),
                name="initiatives_milestone_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "measure", "id"], name="initiatives_milestone_measure"),
            models.Index(
                fields=["tenant", "done_at", "id"],
                condition=models.Q(done_at__isnull=False),
                name="initiatives_milestone_done_at",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> MilestoneState:
        return state_of(is_done=self.done_at is not None, is_accepted=self.accepted_at is not None)
