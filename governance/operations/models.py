"""What a worker last saw waiting, added up over all tenants."""

from django.db import models


class QueueState(models.Model):
    """One queue of the database at the last look; bookkeeping that names no tenant.

    Row security hides what waits from whoever asks without a tenant, so that a worker, which goes
    through the tenants anyway, leaves the sums here.
    """

    name = models.CharField(max_length=60, primary_key=True)
    waiting = models.PositiveBigIntegerField()
    tenants = models.PositiveIntegerField()
    oldest_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Something waits since some time, or nothing does.
            models.CheckConstraint(
                condition=models.Q(waiting=0, tenants=0, oldest_at__isnull=True)
                | models.Q(waiting__gt=0, tenants__gt=0, oldest_at__isnull=False),
                name="governance_queue_state_adds_up",
            )
        ]
