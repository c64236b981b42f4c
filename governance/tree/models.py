"""Nodes, and the counters that number their codes."""

from django.db import models

from governance.people.choices import Role
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from governance.text import SORT_KEY_LENGTH
from governance.tree.choices import Level


class Node(Addressed, Versioned):
    """A place in the tree. `path` is made of ids (`1/17/230/`), so that a rename never touches it.

    The parent is one level up (composite key on the level), the path continues the parent's
    (constraint trigger), and there is one root per tenant.
    """

    level = models.PositiveSmallIntegerField(choices=Level.choices)
    parent_level = models.GeneratedField(
        expression=models.F("level") - 1,
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    parent = TenantForeignKey("self", null=True)
    path = models.CharField(max_length=200, db_collation="C")
    code = models.CharField(max_length=50)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    description = models.TextField(blank=True)
    owner = TenantForeignKey(Membership, null=True)
    sponsor = TenantForeignKey(Membership, null=True)
    planned_start = models.DateField(null=True)
    planned_end = models.DateField(null=True)
    is_default = models.BooleanField(default=False)
    source_key = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        default_permissions = ()
        permissions = [(role.value, role.name) for role in Role]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="governance_node_code"),
            models.UniqueConstraint(fields=["tenant", "path"], name="governance_node_path"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="governance_node_id"),
            models.UniqueConstraint(
                fields=["tenant", "id", "level"], name="governance_node_id_level"
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(level=Level.TENANT),
                name="governance_node_one_root",
            ),
            models.UniqueConstraint(
                fields=["tenant", "parent"],
                condition=models.Q(is_default=True),
                name="governance_node_one_default",
            ),
            models.UniqueConstraint(
                fields=["tenant", "parent", "source_key"],
                condition=~models.Q(source_key=""),
                name="governance_node_source",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=Level.values), name="governance_node_level"
            ),
            models.CheckConstraint(
                condition=(models.Q(level=Level.TENANT) & models.Q(parent__isnull=True))
                | (models.Q(level__gt=Level.TENANT) & models.Q(parent__isnull=False)),
                name="governance_node_root_alone_has_no_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(path__regex=r"^([0-9]+/)+$"), name="governance_node_path_form"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(level=Level.PACKAGE),
                name="governance_node_default_is_package",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_end__isnull=True)
                | models.Q(planned_start__isnull=True)
                | models.Q(planned_end__gte=models.F("planned_start")),
                name="governance_node_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True)
                | models.Q(sponsor__isnull=True)
                | ~models.Q(owner=models.F("sponsor")),
                name="governance_node_owner_not_sponsor",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "parent", "sort_key"], name="governance_node_parent"),
            models.Index(fields=["tenant", "level", "sort_key"], name="governance_node_level"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def known_level(self) -> Level:
        return Level(self.level)

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this node itself, read off the path."""
        return [int(part) for part in self.path.rstrip("/").split("/")]


class CodeCounter(TenantOwned):
    """The last number given out for one kind of code in a tenant."""

    kind = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="governance_counter_kind")
        ]
