"""Granting and revoking roles on nodes (N3, S6)."""

from datetime import date

from django.contrib.auth.models import Permission as GuardianPermission
from django.db import transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Invalid, NotVisible, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.services import membership_subject
from governance.permissions.models import NodeGrant
from governance.tree.models import Node


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

    Raises `Refused("grant_to_oneself")` (S6), `Refused("membership_ended")`, and `Invalid` for an
    end date in the past.
    """
    by.require(Permission.ROLE_GRANT, node.path)
    if by.membership_id == membership.pk:
        raise Refused("grant_to_oneself")
    if membership.ended_at is not None:
        raise Refused("membership_ended")
    if valid_until is not None and valid_until < timezone.now().date():
        raise Invalid({"valid_until": ["This date has passed."]})
    grant, _created = NodeGrant.objects.update_or_create(
        membership=membership,
        permission=_permission(role),
        content_object=node,
        defaults={
            "user_id": membership.user_id,
            "valid_until": valid_until,
            "granted_by_id": by.membership_id,
        },
    )
    changes = {"role": [None, role.value], "node": [None, node.code]}
    if valid_until is not None:
        changes["valid_until"] = [None, valid_until.isoformat()]
    record(AuditAction.ROLE_GRANTED, subject=membership_subject(membership), by=by, changes=changes)
    publish("role.granted", key=str(grant.public_id), payload={"role": role, "node": node.code})
    return grant


@transaction.atomic
def role_revoke(*, grant_id: str, by: Actor) -> None:
    """Take a role back; raises `NotVisible` if there is no such grant."""
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
    NodeGrant.objects.filter(pk=grant.pk).delete()
    changes = {
        "role": [grant.permission.codename, None],
        "node": [grant.content_object.code, None],
    }
    record(
        AuditAction.ROLE_REVOKED,
        subject=membership_subject(grant.membership),
        by=by,
        changes=changes,
    )


def _permission(role: Role) -> GuardianPermission:
    return GuardianPermission.objects.get(
        content_type__app_label="governance", content_type__model="node", codename=role.value
    )
