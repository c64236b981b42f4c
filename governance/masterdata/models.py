"""Business units, functions, legal entities and forums: deactivated rather than deleted (H4)."""

from django.db import models

from governance.masterdata.choices import Seat
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from governance.text import SORT_KEY_LENGTH


class MasterData(Versioned):
    """A coded, named row of tenant master data."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="%(app_label)s_%(class)s_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BusinessUnit(MasterData):
    """A business unit of the tenant."""


class Function(MasterData):
    """A function such as procurement or operations."""


class LegalEntity(MasterData):
    """A company in whose books value shows."""


class Forum(MasterData):
    """A steering committee: members decide together (E3)."""

    quorum = models.PositiveSmallIntegerField(default=1)


class ForumMember(TenantOwned):
    """A seat in a forum."""

    forum = TenantForeignKey(Forum)
    membership = TenantForeignKey(Membership)
    seat = models.CharField(max_length=10, choices=Seat.choices, default=Seat.MEMBER)
    added_by = TenantForeignKey(Membership, null=True)
    # S6: decides nothing until another member of the forum has confirmed it.
    is_pending = models.BooleanField(default=False, db_default=False)
    confirmed_by = TenantForeignKey(Membership, null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "forum", "membership"], name="governance_forum_seat"
            ),
            models.CheckConstraint(
                condition=models.Q(added_by__isnull=True)
                | ~models.Q(added_by=models.F("membership")),
                name="governance_seat_not_to_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | (
                    models.Q(added_by__isnull=False)
                    & ~models.Q(confirmed_by=models.F("added_by"))
                    & ~models.Q(confirmed_by=models.F("membership"))
                ),
                name="governance_seat_second_member",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | models.Q(
                    confirmed_by__isnull=False, confirmed_at__isnull=False, is_pending=False
                ),
                name="governance_seat_pending_or_confirmed",
            ),
        ]


# The words of the addresses and of the API.
KINDS: dict[str, type[MasterData]] = {
    "business-units": BusinessUnit,
    "functions": Function,
    "legal-entities": LegalEntity,
    "forums": Forum,
}
