"""Confirming and refusing roles that need a second granter from their function (S6)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Forbidden, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.services import membership_subject
from governance.permissions.models import NodeGrant
from governance.permissions.rules_confirm import may_confirm

OF_THE_FUNCTION = _("Somebody of that function confirms or refuses this role at its place (S6).")
SECOND_GRANTER = _("Neither who granted this role nor who receives it confirms it (S6).")


@transaction.atomic
def grant_confirm(*, grant_id: str, by: Actor) -> NodeGrant:
    """Let a pending role take effect.

    Raises `NotVisible`, `Forbidden` for who is not of the function,
    `Forbidden("segregation_of_duties")` for granter and grantee, `Conflict("grant_not_pending")`.
    """
    grant = _pending(grant_id, by)
    grant.is_pending = False
    grant.confirmed_by_id, grant.confirmed_at = by.membership_id, timezone.now()
    grant.save()
    _record(AuditAction.ROLE_CONFIRMED, grant, by)
    publish("role.confirmed", key=str(grant.public_id), payload={"role": grant.role})
    return grant


@transaction.atomic
def grant_refuse(*, grant_id: str, by: Actor) -> None:
    """Turn a pending role down; it is gone. Raises as `grant_confirm` does."""
    grant = _pending(grant_id, by)
    NodeGrant.objects.filter(pk=grant.pk).delete()
    _record(AuditAction.ROLE_REFUSED, grant, by)
    publish("role.refused", key=str(grant.public_id), payload={"role": grant.role})


def _pending(grant_id: str, by: Actor) -> NodeGrant:
    rows = NodeGrant.objects.select_related("content_object", "permission", "membership__user")
    found: NodeGrant | None = rows.filter(public_id=grant_id).first()
    if found is None or not by.sees(found.path):
        raise NotVisible
    if by.is_consultant or not may_confirm(found.role, by.scope.roles_at(found.path)):
        raise Forbidden("forbidden", OF_THE_FUNCTION)
    by.require_writing()
    grant: NodeGrant | None = rows.lock().filter(pk=found.pk).first()
    if grant is None or not grant.is_pending:
        raise Conflict("grant_not_pending")
    if by.membership_id in {None, grant.granted_by_id, grant.membership_id}:
        raise Forbidden("segregation_of_duties", SECOND_GRANTER, errors={"rule": ["S6"]})
    return grant


def _record(action: AuditAction, grant: NodeGrant, by: Actor) -> None:
    changes = {"role": grant.role.value, "node": grant.node.code}
    record(action, subject=membership_subject(grant.membership), by=by, changes=changes)
