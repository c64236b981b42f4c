"""Grants of roles on nodes, stored on guardian's direct-foreign-key base."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from guardian.models import UserObjectPermissionBase  # noqa: TID251  # this package owns object permissions

from governance.people.choices import Role
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.managers import TenantManager
from governance.tenancy.models import Addressed, TenantOwned
from governance.tree.models import Node


class NodeGrant(UserObjectPermissionBase, Addressed):
    """A role (guardian's permission, its code name is the role) on a node, until a date."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    permission = models.ForeignKey(
        "auth.Permission", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    content_object = TenantForeignKey(Node)
    membership = TenantForeignKey(Membership)
    valid_until = models.DateField(null=True, blank=True)
    granted_by = TenantForeignKey(Membership, null=True)
    granted_at = models.DateTimeField(db_default=Now(), editable=False)
    # S6: gives nothing until somebody of the function has confirmed it.
    is_pending = models.BooleanField(default=False, db_default=False)
    confirmed_by = TenantForeignKey(Membership, null=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta(TenantOwned.Meta):
        unique_together: ClassVar[list[str]] = []
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "permission", "content_object"],
                name="governance_grant_once",
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="governance_grant_id"),
            models.CheckConstraint(
                condition=models.Q(granted_by__isnull=True)
                | ~models.Q(granted_by=models.F("membership")),
                name="governance_grant_not_to_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | (
                    models.Q(granted_by__isnull=False)
                    & ~models.Q(confirmed_by=models.F("granted_by"))
                    & ~models.Q(confirmed_by=models.F("membership"))
                ),
                name="governance_grant_second_granter",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | models.Q(
                    confirmed_by__isnull=False, confirmed_at__isnull=False, is_pending=False
                ),
                name="governance_grant_pending_or_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "content_object"], name="governance_grant_node")]

    @property
    def role(self) -> Role:
        return Role(self.permission.codename)

    @property
    def granter(self) -> str:
        """Who granted it; the product itself where nobody was there yet."""
        return self.granted_by.name if self.granted_by else "Tollgate"

    @property
    def node(self) -> Node:
        node: Node = self.content_object
        return node

    @property
    def path(self) -> str:
        return str(self.node.path)

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds; None for no end."""
        day: date | None = self.valid_until
        return day
