"""Saved views and whose page opens with which."""

from django.db import models
from django.db.models.functions import Lower

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned

PAGE_LENGTH, NAME_LENGTH, QUERY_LENGTH = 60, 80, 2000


class SavedView(Addressed, Versioned):
    """An address of one page under a name: somebody's own, or shared with the whole tenant.

    `query` is what stands behind the question mark, in one spelling: names sorted, nothing empty,
    no place in a list. A deleted view keeps its row for a while, so that it can be restored.
    """

    page = models.CharField(max_length=PAGE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(max_length=QUERY_LENGTH, blank=True)
    owner = TenantForeignKey(Membership)
    is_shared = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="governance_view_id"),
            models.UniqueConstraint(
                "tenant",
                "owner",
                "page",
                Lower("name"),
                condition=models.Q(deleted_at__isnull=True),
                name="governance_view_name_once",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="governance_view_named"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "page"],
                condition=models.Q(is_shared=True, deleted_at__isnull=True),
                name="governance_view_shared",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PreferredView(TenantOwned):
    """The view with which a page opens for a person who gives no filters."""

    membership = TenantForeignKey(Membership)
    page = models.CharField(max_length=PAGE_LENGTH)
    view = TenantForeignKey(SavedView)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "page"], name="governance_view_preferred_once"
            )
        ]

    def __str__(self) -> str:
        return self.page
