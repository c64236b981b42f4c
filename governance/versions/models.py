"""What every version of a setting keeps, and the constraints that hold two people to it (S5)."""

from typing import Any

from django.db import models

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from governance.versions.choices import VersionState

Q = models.Q
IN_FORCE_ONCE = (VersionState.PUBLISHED, VersionState.SUPERSEDED)


class SettingVersion(Versioned):
    """One version of a setting; what it says never changes, only its state moves on.

    The constraints of `version_constraints` stand at each table that inherits it, and a trigger of
    its own keeps its content: it lets a draft be published or withdrawn and a published version be
    superseded, and nothing else.
    """

    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    proposed_by = TenantForeignKey(Membership)
    published_by = TenantForeignKey(Membership, null=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT


def version_constraints(prefix: str, place: str = "") -> list[models.BaseConstraint]:
    """One draft, one version in force, each published by somebody other than its proposer.

    With the name of a column for its `place` there is one of each for every place, and one for no
    place at all.
    """
    once: dict[str, Any] = {"fields": ["tenant"]}
    if place:
        once = {"fields": ["tenant", place], "nulls_distinct": False}
    return [
        models.UniqueConstraint(fields=["tenant", "number"], name=f"{prefix}_number"),
        models.UniqueConstraint(
            **once,
            condition=Q(state=VersionState.DRAFT),
            name=f"{prefix}_one_draft",
        ),
        models.UniqueConstraint(
            **once,
            condition=Q(state=VersionState.PUBLISHED),
            name=f"{prefix}_one_in_force",
        ),
        models.CheckConstraint(condition=Q(state__in=VersionState.values), name=f"{prefix}_state"),
        models.CheckConstraint(
            condition=Q(published_by__isnull=True) | ~Q(published_by=models.F("proposed_by")),
            name=f"{prefix}_second_person",
        ),
        models.CheckConstraint(
            condition=Q(
                state__in=IN_FORCE_ONCE, published_by__isnull=False, published_at__isnull=False
            )
            | Q(~Q(state__in=IN_FORCE_ONCE), published_by__isnull=True, published_at__isnull=True),
            name=f"{prefix}_published_by_somebody",
        ),
    ]
