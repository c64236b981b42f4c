"""Idempotency keys: the same POST twice answers the same once."""

from django.db import models
from django.db.models.functions import Now

from governance.tenancy.models import TenantOwned


class IdempotencyKey(TenantOwned):
    """A key a caller gave, what it sent, and what it was answered; kept for 24 hours."""

    caller = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "caller", "key"], name="governance_idempotency_key"
            )
        ]
