"""Favourites and recent items, each by kind and code."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned

KIND_LENGTH, CODE_LENGTH = 20, 50


class Favourite(TenantOwned):
    """Something a person starred."""

    membership = TenantForeignKey(Membership)
    kind = models.CharField(max_length=KIND_LENGTH)
    code = models.CharField(max_length=CODE_LENGTH)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "kind", "code"], name="governance_favourite_once"
            )
        ]

    def __str__(self) -> str:
        return self.code


class RecentItem(TenantOwned):
    """Something a person opened; the last twenty are kept."""

    membership = TenantForeignKey(Membership)
    kind = models.CharField(max_length=KIND_LENGTH)
    code = models.CharField(max_length=CODE_LENGTH)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "kind", "code"], name="governance_recent_once"
            )
        ]

    def __str__(self) -> str:
        return self.code
