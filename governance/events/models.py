"""Events on their way, what has been consumed, and the workers' heartbeat."""

import uuid

from django.db import models
from django.db.models.functions import Now

from governance.tenancy.models import TenantOwned


class OutboxEvent(TenantOwned):
    """Something that happened, not yet handed to the broker. Written with the change itself."""

    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "id"], name="governance_outbox_order")]


class ConsumedEvent(TenantOwned):
    """A consumer has had this event: delivered twice, it acts once."""

    consumer = models.CharField(max_length=120)
    event_id = models.UUIDField()
    consumed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "consumer", "event_id"], name="governance_consumed_once"
            )
        ]


class WorkerHeartbeat(models.Model):
    """When each worker was last alive; bookkeeping without a tenant."""

    name = models.CharField(max_length=120, primary_key=True)
    beat_at = models.DateTimeField()
