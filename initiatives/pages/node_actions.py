"""What a person can do with a node next; what they could do only elsewhere is shown refused."""

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.pages.frame import Action, elsewhere_text
from initiatives.selectors import level_delete_refusal

NEW_LABELS = {
    Level.PORTFOLIO: gettext_lazy("New portfolio"),
    Level.PROGRAM: gettext_lazy("New program"),
    Level.PROJECT: gettext_lazy("New project"),
    Level.PACKAGE: gettext_lazy("New measure package"),
}


def node_actions(node: Node, request: TenantRequest) -> list[Action]:
    """Edit, move and delete."""
    default = str(TEXTS["default_stays"]) if node.is_default else ""
    wanted = [(Permission.NODE_EDIT, Action(_("Edit"), "edit", "pencil"))]
    if node.known_level is not Level.PORTFOLIO:  # nothing but the tenant is above a portfolio
        move = Action(_("Move"), "move", "arrows-exchange", reason=default)
        wanted.append((Permission.NODE_MOVE, move))
    may_delete = request.actor.may(Permission.NODE_DELETE, node.path)
    refusal = level_delete_refusal(node) if may_delete else None
    reason = str(TEXTS[refusal]) if refusal else ""
    delete = Action(_("Delete"), "delete", "trash", reason=reason, dialog=True)
    wanted.append((Permission.NODE_DELETE, delete))
    found = [_action(request, node, permission, action) for permission, action in wanted]
    return [action for action in found if action is not None]


def child_action(node: Node, request: TenantRequest) -> Action | None:
    """Create the next level down: a node, or a measure in a package."""
    child, slug = node.known_level.child, request.tenant.slug
    if child is None:
        url = f"{reverse('initiatives:measure-new', args=[slug])}?under={node.code}"
        return _offered(
            request,
            node,
            Permission.MEASURE_CREATE,
            Action(_("New measure"), url, "plus", tone="primary"),
        )
    url = f"{reverse(f'{child.page}-new', args=[slug])}?under={node.code}"
    action = Action(str(NEW_LABELS[child]), url, "plus", tone="primary")
    return _offered(request, node, Permission.NODE_CREATE, action)


def _action(
    request: TenantRequest, node: Node, permission: Permission, action: Action
) -> Action | None:
    url = reverse(f"{node.known_level.page}-{action.url}", args=[request.tenant.slug, node.code])
    return _offered(request, node, permission, replace(action, url=url))


def _offered(
    request: TenantRequest, node: Node, permission: Permission, action: Action
) -> Action | None:
    """The action itself, the action refused, or nothing for who could never use it."""
    by = request.actor
    if by.may(permission, node.path):
        return action
    if by.may_anywhere(permission):
        return Action(action.label, reason=elsewhere_text())
    return None
