"""Granting and revoking roles on nodes (N3, S6, S7), and what leaves with a person."""

from datetime import date

from django.contrib.auth.models import Permission as GuardianPermission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Invalid, NotVisible, Refused
from governance.events.services import publish
from governance.masterdata.services_seats import seats_take_back
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, Role
from governance.people.models import Membership
from governance.people.rules import NOT_FOR_CONSULTANTS, is_root, may_hold
from governance.people.services import (
    Terms,
    membership_change,
    membership_end,
    membership_subject,
)
from governance.permissions.models import NodeGrant
from governance.permissions.rules_confirm import CONFIRMED_BY, is_shorter
from governance.permissions.selectors import other_holders
from governance.tenancy.models import Tenant
from governance.tree.models import Node

# Stored as the event's reason, in the language of the trail.
NOBODY_THERE = "nobody of that function was there yet"


@transaction.atomic
def role_grant(
    *,
    membership: Membership,
    role: Role,
    node: Node,
    by: Actor,
    valid_until: date | None = None,
) -> NodeGrant:
    """Grant a role on a node and everything below it; granting again only moves the end date.

    Roles that judge wait for a second granter from their function and give nothing until then; a
    later end date waits as well (S6). While nobody else is of the function, and for the product
    itself, they take effect at once.

    Raises `Refused("grant_to_oneself")` (S6), `Refused("membership_ended")`,
    `Refused("consultant_never_decides")` (S7), and `Invalid` for an end date in the past.
    """
    by.require(Permission.ROLE_GRANT, node.path)
    member: Membership = Membership.objects.lock().select_related("user").get(pk=membership.pk)
    if reason := _refusal(member, role, by):
        raise Refused(reason)
    if valid_until is not None and valid_until < timezone.now().date():
        raise Invalid({"valid_until": [_("This date has passed.")]})
    permission = _permission(role)
    standing: NodeGrant | None = NodeGrant.objects.filter(
        membership=member, permission=permission, content_object=node
    ).first()
    if standing is not None and standing.valid_until == valid_until:
        return standing
    grant: NodeGrant = standing or NodeGrant(
        membership=member, user_id=member.user_id, permission=permission, content_object=node
    )
    changes = {"role": [None, role.value], "node": [None, node.code]}
    dates = [_day(standing.valid_until if standing else None), _day(valid_until)]
    if any(dates):
        changes["valid_until"] = dates
    reason = _grant_anew(grant, valid_until, by)
    grant.save()
    action = AuditAction.ROLE_PROPOSED if grant.is_pending else AuditAction.ROLE_GRANTED
    record(action, subject=membership_subject(member), by=by, changes=changes, reason=reason)
    topic = "role.proposed" if grant.is_pending else "role.granted"
    publish(topic, key=str(grant.public_id), payload={"role": role, "node": node.code})
    return grant


def _grant_anew(grant: NodeGrant, until: date | None, by: Actor) -> str:
    """Write who grants until when; answers why a role that judges needs no second granter (S6)."""
    is_standing = not grant._state.adding and not grant.is_pending and grant.role in CONFIRMED_BY
    is_cut = is_standing and is_shorter(until, grant.valid_until)
    grant.valid_until = until
    if is_cut:
        return ""
    grant.granted_by_id, grant.granted_at = by.membership_id, timezone.now()
    grant.is_pending, grant.confirmed_by_id, grant.confirmed_at = False, None, None
    if grant.role not in CONFIRMED_BY or by.membership_id is None:
        return ""
    others = other_holders(
        CONFIRMED_BY[grant.role], grant.node, but=(by.membership_id, grant.membership_id)
    )
    # S7: a consultant prepares and confirms nothing.
    grant.is_pending = others.filter(membership__kind=MembershipKind.INTERNAL).exists()
    return "" if grant.is_pending else NOBODY_THERE


def _refusal(member: Membership, role: Role, by: Actor) -> str | None:
    if by.membership_id == member.pk:
        return "grant_to_oneself"
    if member.ended_at is not None:
        return "membership_ended"
    is_consultant = member.kind == MembershipKind.CONSULTANT
    return None if may_hold(role, is_consultant=is_consultant) else "consultant_never_decides"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


@transaction.atomic
def role_revoke(*, grant_id: str, by: Actor) -> None:
    """Take a role back; raises `NotVisible` if there is no such grant, `Refused` for one's own."""
    grant: NodeGrant | None = (
        NodeGrant.objects.select_related("content_object", "permission", "membership__user")
        .filter(public_id=grant_id)
        .first()
    )
    if grant is None:
        raise NotVisible
    by.require(Permission.ROLE_GRANT, grant.content_object.path)
    if by.membership_id == grant.membership_id:
        raise Refused("grant_to_oneself")
    _keep_an_administrator(grant)
    _take_back(grant, by)


def _keep_an_administrator(grant: NodeGrant) -> None:
    """Raise `Refused("last_administrator")` if nobody else administers the whole tenant.

    Whoever takes an administrator away queues on the tenant's row, so that two who revoke each
    other at once leave one.
    """
    if grant.role is not Role.ADMINISTRATOR or not is_root(grant.path) or grant.is_pending:
        return
    Tenant.objects.select_for_update(no_key=True).get(pk=grant.tenant_id)
    others = other_holders({Role.ADMINISTRATOR}, grant.node, but=(grant.membership_id,))
    if not others.exists():
        raise Refused("last_administrator")


def _take_back(grant: NodeGrant, by: Actor) -> None:
    NodeGrant.objects.filter(pk=grant.pk).delete()
    changes = {
        "role": [grant.permission.codename, None],
        "node": [grant.content_object.code, None],
    }
    subject = membership_subject(grant.membership)
    record(AuditAction.ROLE_REVOKED, subject=subject, by=by, changes=changes)


@transaction.atomic
def member_change(
    *, membership: Membership, terms: Terms, seen_version: int, by: Actor
) -> Membership:
    """Change the terms of a membership; raises as `membership_change` does.

    Raises `Refused("consultant_never_decides")` where somebody who holds a deciding role would
    become a consultant (S7).
    """
    row = membership_change(membership=membership, terms=terms, seen_version=seen_version, by=by)
    if row.kind == MembershipKind.CONSULTANT:
        held = NodeGrant.objects.filter(
            membership=row, permission__codename__in=NOT_FOR_CONSULTANTS
        )
        if held.exists():
            raise Refused("consultant_never_decides")
    return row


@transaction.atomic
def member_leave(*, membership: Membership, seen_version: int, by: Actor) -> Membership:
    """End a membership with all it carries: tokens, roles, and seats in forums.

    Whoever comes back later starts with nothing. Raises as `membership_end` does.
    """
    row = membership_end(membership=membership, seen_version=seen_version, by=by)
    grants = NodeGrant.objects.filter(membership=row).order_by("id")
    for grant in grants.select_related("content_object", "permission", "membership__user"):
        _keep_an_administrator(grant)
        _take_back(grant, by)
    seats_take_back(membership=row, by=by)
    return row


def _permission(role: Role) -> GuardianPermission:
    return GuardianPermission.objects.get(
        content_type__app_label="governance", content_type__model="node", codename=role.value
    )
