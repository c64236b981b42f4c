"""Users (one log-in for all tenants), memberships and API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django_stubs_ext import StrOrPromise

from governance.people.choices import MembershipKind, TokenScope
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person's log-in, shared by all tenants they belong to (N2). There are no superusers."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="governance_user_email")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Membership(Addressed, Versioned):
    """A person in a tenant. Owners, sponsors and controllers point here, never at the user."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=20, choices=MembershipKind.choices, default=MembershipKind.INTERNAL
    )
    firm = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="governance_membership_person"),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="governance_membership_id"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=MembershipKind.values),
                name="governance_membership_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def is_consultant(self) -> bool:
        return self.kind == MembershipKind.CONSULTANT

    @property
    def has_run_out(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.now().date()

    @property
    def is_live(self) -> bool:
        return self.ended_at is None and not self.has_run_out


class ApiToken(Addressed):
    """A key to the API for one membership; the text is shown once and only its hash is kept."""

    membership = TenantForeignKey(Membership)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=10, choices=TokenScope.choices))
    secret_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "secret_hash"], name="governance_token_secret"
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="governance_token_id"),
        ]

    @property
    def scope_labels(self) -> list[StrOrPromise]:
        return [TokenScope(scope).label for scope in self.scopes]

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()


def membership_people(prefix: str) -> tuple[str, Any]:
    """`select_related` paths that bring a membership with its person in one join."""
    return prefix, f"{prefix}__user"
