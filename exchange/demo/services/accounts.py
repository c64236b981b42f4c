"""Raising a demo tenant with its people, and the one password of the demo log-ins."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from exchange.demo.data import (
    ACCOUNT_ROLES,
    CONSULTANT,
    CONSULTANT_EMAIL,
    People,
    account_email,
    member_email,
)
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.onboarding import tenant_create, tenant_subject
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Role
from governance.people.models import Membership, User
from governance.people.services import Person, membership_create
from governance.permissions.models import NodeGrant
from governance.permissions.rules_confirm import CONFIRMED_BY
from governance.permissions.selectors import actor_for
from governance.permissions.services import role_grant
from governance.permissions.services_confirm import grant_confirm
from governance.tenancy.context import tenant_scope
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings
from governance.tree.models import Node

# A consultant sees a client until a date (N2); far enough away for a demo.
CONSULTANT_UNTIL = date(2029, 12, 31)
# The commonest hash among the log-ins is the demo's own, unless most were changed by hand.
HASHES_TRIED = 3


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """A demo tenant to be."""

    slug: str
    settings: TenantSettings
    headline_metric: str
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a demo tenant: log-ins by name, and all by role."""

    root: Node
    accounts: dict[str, Membership]
    by_role: dict[Role, list[Membership]] = field(default_factory=dict)

    def acting(self, account: str) -> Actor:
        """Somebody with the rights granted so far."""
        return actor_for(self.accounts[account], via="command")


def tenant_raise(*, plan: TenantPlan, people: People) -> tuple[Tenant, Cast]:
    """Set up the tenant, add its people and grant their roles on the root.

    Its administrator does all that he may do; the product itself does the rest. Owners get their
    role where their measures stand, so it is not granted here.
    """
    admin = Person(account_email("admin", plan.slug), people.accounts["admin"])
    done = tenant_create(slug=plan.slug, settings=plan.settings, administrator=admin)
    with tenant_scope(done.tenant.pk):
        cast = Cast(done.root, {"admin": done.administrator})
        by = cast.acting("admin")
        tenant_describe(plan=plan, by=by)
        for account, role in ACCOUNT_ROLES.items():
            if account != "admin":
                person = Person(account_email(account, plan.slug), people.accounts[account])
                cast.accounts[account] = _add(cast, person, role, by)
        for role, names in people.members.items():
            for name in names:
                _add(cast, Person(member_email(name, plan.slug), name), role, by)
        adviser = Person(
            CONSULTANT_EMAIL,
            people.consultant,
            MembershipKind.CONSULTANT,
            people.firm,
            CONSULTANT_UNTIL,
        )
        cast.accounts[CONSULTANT] = _add(cast, adviser, Role.CONSULTANT, by)
    return done.tenant, cast


def _add(cast: Cast, person: Person, role: Role, by: Actor) -> Membership:
    membership = membership_create(person=person, by=by)
    cast.by_role.setdefault(role, []).append(membership)
    if role is not Role.OWNER:
        grant = role_grant(
            membership=membership,
            role=role,
            node=cast.root,
            by=by,
            valid_until=person.valid_until,
        )
        if grant.is_pending:
            second = _second_granter(cast, grant)
            grant_confirm(grant_id=str(grant.public_id), by=actor_for(second, via="command"))
    return membership


def _second_granter(cast: Cast, grant: NodeGrant) -> Membership:
    """The first of the role's function who was there before (S6)."""
    judging = [role for role in Role if role in CONFIRMED_BY[grant.role]]
    there = [member for role in judging for member in cast.by_role.get(role, [])]
    return next(member for member in there if member.pk != grant.membership_id)


@transaction.atomic
def tenant_describe(*, plan: TenantPlan, by: Actor) -> None:
    """Name the headline metric and the source of the tenant's data."""
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=by.tenant_id)
    wanted = {"headline_metric": plan.headline_metric, "source_note": plan.source_note}
    changes: dict[str, list[str]] = {}
    for name, value in wanted.items():
        if getattr(tenant, name) != value:
            changes[name] = [getattr(tenant, name), value]
            setattr(tenant, name, value)
    if changes:
        tenant.version += 1
        tenant.save()
        record(AuditAction.TENANT_CHANGED, subject=tenant_subject(tenant), by=by, changes=changes)


def demo_emails(slugs: Iterable[str]) -> list[str]:
    """The log-ins of the demo, the consultant's first."""
    accounts = [account_email(account, slug) for slug in slugs for account in ACCOUNT_ROLES]
    return [CONSULTANT_EMAIL, *accounts]


def passwords_set(*, emails: Iterable[str], password: str) -> int:
    """Give all these log-ins the one password of the demo; how many did not have it.

    They share one hash: hashing is slow on purpose, and whoever knows one password knows all.
    """
    users = list(User.objects.filter(email__in=list(emails)).order_by("id"))
    known = [user.password for user in users if user.has_usable_password()]
    common = [encoded for encoded, _count in Counter(known).most_common(HASHES_TRIED)]
    right = (encoded for encoded in common if check_password(password, encoded))
    shared = next(right, None) or make_password(password)
    changed = [user for user in users if user.password != shared]
    for user in changed:
        user.password = shared
        user.save(update_fields=["password"])
    return len(changed)
